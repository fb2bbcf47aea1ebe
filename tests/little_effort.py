"""What a run does many times over so that a score is good; where only doing it is asked, it does it a few times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

FEW = {"tunecard.training.linear_probes.FOLDS_TO_EXPECT": 3, "tunecard.pipeline.warm_rows.PAIRS": 640}
# What a process of its own says of loading and predicting; tests/unit/examination/test_in_use.py starts one.
IN_USE: dict[str, Any] = {
    "threads": 1,
    "load_seconds": [0.9, 0.7, 0.8],
    "others_share": 0.1,
    "calls": [
        {"rows": 1, "seconds": [0.010, 0.012, 0.011, 0.030, 0.010, 0.011], "tokens": 60},
        {"rows": 32, "seconds": [0.2] * 6, "tokens": 1920},
    ],
    "peaks": [{"rows": 1, "peak_bytes": 500 * 2**20}, {"rows": 32, "peak_bytes": 520 * 2**20}],
    "runs": 640 * 2**20, "fails": 576 * 2**20, "grid": 64 * 2**20, "tried": 5,
}  # fmt: skip
FEW_STEPS = {"mean": (10, 10), "apart": (20, 20)}


@contextmanager
def little_effort() -> Iterator[None]:
    """Within it, a head is taught in fewer steps, what to expect of new rows is asked in fewer folds, and nobody
    times an adapter or weighs it."""
    with ExitStack() as few:
        for name, value in FEW.items():
            few.enter_context(patch(name, value))
        for probe in ("speed", "memory"):
            few.enter_context(patch(f"tunecard.examination.{probe}.ask_in_use", lambda subject, what: IN_USE))
        few.enter_context(patch.dict("tunecard.training.warm_start.STEPS", FEW_STEPS))
        yield
