"""What an audit found, and the JSON object that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.auditing.states import State


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

    Of a file that could not be read all fields are empty, and the first metadata error says why.
    """

    path: str
    fields: tuple[FieldAudit, ...]
    metadata_errors: tuple[str, ...]
    is_readable: bool = True

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

    def to_json(self) -> dict[str, Any]:
        """The card as the contract has it."""
        return {
            "path": self.path,
            "fields": [field.to_json() for field in self.fields],
            "filled": self.filled,
            "total": self.total,
            "percent": self.percent,
            "metadata_errors": list(self.metadata_errors),
        }


@dataclass(frozen=True)
class AuditReport:
    """All cards of one audit, in the order of the paths."""

    cards: tuple[CardAudit, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that `tunecard audit --json` prints."""
        return {"cards": [card.to_json() for card in self.cards]}
