"""What can be typed: one entry a command, in the order in which people meet them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.main import get_command

from tunecard.cli import (
    auditing,
    comparing,
    completing,
    completions,
    doctoring,
    evaluating,
    examining,
    exporting,
    initialising,
    listing_methods,
    predicting,
    pushing,
    recipes,
    running,
    serving,
    signing,
    sweeping,
    verifying,
)

# Name, function, and its line in the list of commands (80 columns hold it whole).
COMMANDS: list[tuple[str, Callable[..., None], str]] = [
    ("quickstart", running.quickstart, "The whole job on embedded base and data, offline."),
    ("init", initialising.init, "Look at data and propose a recipe."),
    ("run", running.run, "From labelled data to an adapter with a full card."),
    ("sweep", sweeping.sweep, "Which settings are best, and which as good?"),
    ("complete", completing.complete, "A full card for an adapter made elsewhere."),
    ("evaluate", evaluating.evaluate, "Score rows of your own beside the author's."),
    ("examine", examining.examine, "Ask a run's adapter what its answers hang on."),
    ("card", running.card, "Render the card of a run again."),
    ("verify", verifying.verify, "Is a run consistent with its own evidence?"),
    ("compare", comparing.compare, "Which of several runs is better, and what differs?"),
    ("sign", signing.sign, "Sign a run with a local key."),
    ("audit", auditing.audit, "How complete and valid is any model card?"),
    ("predict", predicting.predict, "Predict the rows of a file or of standard input."),
    ("serve", serving.serve, "Adapters over HTTP, with a page to try them."),
    ("export", exporting.export, "A plain model, ONNX, or an adapter for old PEFT."),
    ("push", pushing.push, "Put a run on the Hub in one commit, after verify."),
    ("recipes", recipes.recipes, "Recipes of papers and guides, with their scores."),
    ("methods", listing_methods.methods, "Which methods are there, and what can each do?"),
    ("doctor", doctoring.doctor, "What does this machine support?"),
]


# A line to type where an argument is missing.
EXAMPLES = {
    "init": "tunecard init reviews.csv",
    "run": "tunecard run recipe.yaml",
    "sweep": "tunecard sweep recipe.yaml --over adapter.rank=4,8,16",
    "complete": "tunecard complete ADAPTER --data rows.csv",
    "evaluate": "tunecard evaluate runs/recipe --data rows.csv",
    "examine": "tunecard examine runs/recipe",
    "card": "tunecard card runs/recipe",
    "verify": "tunecard verify runs/recipe",
    "compare": "tunecard compare runs/first runs/second",
    "sign": "tunecard sign runs/recipe --key KEY.pem",
    "audit": "tunecard audit README.md",
    "predict": "tunecard predict runs/recipe rows.csv",
    "serve": "tunecard serve runs/recipe",
    "export": "tunecard export runs/recipe merged",
    "push": "tunecard push runs/recipe owner/name",
}

# What Tab offers for a value, by the word that stands for it in the help.
OFFERED: dict[str, Callable[[str], list[str]]] = {
    "DIR": completions.folders,
    "RECIPE": completions.recipe_files,
    "KEY=VALUE": completions.settings,
    "TASK": completions.task_names,
    "DEVICE": completions.devices,
    "FORMAT": completions.export_formats,
    **dict.fromkeys(("ADAPTER", "BASE"), completions.folders),
    **dict.fromkeys(("DATA", "FILE", "INPUT", "PATH", "KEY.pem", "KEY.pub"), completions.any_files),
}


@cache
def build_command() -> Any:
    """The command `tunecard` with its subcommands; help is plain text that reads well at 80 columns."""
    app = typer.Typer(
        add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
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

    To begin: tunecard quickstart. With rows of your own: tunecard init DATA

    Exit codes: 0 done, 1 a check failed, 2 bad input or usage, 3 interrupted (--resume continues), 70 a bug of ours.
    """
    if version:
        from tunecard.version import __version__

        typer.echo(f"tunecard {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
