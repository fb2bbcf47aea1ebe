"""`tunecard audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import AsJson

if TYPE_CHECKING:
    from tunecard.audit import AuditReport

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="A README.md, or a folder that holds some.", show_default=False)
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
    from tunecard.audit import audit_cards, render_table
    from tunecard.cli.output import print_json, stdout_console

    wanted = None if require is None else frozenset(state.strip() for state in require.split(",") if state.strip())
    report = audit_cards(paths, wanted)
    if json:
        print_json(report.to_json())
    else:
        stdout_console().print(render_table(report))
    if fail_under is not None:
        _fail(report, fail_under)


def _fail(report: AuditReport, fail_under: float) -> None:
    low = [card for card in report.cards if card.percent < fail_under]
    for card in low:
        typer.echo(f"{card.path}: {card.percent:.1f} % of the fields are filled; {fail_under:g} % must be.", err=True)
    if low:
        raise typer.Exit(1)
