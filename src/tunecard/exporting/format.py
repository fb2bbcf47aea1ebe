"""The promise every format keeps: it writes a folder that others load, and says what that folder answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import nn

from tunecard.reproduction.opened import Opened
from tunecard.rows.encoded import EncodedSplit


class Format(Protocol):
    """One way to hand an adapter over."""

    @property
    def name(self) -> str:
        """As `--format` names it."""
        ...

    @property
    def is_exact(self) -> bool:
        """Whether its answers are those of the adapter but for rounding; else they differ, and by how much is told."""
        ...

    @property
    def made_of(self) -> str:
        """What it is, in a sentence of its card."""
        ...

    @property
    def library(self) -> str:
        """What loads it, as the Hub names it."""
        ...

    @property
    def relation(self) -> str:
        """What it is to the base, as the Hub names it."""
        ...

    def check(self, opened: Opened) -> None:
        """Asked before weights are read. Raises: TunecardError: why this adapter has no such form."""
        ...

    def write(self, model: nn.Module, opened: Opened, target: Path) -> None:
        """Fills `target`.

        Args:
            model: the saved adapter on its base, in fp32; it may be used up.
        """
        ...

    def logits(self, target: Path, opened: Opened, encoded: EncodedSplit) -> Sequence[np.ndarray]:
        """What the folder gives, loaded as others load it; shaped as those of `predict_logits`."""
        ...

    def lines(self, opened: Opened) -> str:
        """Python that loads the folder, as its card shows it."""
        ...
