"""What can be typed: one entry a command, in the order in which people meet them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.main import get_command

from tunecard.cli import (
    auditing,
    completing,
    completions,
    doctoring,
    initialising,
    predicting,
    pushing,
    running,
    signing,
    verifying,
)

# Name, function, and its line in the list of commands (80 columns hold it whole).
COMMANDS: list[tuple[str, Callable[..., None], str]] = [
    ("quickstart", running.quickstart, "The whole job on embedded base and data, offline."),
    ("init", initialising.init, "Look at data and propose a recipe."),
    ("run", running.run, "From labelled data to an adapter with a full card."),
    ("complete", completing.complete, "A full card for an adapter made elsewhere."),
    ("card", running.card, "Render the card of a run again."),
    ("verify", verifying.verify, "Is a run consistent with its own evidence?"),
    ("sign", signing.sign, "Sign a run with a local key."),
    ("audit", auditing.audit, "How complete and valid is any model card?"),
    ("predict", predicting.predict, "Predict the rows of a file or of standard input."),
    ("push", pushing.push, "Put a run on the Hub in one commit, after verify."),
    ("doctor", doctoring.doctor, "What does this machine support?"),
]


# What Tab offers for a value, by the word that stands for it in the help.
OFFERED: dict[str, Callable[[str], list[str]]] = {
    "DIR": completions.folders,
    "RECIPE": completions.recipe_files,
    "KEY=VALUE": completions.settings,
    "TASK": completions.task_names,
    "DEVICE": completions.devices,
    **dict.fromkeys(("ADAPTER", "BASE"), completions.folders),
    **dict.fromkeys(("DATA", "FILE", "INPUT", "PATH", "KEY.pem", "KEY.pub"), completions.any_files),
}


@cache
def build_command() -> Any:
    """The command `tunecard` with its subcommands; help is plain text that reads well at 80 columns."""
    app = typer.Typer(add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(tunecard)
    for name, function, line in COMMANDS:
        _offer(function)
        app.command(name, short_help=line)(function)
    return get_command(app)


def _offer(function: Callable[..., None]) -> None:
    """Gives each argument and option what Tab offers for it."""
    for hint in get_type_hints(function, include_extras=True).values():
        for told in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
            told.autocompletion = told.autocompletion or OFFERED.get(told.metavar or "")


def tunecard(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Fine-tune an encoder with PEFT and get an adapter whose card says something true in every field.

    Exit codes: 0 done, 1 a check failed, 2 bad input or usage, 3 interrupted (--resume continues), 70 a bug of ours.
    """
    if version:
        from tunecard.version import __version__

        typer.echo(f"tunecard {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
