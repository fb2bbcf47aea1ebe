"""Cards of runs, completions and declarations: the same records are rendered once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rendered_once import rendering_once


@pytest.fixture(autouse=True, scope="module")
def _cards_rendered_once() -> Iterator[None]:
    with rendering_once():
        yield
