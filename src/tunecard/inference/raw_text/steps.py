"""Predicting in steps: whoever predicts rows asks for the logits of what it encoded and goes on when they are there, so
that several may share a pass."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

import numpy as np

from tunecard.inference.engine import Engine
from tunecard.rows.encoded import EncodedSplit

T = TypeVar("T")
# Gives encoded rows, is sent the logits of each in the same order, and returns its answers.
Steps: TypeAlias = Generator[EncodedSplit, list[np.ndarray], T]


def finish(engine: Engine, steps: Steps[T]) -> T:
    """What the steps return, by the engine's own passes."""
    logits: list[np.ndarray] | None = None
    while True:
        try:
            encoded = next(steps) if logits is None else steps.send(logits)
        except StopIteration as end:
            answers: T = end.value
            return answers
        logits = engine.logits(encoded)
