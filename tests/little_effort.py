"""What a run does many times over so that a score is good; where only doing it is asked, it does it a few times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

FEW = {"tunecard.training.linear_probes.FOLDS_TO_EXPECT": 3, "tunecard.pipeline.warm_rows.PAIRS": 640}
FEW_STEPS = {"mean": (10, 10), "apart": (20, 20)}


@contextmanager
def little_effort() -> Iterator[None]:
    """Within it, a head is taught in fewer steps, and what to expect of new rows is asked in fewer folds."""
    with ExitStack() as few:
        for name, value in FEW.items():
            few.enter_context(patch(name, value))
        few.enter_context(patch.dict("tunecard.training.warm_start.STEPS", FEW_STEPS))
        yield
