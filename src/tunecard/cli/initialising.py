"""`tunecard init`: data that is only named becomes a recipe to go on with."""

from __future__ import annotations

import datetime
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunecard.cli.arguments import at_home, columns_of, names_of
from tunecard.cli.keys_as_options import keys_as_options
from tunecard.cli.wrong_kind import folders_told, refuse_other
from tunecard.errors import RecipeError

if TYPE_CHECKING:
    from tunecard.pipeline.wish import Wish

RECIPE = Path("recipe.yaml")
WIDTH = 80
TAKES = "`tunecard init` takes data"
Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="A file, a folder of split files, or a Hub id.", show_default=False),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="The recipe to write.", callback=at_home)]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing; what only a person knows stays undeclared.")]
Every = Annotated[bool, typer.Option("--all", help="Write every key, each with what it does.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="What to read, such as text=body. May be repeated."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--labels", metavar="A,B,C", help='Label names in the order of their ids; "a, b" where one has commas.'
    ),
]
Task = Annotated[
    str, typer.Option("--task", metavar="TASK", help="What a row means, by the name of a task; auto: by its columns.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any key of the recipe, such as training.epochs=5. May be repeated."
    ),
]


def init(  # noqa: PLR0913, PLR0917 - an option each
    data: Data,
    out: Out = RECIPE,
    column: Columns = None,
    labels: Labels = None,
    task: Task = "auto",
    set: Settings = None,
    yes: Yes = False,
    all: Every = False,
) -> None:
    """Look at the data, say what is there, propose a recipe, and ask what only a person can answer.

    Asks only at a terminal. Elsewhere, or with --yes, what is open is told with the line that answers it.
    """
    from tunecard.pipeline.wish import Wish

    if Path(data).exists():
        refuse_other(Path(data), ("data", "data folder", "folder without data"), TAKES)
    wish = Wish(data, columns_of(column or []), names_of(labels), task, tuple(set or ()))
    _check_place(out, [data, *wish.options(), *_rest(RECIPE, yes, all)])
    with keys_as_options():
        write_recipe(wish, out, asks=not yes and _is_terminal(), every=all, rest=_rest(out, yes, all))


def write_recipe(wish: Wish, out: Path, *, asks: bool, every: bool, rest: Sequence[str]) -> None:
    """From data to recipe: what was seen is told, what is open is asked or refused, and the file is written last.

    Args:
        rest: the other options of this call, for a line to type.
    """
    from tunecard.adapters.methods.recipes import check_recipe
    from tunecard.cli.encoding_asked import looked_unasked, looked_when_asked
    from tunecard.cli.recipe_text import commented_recipe
    from tunecard.cli.seen import column_lines, first_lines, seen_lines
    from tunecard.cli.settling import settled_by_asking, settled_without_asking
    from tunecard.evidence.files import write_text
    from tunecard.pipeline.found_columns import found_columns
    from tunecard.pipeline.looking import look
    from tunecard.pipeline.proposing import propose_recipe
    from tunecard.pipeline.seeing import see

    before = wish
    with folders_told(Path(wish.source), TAKES):
        if asks:
            looked, wish = looked_when_asked(wish, lambda now: look(now, Path()), _prompt, _tell)
        else:
            looked = looked_unasked(wish, lambda now: look(now, Path()), rest)
    task, found = found_columns(looked, wish)
    is_open = not set(task.label_roles) & set(found)
    _tell(*first_lines(looked, wish.source), *column_lines(looked, found, is_open=is_open))
    wish = settled_by_asking(looked, wish, _prompt, _tell) if asks else settled_without_asking(looked, wish, rest)
    seen = see(looked, wish, Path())
    _tell(
        *([""] if asks and wish != before else []),
        *seen_lines(seen, is_asked=wish.columns != before.columns, told=looked.notes),
    )
    content = propose_recipe(wish, seen).model_dump()
    _check_declared(content["card"])
    content["data"]["source"] = source_seen_from(wish.source, out.parent)
    if asks:
        _tell_options(before, wish, rest)
        content["card"].update(_answers(out.parent))
    write_text(out, commented_recipe(check_recipe(content, place=out.name), name=str(out), every=every))
    typer.echo(f"Wrote {out}. What only a person knows stands in its `card:` block.")
    run = shlex.join(["tunecard", "run", str(out)])
    typer.echo(f"Next:\n  {run} --dry-run   tells time, memory and disk\n  {run}             does it")


def _check_place(out: Path, typed: Sequence[str]) -> None:
    """Passes where the recipe's place is free; nothing is ever overwritten.

    Args:
        typed: what was typed besides, for a line to type.
    Raises: RecipeError: something is there already.
    """
    if not out.exists():
        return
    if out.is_dir():
        line = shlex.join(["tunecard", "init", *typed, "--out", str(out / RECIPE)])
        raise RecipeError(f"is a folder, and a recipe is a file. Type:\n  {line}", place=str(out))
    free = next(name for number in range(2, 1000) if not (name := out.with_stem(f"{out.stem}-{number}")).exists())
    line = shlex.join(["tunecard", "init", *typed, "--out", str(free)])
    run = shlex.join(["tunecard", "run", str(out)])
    raise RecipeError(f"is there already. Use it, or write another beside it:\n  {run}\n  {line}", place=str(out))


def _check_declared(card: Mapping[str, Any]) -> None:
    """Passes where the Hub takes what `--set` declares. Raises: RecipeError: it would not, with what it takes."""
    from tunecard.hub.asked_back import declaration_faults

    if faults := declaration_faults(card["license"], card["language"]):
        raise RecipeError([f"--set {fault}" for fault in faults])


def source_seen_from(data: str, folder: Path) -> str:
    """DATA as the recipe must name it: a path that is relative to here becomes relative to the recipe's folder."""
    if Path(data).is_absolute() or data.startswith("~") or not Path(data).exists():
        return data
    return Path(os.path.relpath(os.path.abspath(data), os.path.realpath(folder))).as_posix()


def _rest(out: Path, yes: bool, every: bool) -> list[str]:
    place = ["--out", str(out)] if out != RECIPE else []
    return [*place, *(["--yes"] if yes else []), *(["--all"] if every else [])]


def _tell_options(before: Wish, wish: Wish, rest: Sequence[str]) -> None:
    """What was answered, as the options that say the same the next time.

    Args:
        rest: the other options of this call.
    """
    if wish.options() != before.options():
        line = shlex.join(["tunecard", "init", wish.source, *wish.options(), *rest, "--yes"])
        _tell("", f"The same without questions:\n  {line}", "")


def _tell(*lines: str) -> None:
    from tunecard.cli.telling import wrapped

    for line in lines:
        typer.echo(wrapped(line, WIDTH), err=True)


def _prompt(text: str) -> str:
    return str(typer.prompt(text, default="", show_default=False, err=True))


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _answers(folder: Path) -> dict[str, str | list[str]]:
    """What a person at the terminal declares, with today's date where there is anything."""
    from tunecard.cli.questions import ask
    from tunecard.cli.suggesting import suggestions

    answers = ask(lambda key: _prompt(f"  {key}"), _tell, suggestions(folder))
    return answers | {"declared_on": datetime.date.today().isoformat()} if answers else answers
