"""An audit in a line and in a notebook: how much says something first, what is empty open, the rest folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard import notebook
from tunecard.printable import printable

if TYPE_CHECKING:
    from tunecard.auditing.report import AuditReport, CardAudit, FieldAudit

FULL, SHOWN = 100.0, 80


def field_in_words(field: FieldAudit) -> str:
    """One field in a line."""
    told = field.text if field.filled and field.text else field.reason or field.text
    said = printable(" ".join(told[: 50 * SHOWN].split()))
    return f"FieldAudit({field.field!r} {field.state}: {said if len(said) <= SHOWN else said[: SHOWN - 3] + '...'})"


def card_in_words(card: CardAudit) -> str:
    """One card in a line."""
    return f"CardAudit({card.path!r}: {_figures(card)})"


def report_in_words(report: AuditReport) -> str:
    """One card as such, several by their number."""
    if len(report.cards) == 1:
        return f"AuditReport({card_in_words(report.cards[0]).removeprefix('CardAudit(')}"
    judged = [card.percent for card in report.cards if card.is_readable and card.is_judged]
    mean = f", {sum(judged) / len(judged):.1f} % of the fields filled on average" if judged else ""
    return f"AuditReport({len(report.cards):,} cards{mean})"


def card_as_html(card: CardAudit) -> str:
    """The figures, errors of the metadata, fields that say nothing, and the others folded."""
    silent = [[f.field, f.state, f.reason or f.text] for f in card.fields if not f.filled]
    filled = [[f.field, f.state, f.text or f.reason or ""] for f in card.fields if f.filled]
    errors = [[error] for error in card.metadata_errors]
    heads = ("field", "state", "what")
    return notebook.box(
        f"Audit of {card.path}",
        notebook.verdict(_figures(card), _outcome(card)),
        notebook.folded(f"{len(errors)} errors in the metadata", notebook.table((), errors), is_open=True),
        notebook.folded(f"{len(silent)} fields that do not count", notebook.table(heads, silent), is_open=True),
        notebook.folded(f"{len(filled)} fields that say something", notebook.table(heads, filled)),
    )


def report_as_html(report: AuditReport) -> str:
    """One card field by field; several a line each, the emptiest first."""
    if len(report.cards) == 1:
        return card_as_html(report.cards[0])
    cards = sorted(report.cards, key=lambda card: (card.percent, card.path))
    rows = [[card.path, _figures(card)] for card in cards]
    return notebook.box(report_in_words(report), notebook.table(("card", "what it says"), rows))


def _outcome(card: CardAudit) -> bool | None:
    if card.metadata_errors or not card.is_readable:
        return False
    return True if card.is_judged and card.percent == FULL else None


def _figures(card: CardAudit) -> str:
    if not card.is_readable:
        return "not read"
    if not card.is_judged:
        return f"not judged, it is written in {card.language}"
    errors = f", {len(card.metadata_errors)} errors in the metadata" if card.metadata_errors else ""
    return f"{card.filled} of {card.total} fields filled ({card.percent:.1f} %), {card.backed} backed{errors}"
