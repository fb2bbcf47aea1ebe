"""An audit for a person at a terminal: one card field by field, many cards a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.audit.report import AuditReport, CardAudit, FieldAudit
from tunecard.audit.states import STATES
from tunecard.audit.wording import printable
from tunecard.card.fields import FIELDS

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_STYLES = {
    "measured": "green",
    "derived": "green",
    "declared": "cyan",
    "explained": "yellow",
    "written": "",
    "empty": "red",
}


_NAME_WIDTH = 2 + max(len(field.variable) for field in FIELDS)
_STATE_WIDTH = max(len(state) for state in STATES)


def render_table(report: AuditReport) -> RenderableType:
    """A renderable for a rich console; reads well from 80 columns on.

    Texts of cards are shown as they are: no mark-up in them is interpreted and no control character is passed on.
    """
    from rich.console import Group

    if len(report.cards) == 1:
        return Group(*_field_tables(report.cards[0]), *_totals(report.cards[0]))
    return _card_table(report)


def _field_tables(card: CardAudit) -> list[RenderableType]:
    """The path, then each section of the template with its fields."""
    from rich.text import Text

    parts: list[RenderableType] = [Text(printable(card.path), style="bold")]
    for section in dict.fromkeys(field.section for field in card.fields):
        parts.append(Text(f"\n{section}", style="bold"))
        parts.append(_section([field for field in card.fields if field.section == section]))
    return parts


def _section(fields: list[FieldAudit]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=_NAME_WIDTH, no_wrap=True)
    table.add_column(width=_STATE_WIDTH, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for field in fields:
        state = Text(field.state, style=_STYLES[field.state])
        table.add_row(f"  {field.field}", state, Text(_shown(field), style="" if field.filled else "dim"))
    return table


def _shown(field: FieldAudit) -> str:
    text = field.text if field.filled and field.text else field.reason or field.text
    return printable(" ".join(text.split()))


def _totals(card: CardAudit) -> list[RenderableType]:
    from rich.text import Text

    lines: list[RenderableType] = [
        Text(f"\n{card.filled} of {card.total} fields filled ({card.percent:.1f} %)", style="bold")
    ]
    if card.metadata_errors:
        count = len(card.metadata_errors)
        lines.append(Text(f"{count} {'error' if count == 1 else 'errors'} in the metadata:", style="red"))
        lines.extend(Text(f"  {printable(error)}") for error in card.metadata_errors)
    else:
        lines.append(Text("No errors in the metadata."))
    return lines


def _card_table(report: AuditReport) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("card", overflow="fold", ratio=1)
    table.add_column("filled", justify="right", no_wrap=True)
    table.add_column("percent", justify="right", no_wrap=True)
    table.add_column("metadata errors", justify="right", no_wrap=True)
    for card in report.cards:
        errors = Text(str(len(card.metadata_errors)), style="red" if card.metadata_errors else "")
        table.add_row(Text(printable(card.path)), f"{card.filled} of {card.total}", f"{card.percent:.1f}", errors)
    return table
