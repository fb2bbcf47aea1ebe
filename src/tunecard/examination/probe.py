"""The promise every probe keeps: a question to the saved adapter, what asking it costs, and its answer as findings."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tunecard.evidence import Finding
from tunecard.examination.subject import Subject


class Probe(Protocol):
    """One question. Its records are `examination.*`, each with an entry in the catalogue; the card shows any by shape:
    a value, a table (list of mappings), pairs (mapping) or a curve (list of [x, y]). One whose
    answer is another each time, such as a time, says so by `is_repeatable = False`: nobody who checks it asks again."""

    @property
    def name(self) -> str:
        """As `evaluation.probes` of a recipe and `examine --probes` name it."""
        ...

    def price(self, subject: Subject) -> int:
        """Forward passes of one row that a full answer takes; 0 where none is made."""
        ...

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """The answer, or not measured with the reason.

        Args:
            budget: forward passes that may be made, at most the price; with fewer, fewer rows are asked about.
        """
        ...


@runtime_checkable
class NeedsAtLeast(Protocol):
    """A probe that has nothing to say with fewer passes than it names."""

    def least(self, subject: Subject) -> int:
        """Forward passes that it gets, whatever its share, where the budget allows that; at most the price."""
        ...


def least_of(probe: Probe, subject: Subject) -> int:
    """Passes below which a probe has nothing to say; 0 of most, which then ask about fewer rows."""
    return probe.least(subject) if isinstance(probe, NeedsAtLeast) else 0
