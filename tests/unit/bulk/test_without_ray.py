"""Where the extra is not installed, one sentence says so before anything is read."""

from __future__ import annotations

import sys

import pytest

import tunecard
from tunecard.errors import MachineError


def test_a_missing_extra_is_told_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MachineError) as caught:
        tunecard.predict_by_ray("no folder", "no file", "no output")
    assert str(caught.value) == "--ray needs the extra: pip install 'tunecard[ray]' (ray is missing)."
