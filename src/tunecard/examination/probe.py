"""The promise every probe keeps: a question to the saved adapter, what asking it costs, and its answer as findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import nn

from tunecard.evidence import Finding, RunFolder
from tunecard.rows.dataset import Split


@dataclass(frozen=True)
class Subject:
    """What was saved, and the rows that may be asked about.

    Attributes:
        folder: holds the adapter as a user finds it.
        model: that adapter, reloaded on its frozen base.
        rows: as given; their answers are already in the folder's predictions.
    """

    folder: RunFolder
    model: nn.Module
    rows: Split


class Probe(Protocol):
    """One question. Its records are `examination.*`, each with an entry in the catalogue; the card shows any by shape:
    a value, a table (list of mappings), pairs (mapping) or a curve (list of [x, y])."""

    @property
    def name(self) -> str: ...

    def price(self, rows: int) -> int:
        """Forward passes that a full answer about so many rows takes; 0 where none is made."""
        ...

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """The answer, or not measured with the reason.

        Args:
            budget: forward passes that may be made, at most the price; with fewer, fewer rows are asked about.
        """
        ...
