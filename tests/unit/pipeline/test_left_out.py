"""Whether the phase without labels takes place, and what is said where it does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tunecard.evidence import measured
from tunecard.pipeline.learning import carries_vectors, left_out
from tunecard.tasks.text_classification import TextClassification


def context(asked: str, view: str | None) -> Any:
    fits = [] if view is None else [measured("fit.probe", {"view": view}, name="Probe")]
    prepared = SimpleNamespace(task=TextClassification(("a", "b")))
    return SimpleNamespace(plans=SimpleNamespace(warm_start=asked), fits=fits, prepared=prepared)


@pytest.mark.parametrize(
    ("asked", "view", "method", "reason"),
    [
        ("mean", "mean", "lora", None),
        ("mean", "first", "lora", "the probe of the frozen base does best with the view first, not mean"),
        ("mean", None, "lora", "the frozen base has no probe that could say which view it is read best in"),
        ("mean", "first", "full", None),
        ("none", "mean", "lora", None),
    ],
)
def test_why_a_phase_is_left_out(asked: str, view: str | None, method: str, reason: str | None) -> None:
    found = left_out(context(asked, view), method)
    assert (found.reason if found else None) == reason
    assert carries_vectors(context(asked, view), method) is (asked == view and method == "lora")
