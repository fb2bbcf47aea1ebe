"""`tunecard audit`: which fields of a card say something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import AsJson
from tunecard.cli.wrong_kind import refuse_other
from tunecard.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tunecard.auditing import CardAudit

# A folder of any kind may hold cards.
NOT_ONLY_CARDS = ("card", "run", "stopped run", "adapter", "base", "data folder", "folder without data")
Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="A card (.md), or a folder that holds some.", show_default=False)
]
FailUnder = Annotated[
    float | None,
    typer.Option("--fail-under", metavar="PERCENT", min=0, max=100, help="Exit code 1 when a card has less filled."),
]
Require = Annotated[
    str | None,
    typer.Option("--require", metavar="STATES", help="Count only these, such as measured,derived,declared."),
]


def audit(paths: Paths, json: AsJson = False, fail_under: FailUnder = None, require: Require = None) -> None:
    """How complete and valid is any model card, field by field of the Hub's template? Works offline.

    A field is measured, derived, declared, explained (says why there is nothing), written (prose of unknown origin) or
    empty.
    """
    from tunecard.auditing import iterate_audits
    from tunecard.cli.output import print_json_list
    from tunecard.cli.progress import shown_progress

    for path in paths:
        refuse_other(path, NOT_ONLY_CARDS, "`tunecard audit` takes cards", DataError)
    wanted = None if require is None else frozenset(state.strip() for state in require.split(",") if state.strip())
    low: list[str] = []
    with shown_progress(as_lines=json):
        audits = _noting(iterate_audits(paths, wanted), fail_under, low)
        if json:
            print_json_list("cards", (card.to_json() for card in audits))
        else:
            _print_table(audits)
    for line in low:
        typer.echo(line, err=True)
    if low:
        raise typer.Exit(1)


def _noting(audits: Iterator[CardAudit], fail_under: float | None, low: list[str]) -> Iterator[CardAudit]:
    """The audits as they come; a line in `low` for each card that has too little filled."""
    for card in audits:
        if fail_under is not None and not card.is_judged:
            low.append(f"{card.path}: it is written in {card.language}, which is not judged, so no threshold is met.")
        elif fail_under is not None and card.percent < fail_under:
            low.append(f"{card.path}: {card.percent:.1f} % of the fields are filled; {fail_under:g} % must be.")
        yield card


def _print_table(audits: Iterator[CardAudit]) -> None:
    """One card field by field; several a line each, as they come."""
    from itertools import chain

    from tunecard.auditing import AuditReport, render_table, table_lines
    from tunecard.cli.output import stdout_console

    console = stdout_console()
    first = next(audits)
    second = next(audits, None)
    if second is None:
        console.print(render_table(AuditReport((first,))))
        return
    for line in table_lines(chain((first, second), audits)):
        console.print(line, soft_wrap=True)
