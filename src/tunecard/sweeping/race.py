"""Early stopping: asynchronous successive halving (ASHA) over validation scores, remembered in the sweep's folder.

A training goes on after epoch 1, 2, 4, 8, ... where it scores at least the median of those that were there before it.

Source: Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"; as Ray Tune's `ASHAScheduler` with
`grace_period=1` and `reduction_factor=2`.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunecard.evidence.files import write_json

GRACE, FACTOR = 1, 2
MEMORY = "race.json"


class Outrun(Exception):
    """Raised out of a training that is not worth going on with; its state is saved."""


@dataclass(frozen=True)
class Stopped:
    """A training that was ended early: after which epoch, and what it scored there."""

    epoch: int
    score: float


class Race:
    """What trainings scored after their epochs, and which of them were stopped.

    What is heard again, of a training that went on from an earlier state, changes nothing.

    Args:
        path: of the file to remember in; one that is there is gone on with.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scores: dict[str, dict[int, float]] = {}
        self._stopped: dict[str, int] = {}
        self.read()

    def read(self) -> None:
        """Takes in what the file remembers, if there is one: a race may be held in another process."""
        if self._path.is_file():
            told = json.loads(self._path.read_text(encoding="utf-8"))
            self._scores = {
                name: {int(epoch): score for epoch, score in curve.items()} for name, curve in told["scores"].items()
            }
            self._stopped = dict(told["stopped"])

    def goes_on(self, name: str, epoch: int, score: float, last: int) -> bool:
        """Takes a score in. Returns: whether the training goes on.

        Args:
            name: of the training.
            epoch: how many have ended; that before the first step is 0.
            score: on validation, higher is better.
            last: epochs that it was planned for; one that has come so far is never stopped.
        """
        score = score if math.isfinite(score) else -sys.float_info.max  # a loss that is not finite
        is_new = epoch not in self._scores.get(name, {})
        is_poor = is_new and epoch < last and is_rung(epoch) and score < self._cutoff(name, epoch)
        if is_new:
            self._scores.setdefault(name, {})[epoch] = score
        if is_poor:
            self._stopped[name] = epoch
        if is_new:
            write_json(self._path, {"scores": self._scores, "stopped": self._stopped})
        return name not in self._stopped or self._stopped[name] > epoch

    def stopped(self, name: str) -> Stopped | None:
        """Where a training was stopped; None where it was not."""
        if name not in self._stopped:
            return None
        epoch = self._stopped[name]
        return Stopped(epoch, self._scores[name][epoch])

    def _cutoff(self, name: str, epoch: int) -> float:
        """What must be reached after an epoch; of the first that comes there nothing."""
        before = [curve[epoch] for one, curve in self._scores.items() if one != name and epoch in curve]
        return float(np.percentile(before, 100 * (1 - 1 / FACTOR))) if before else -np.inf


def is_rung(epoch: int) -> bool:
    """Whether it is decided after this epoch who goes on.

    >>> [epoch for epoch in range(20) if is_rung(epoch)]
    [1, 2, 4, 8, 16]
    """
    rung = GRACE
    while rung < epoch:
        rung *= FACTOR
    return rung == epoch
