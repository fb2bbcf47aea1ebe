"""What an audit found, and the JSON object that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunecard.auditing.shown import card_as_html, card_in_words, cards_as_html, cards_in_words, field_in_words
from tunecard.auditing.states import State
from tunecard.rows.frames import frame_of

if TYPE_CHECKING:
    import pandas

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

    def __repr__(self) -> str:
        return field_in_words(self.field, self.state, self.told)

    @property
    def told(self) -> str:
        """What it says where it counts; else why it does not."""
        return (self.text or self.reason or "") if self.filled else (self.reason or self.text)

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

    def __repr__(self) -> str:
        return card_in_words(self.path, self.figures)

    def _repr_html_(self) -> str:
        """What a notebook shows: the figures, what does not count, the rest folded."""
        silent, filled = (
            [[f.field, f.state, f.told] for f in self.fields if f.filled is counts] for counts in (False, True)
        )
        return card_as_html(self.path, (self.figures, self._outcome), self.metadata_errors, silent, filled)

    def to_pandas(self) -> pandas.DataFrame:
        """A row a field, in the order of the template. Raises: MachineError: pandas is not installed."""
        return AuditReport((self,)).to_pandas()

    @property
    def figures(self) -> str:
        """How much of it says something, in words."""
        if not self.is_readable:
            return "not read"
        if not self.is_judged:
            return f"not judged, it is written in {self.language}"
        errors = f", {len(self.metadata_errors)} errors in the metadata" if self.metadata_errors else ""
        return f"{self.filled} of {self.total} fields filled ({self.percent:.1f} %), {self.backed} backed{errors}"

    @property
    def _outcome(self) -> bool | None:
        if self.metadata_errors or not self.is_readable:
            return False
        return True if self.is_judged and self.filled == self.total else None

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

    def __repr__(self) -> str:
        if len(self.cards) == 1:
            return card_in_words(self.cards[0].path, self.cards[0].figures, "AuditReport")
        return cards_in_words(len(self.cards), [c.percent for c in self.cards if c.is_readable and c.is_judged])

    def _repr_html_(self) -> str:
        """What a notebook shows: one card field by field, several a line each."""
        if len(self.cards) == 1:
            return self.cards[0]._repr_html_()
        emptiest = sorted(self.cards, key=lambda card: (card.percent, card.path))
        return cards_as_html(repr(self), [(card.path, card.figures) for card in emptiest])

    def to_pandas(self) -> pandas.DataFrame:
        """A row a field of every card: `path`, `field`, `section`, `state`, `filled`, `reason`, `text`.

        Raises: MachineError: pandas is not installed.
        """
        rows = ({"path": card.path, **vars(field)} for card in self.cards for field in card.fields)
        return frame_of(rows, ("path", "field", "section", "state", "filled", "reason", "text"))

    def to_json(self) -> dict[str, Any]:
        """The object that `tunecard audit --json` prints."""
        return {"cards": [card.to_json() for card in self.cards]}
