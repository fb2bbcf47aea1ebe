"""`tunecard quickstart`, `tunecard run` and `tunecard card`: the commands that make a run folder or its card."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import Directory, Overwrite, at_home
from tunecard.cli.wrong_kind import refuse_other, run_folder_only
from tunecard.errors import DiskFull, Interrupted, RecipeError, RunFolderError

if TYPE_CHECKING:
    from tunecard.evidence import RunFolder
    from tunecard.recipe import Recipe

GOES_ON = "Go on with --resume."  # as every stage says it that can be gone on with
QUICKSTART = Path("runs/quickstart")

RecipeFile = Annotated[
    Path,
    typer.Argument(
        metavar="RECIPE",
        help="A recipe; `tunecard init DATA` writes one, `tunecard recipes` lists those that are shipped.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="The folder to make. [default: runs/NAME-OF-THE-RECIPE]", callback=at_home
    ),
]
QuickstartOut = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to make.", callback=at_home)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Such as training.epochs=5. May be given several times."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that stopped.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Date all declarations today, for the adapter as it is now.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Read everything, time a few steps, tell time, memory and disk; train nothing."),
]


def quickstart(out: QuickstartOut = QUICKSTART, overwrite: Overwrite = False) -> None:
    """The whole job on the embedded base and the embedded data: offline, about two minutes on two cores.

    Goes on where an earlier quick start stopped. Where one is finished, only tells what it came to.
    """
    from tunecard.cli.folders import is_finished, is_quickstart

    if not overwrite and is_finished(out) and is_quickstart(out):
        again = shlex.join(["tunecard", "quickstart", *_out(out), "--overwrite"])
        typer.echo(f"This quick start is finished. To make it anew: {again}", err=True)
        tell(_folder(out))
        return
    from tunecard.pipeline import quickstart_recipe

    resume = not overwrite and not is_finished(out) and _folder(out).checkpoints.is_dir()
    try:
        folder = _run(quickstart_recipe(), out, Path(), resume, overwrite)
    except Interrupted as error:
        raise Interrupted("stopped; the state is saved. The same command goes on.") from error
    except DiskFull as error:
        said = error.problems[0].replace("go on with --resume", "repeat the same command")
        raise DiskFull(said, place=error.place) from error
    tell(folder)


def run(
    recipe: RecipeFile,
    out: Out = None,
    set: Settings = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """From labelled data to an adapter with a full card.

    Paths in the recipe are relative to its folder; in a shipped one, given by its name, to where you are.

    On several processes, each with its share of every batch: torchrun --nproc-per-node 2 -m tunecard run RECIPE
    """
    from tunecard.adapters.methods.recipes import read_recipe
    from tunecard.evidence.output_folder import check_claim
    from tunecard.ranks.place import own_place
    from tunecard.shipped import path_of, shipped_name

    refuse_other(recipe, ("recipe",), "`tunecard run` takes a recipe")
    if resume and overwrite:
        raise RecipeError("--resume goes on with a run and --overwrite clears it. Give one of them.")
    name = shipped_name(recipe)
    asked, base_folder = read_recipe(path_of(name) if name else recipe, set or []), recipe.parent
    if dry_run:
        _tell_estimate(asked, base_folder)
        return
    place = out or Path("runs") / recipe.stem
    if own_place().is_first:
        check_claim(place, resume=resume, overwrite=overwrite)  # before libraries are loaded; again when it is claimed
    try:
        folder = _run(asked, place, base_folder, resume, overwrite)
    except Interrupted as error:
        raise _with_line_that_goes_on(error, recipe, set or [], place) from error
    except RunFolderError as error:
        raise _with_lines(error, recipe, set or [], place) from error
    if own_place().is_first:
        tell(folder)


def card(directory: Directory, confirm: Confirm = False) -> None:
    """Render the card again, with what the `card:` block of the folder's recipe.yaml declares now.

    What did not change keeps its date; where the adapter changed since, the card says so.
    """
    from tunecard.cli.progress import shown_progress
    from tunecard.pipeline import render_again

    run_folder_only(directory, "card")
    before = _manifest(directory)
    with shown_progress():
        folder = render_again(directory, confirm=confirm)
    typer.echo(f"Rendered {folder.card} and {folder.dataset_card.name} again.")
    outdated = [path.name for path in (folder.signature, folder.model_signature) if path.is_file()]
    if outdated and _manifest(directory) != before:
        again = f"tunecard sign {shlex.quote(str(directory))} --key KEY.pem"
        typer.echo(f"{' and '.join(outdated)}: made for the card as it was. Sign again: {again}")


def _manifest(directory: Path) -> bytes:
    manifest = _folder(directory).manifest
    return manifest.read_bytes() if manifest.is_file() else b""


def _run(recipe: Recipe, out: Path, base_folder: Path, resume: bool, overwrite: bool) -> RunFolder:
    from tunecard.cli.importing import importing
    from tunecard.cli.progress import shown_progress
    from tunecard.counted import counted
    from tunecard.stock.warm_parent import warm_parent

    with warm_parent(), shown_progress() as listener:
        with counted("Loading libraries"), importing():  # and so does the process that stock PEFT is asked in
            from tunecard.pipeline import run as run_recipe

        folder: RunFolder = run_recipe(
            recipe, out=out, base_folder=base_folder, resume=resume, overwrite=overwrite, listener=listener
        )
    return folder


def tell(folder: RunFolder) -> None:
    """A few lines about what was made. Raises: typer.Exit: it does not verify."""
    from tunecard.cli.progress import shown_progress
    from tunecard.cli.summary import summary_lines
    from tunecard.verification import verify

    with shown_progress():
        report = verify(folder.path)
    for line in summary_lines(folder, report):
        typer.echo(line)
    if not report.ok:
        raise typer.Exit(1)


def _with_lines(error: RunFolderError, recipe: Path, settings: Sequence[str], place: Path) -> RunFolderError:
    """Of a run that was to go on with another recipe: the lines that go on with what was, and that begin anew."""
    from tunecard.pipeline.resuming import START, OtherRecipe

    if not isinstance(error, OtherRecipe):
        return error
    again = ["tunecard", "run", str(recipe), "--out", str(place)]
    kept = [word for one in settings if one.partition("=")[0] not in error.was for word in ("--set", one)]
    before = [word for key, value in error.was.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    now = [word for one in settings for word in ("--set", one)]
    goes_on = [] if START in error.was else [[*again, "--resume", *kept, *before]]  # what that adapter was is gone
    lines = [*goes_on, [*again, "--overwrite", *now]]
    return RunFolderError(
        "\n".join([error.problems[0], *(f"  {shlex.join(line)}" for line in lines)]), place=error.place
    )


def _with_line_that_goes_on(error: Interrupted, recipe: Path, settings: Sequence[str], place: Path) -> Interrupted:
    """The same with the line to type, where what was made is kept."""
    if not error.problems[-1].endswith(GOES_ON):
        return error
    chosen = [word for one in settings for word in ("--set", one)]
    where = [] if place == Path("runs") / recipe.stem else ["--out", str(place)]
    line = shlex.join(["tunecard", "run", str(recipe), *where, "--resume", *chosen])
    said = error.problems[-1].removesuffix(GOES_ON)
    return Interrupted([*error.problems[:-1], f"{said}Go on with:\n  {line}"], place=error.place)


def _tell_estimate(recipe: Recipe, base_folder: Path) -> None:
    from tunecard.cli.progress import shown_progress
    from tunecard.counted import counted
    from tunecard.measurement import render_estimate

    with shown_progress() as listener:
        with counted("Loading libraries"):
            from tunecard.pipeline import estimate
        listener.stage("Reading data and base, timing a few steps")
        expected = estimate(recipe, base_folder=base_folder, listener=listener)
    for line in render_estimate(expected):
        typer.echo(line)


def _folder(path: Path) -> RunFolder:
    from tunecard.evidence import RunFolder

    return RunFolder(path)


def _out(path: Path) -> list[str]:
    return [] if path == QUICKSTART else ["--out", str(path)]
