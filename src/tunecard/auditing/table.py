"""An audit for a person at a terminal: one card field by field, many cards a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tunecard.auditing.report import AuditReport, CardAudit, FieldAudit
from tunecard.auditing.states import STATES
from tunecard.auditing.wording import printable
from tunecard.hub.fields import FIELDS

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

# No colour that vanishes on a white background or on a black one.
_STYLES = {
    "measured": "bold",
    "derived": "bold",
    "declared": "magenta",
    "explained": "",
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
    return Group(*table_lines(report.cards))


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
    from rich.padding import Padding
    from rich.text import Text

    lines: list[RenderableType] = [Text(f"\n{_figures(card)}", style="bold")]
    if card.metadata_errors:
        count = len(card.metadata_errors)
        lines.append(Text(f"{count} {'error' if count == 1 else 'errors'} in the metadata:", style="red"))
        lines.extend(Padding(Text(printable(error)), (0, 0, 0, 2)) for error in card.metadata_errors)
    else:
        lines.append(Text("No errors in the metadata."))
    return lines


def _figures(card: CardAudit) -> str:
    """How many fields say something, and how many of them with evidence; of a card that is not judged neither."""
    if not card.is_judged:
        return (
            f"Not judged: the card is written in {card.language}, whose headings are not known here, "
            "so how many fields say something is not counted."
        )
    counted = f"{card.filled} of {card.total} fields filled ({card.percent:.1f} %)"
    return f"{counted}; {card.backed} of them measured, derived or declared"


def table_lines(cards: Iterable[CardAudit]) -> Iterator[Text]:
    """Many cards a line each as they come, each with its metadata errors below, and a line that sums them up.

    Only a number a card is kept, so that a table of any length can be printed while it grows.
    """
    from rich.text import Text

    yield Text(f"{'filled':>10}  {'percent':>7}  {'backed':>6}  card", style="bold")
    percents: list[float] = []
    unreadable = faulty = unjudged = 0
    for card in cards:
        unreadable += not card.is_readable
        faulty += card.is_readable and bool(card.metadata_errors)
        unjudged += not card.is_judged
        if card.is_readable and card.is_judged:
            percents.append(card.percent)
        yield Text(_line(card), style="" if card.is_readable else "red")
        for error in card.metadata_errors:
            yield Text(f"{'':>29}{printable(error)}", style="red")
    yield Text()
    yield _sum(percents, unreadable, unjudged, faulty)


def _line(card: CardAudit) -> str:
    """One card's figures before its path; words where there are none."""
    path = printable(card.path)
    if not card.is_readable:
        return f"{'not read':>10}  {'':>7}  {'':>6}  {path}"
    if not card.is_judged:
        return f"{'not judged':>10}  {'':>7}  {'':>6}  {path} ({card.language})"
    return f"{f'{card.filled} of {card.total}':>10}  {card.percent:>7.1f}  {card.backed:>6}  {path}"


def _sum(percents: list[float], unreadable: int, unjudged: int, faulty: int) -> Text:
    from statistics import median

    from rich.text import Text

    parts = [f"{len(percents) + unreadable + unjudged:,} cards"]
    if percents:
        parts.append(f"half of them at least {median(percents):.1f} % filled")
    parts.append(f"{faulty:,} with errors in the metadata" if faulty else "none with errors in the metadata")
    if unjudged:
        parts.append(f"{unjudged:,} in a language that is not judged")
    if unreadable:
        parts.append(f"{unreadable:,} could not be read")
    return Text("; ".join(parts) + ".", style="bold")
