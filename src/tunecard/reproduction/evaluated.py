"""What an evaluation on own rows came to: scores, the author's beside them, differences, and where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard import notebook
from tunecard.card.comparison import scores_compared
from tunecard.card.facts import headline, headline_metric
from tunecard.evaluation.beside_author import Beside, is_distinguishable
from tunecard.evidence import Finding, Findings
from tunecard.evidence.evaluation_folder import ROWS
from tunecard.evidence.in_words import value_in_words


@dataclass(frozen=True)
class Evaluation:
    """One evaluation.

    Attributes:
        path: its folder, `evaluations/<name>/` of the run folder.
        data: what the rows are called.
        split: which of the author's splits they are set beside.
        findings: all that its evidence.json holds.
        scores: those of the rows.
        beside: the author's records, and the differences.
    """

    path: Path
    data: str
    split: str
    findings: Findings = field(repr=False)
    scores: Sequence[Finding] = field(repr=False)
    beside: Beside = field(repr=False)

    @property
    def n(self) -> int:
        """How many rows were scored."""
        return int(self.findings[f"data.{ROWS}.rows"].value)  # type: ignore[arg-type]

    @property
    def author(self) -> list[Finding]:
        """The author's records of the same scores."""
        return self.beside.author

    @property
    def differences(self) -> list[Finding]:
        """Score of the rows minus the author's."""
        return self.beside.differences

    @property
    def is_distinguishable(self) -> bool | None:
        """Whether the interval of the leading score's difference excludes 0; None where there is none."""
        id = f"difference.author.{ROWS}.{headline_metric(self.findings)}"
        return is_distinguishable(self.findings.get(id))

    def to_json(self) -> dict[str, Any]:
        """The object that `tunecard evaluate --json` prints."""
        lists = {"scores": self.scores, "author": self.author, "differences": self.differences}
        told = {key: [one.model_dump(mode="json") for one in several] for key, several in lists.items()}
        return {"data": self.data, "n": self.n, **told}

    def __repr__(self) -> str:
        found = headline(self.findings)
        score = "" if found is None else f", {found.name} {value_in_words(found.value, found.unit, found.interval)}"
        return f"Evaluation({str(self.path)!r}: {self.n:,} rows{score})"

    def _repr_html_(self) -> str:
        """What a notebook shows: each score beside the author's, with the difference."""
        header = ("score", "these rows", "the author's", "difference")
        rows = [row.cells() for row in scores_compared(self.findings)]
        return notebook.box(repr(self), notebook.table(header, rows))
