"""What an audit found, and the JSON object that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.auditing.states import State

BACKED: tuple[State, ...] = ("measured", "derived", "declared")


@dataclass(frozen=True)
class FieldAudit:
    """One field of one card. `reason` says why it does not count, or why an explained field has no value."""

    field: str
    section: str
    state: State
    filled: bool
    reason: str | None
    text: str

    def to_json(self) -> dict[str, Any]:
        """The field as the contract has it; `text` is for people and stays out."""
        return {
            "field": self.field,
            "section": self.section,
            "state": self.state,
            "filled": self.filled,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class CardAudit:
    """One card: its fields in the order of the template, and what is wrong with its metadata.

    Of a file that could not be read all fields are empty, and the first metadata error says why. Of a card in a
    language whose headings are not known (`is_judged` is False) the fields are what was found all the same; its figures
    tell nothing.
    """

    path: str
    fields: tuple[FieldAudit, ...]
    metadata_errors: tuple[str, ...]
    is_readable: bool = True
    language: str = "English"
    is_judged: bool = True

    @property
    def filled(self) -> int:
        """How many fields count as filled."""
        return sum(field.filled for field in self.fields)

    @property
    def total(self) -> int:
        """How many fields the template has."""
        return len(self.fields)

    @property
    def percent(self) -> float:
        """Filled fields in percent of all."""
        return 100 * self.filled / self.total

    @property
    def said(self) -> int:
        """In how many fields something is said, whatever counts as filled."""
        return sum(field.state != "empty" for field in self.fields)

    @property
    def backed(self) -> int:
        """How many of these say it with evidence or as somebody's declaration: measured, derived or declared."""
        return sum(field.state in BACKED for field in self.fields)

    def to_json(self) -> dict[str, Any]:
        """The card as the contract has it; of a card that is not judged every figure is null."""
        return {
            "path": self.path,
            "fields": [field.to_json() for field in self.fields],
            "filled": self._counted(self.filled),
            "total": self.total,
            "percent": self._counted(self.percent),
            "said": self._counted(self.said),
            "backed": self._counted(self.backed),
            "metadata_errors": list(self.metadata_errors),
            "language": self.language,
            "judged": self.is_judged,
        }

    def _counted(self, figure: float) -> float | None:
        return figure if self.is_judged else None


@dataclass(frozen=True)
class AuditReport:
    """All cards of one audit, in the order of the paths."""

    cards: tuple[CardAudit, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that `tunecard audit --json` prints."""
        return {"cards": [card.to_json() for card in self.cards]}
