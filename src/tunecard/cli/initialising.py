"""`tunecard init`: data that is only named becomes a recipe to go on with."""

from __future__ import annotations

import datetime
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from tunecard.errors import RecipeError

CITATION = "CITATION.cff"
GIT_SECONDS = 5
Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="A file, a folder of split files, or a Hub id.", show_default=False),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="The recipe to write.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing; what only a person knows stays undeclared.")]
Every = Annotated[bool, typer.Option("--all", help="Write every key, each with what it does.")]


def init(data: Data, out: Out = Path("recipe.yaml"), yes: Yes = False, all: Every = False) -> None:
    """Look at the data, propose a recipe, and ask what only a person can answer.

    Asks only at a terminal.
    """
    if out.exists():
        raise RecipeError("is there already. Choose another --out, or remove it.", place=str(out))
    from tunecard.adapters.methods.recipes import check_recipe
    from tunecard.cli.recipe_text import commented_recipe
    from tunecard.evidence.files import write_text
    from tunecard.pipeline import propose_recipe

    proposed = propose_recipe(data, Path())
    typer.echo(f"{data}: {proposed.task}" + _columns(proposed.data.columns), err=True)
    if proposed.evaluation.cluster is not None:
        told = f"Rows with the same {proposed.evaluation.cluster!r} belong together: they are split and drawn as one"
        typer.echo(f"{told} (`evaluation.cluster`; null, if they do not).", err=True)
    content = proposed.model_dump()
    content["data"]["source"] = source_seen_from(data, out.parent)
    if not yes and _is_terminal():
        content["card"].update(_answers(out.parent))
    recipe = check_recipe(content, place=out.name)
    write_text(out, commented_recipe(recipe, name=str(out), every=all))
    typer.echo(f"Wrote {out}. What only a person knows stands in its `card:` block.")
    run = shlex.join(["tunecard", "run", str(out)])
    typer.echo(f"Next:\n  {run} --dry-run   tells time, memory and disk\n  {run}             does it")


def source_seen_from(data: str, folder: Path) -> str:
    """DATA as the recipe must name it: a path that is relative to here becomes relative to the recipe's folder."""
    if Path(data).is_absolute() or data.startswith("~") or not Path(data).exists():
        return data
    return Path(os.path.relpath(os.path.abspath(data), os.path.realpath(folder))).as_posix()


def _columns(columns: dict[str, str] | None) -> str:
    return "; reads " + ", ".join(f"{name!r} as {role}" for role, name in columns.items()) if columns else ""


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _answers(folder: Path) -> dict[str, str | list[str]]:
    """What a person at the terminal declares, with today's date where there is anything."""
    from tunecard.cli.questions import ask

    def prompt(key: str) -> str:
        return str(typer.prompt(f"  {key}", default="", show_default=False, err=True))

    answers = ask(prompt, lambda line: typer.echo(line, err=True), _suggestions(folder))
    return answers | {"declared_on": datetime.date.today().isoformat()} if answers else answers


def _suggestions(folder: Path) -> dict[str, str]:
    found = {"declared_by": git_name(), "citation_file": CITATION if (folder / CITATION).is_file() else None}
    return {key: value for key, value in found.items() if value}


def git_name() -> str | None:
    """The name that git signs commits with here, or None."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False, timeout=GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):  # no git
        return None
    return " ".join(asked.stdout.split()) or None
