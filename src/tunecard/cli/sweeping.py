"""`tunecard sweep`: settings of one recipe trained and compared on validation."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson, at_home
from tunecard.cli.ray_address import RayAddress
from tunecard.cli.running import RecipeFile
from tunecard.cli.wrong_kind import refuse_other
from tunecard.errors import Interrupted

Over = Annotated[
    list[str] | None,
    typer.Option("--over", metavar="KEY=V1,V2", help="Such as adapter.rank=4,8,16. Several: every combination."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="The folder to make. [default: sweeps/NAME-OF-THE-RECIPE]", callback=at_home
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a sweep that stopped.")]
StopEarly = Annotated[
    bool,
    typer.Option("--stop-early", help="End trainings that score below the median of those before them (ASHA)."),
]


def sweep(  # noqa: PLR0913, PLR0917 - its options
    recipe: RecipeFile,
    over: Over = None,
    out: Out = None,
    resume: Resume = False,
    stop_early: StopEarly = False,
    ray: RayAddress = None,
    json: AsJson = False,
) -> None:
    """Train every combination of some settings, and say which is best and which are as good.

    Compared on validation; the test split is never read, so that it still says something of the one you take. Paired
    differences with intervals, p values adjusted by Holm for all pairs, trained parameters and time: SWEEP.md,
    sweep.csv and sweep.png in the folder, beside a run folder for each combination. Values of training.seed are tries
    of the other settings, which are compared by their means.
    """
    from tunecard.api import sweep as try_settings
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress
    from tunecard.sweeping.grid import read_over

    refuse_other(recipe, ("recipe",), "`tunecard sweep` takes a recipe")
    wanted = read_over(over or [])
    with shown_progress(as_lines=json) as listener:
        try:
            found = try_settings(
                recipe, wanted, out=out, resume=resume, stop_early=stop_early, ray=ray, listener=listener
            )
        except Interrupted as error:
            words = ["tunecard", "sweep", str(recipe), *(word for one in over or [] for word in ("--over", one))]
            words += [*(["--out", str(out)] if out else []), *(["--stop-early"] if stop_early else [])]
            words += [f"--ray={ray}"] if ray else []
            line = shlex.join([*words, "--resume"])
            raise Interrupted(f"stopped; what was trained is kept. Go on with:\n  {line}") from error
    if json:
        print_json(found.to_json())
        return
    from tunecard.sweeping.telling import TABLE, verdict

    best, taken = found.best, found.recommended
    typer.echo(verdict(found).replace("*", "").replace("`", ""))
    beside = "" if taken is best else f", of the best {best.score.value:.3f}"
    typer.echo(f"{found.comparison.measure.name} of it {taken.score.value:.3f}{beside}.")
    typer.echo(f"Table and picture: {found.path / TABLE}")
    chosen = [word for option in taken.as_options() for word in ("--set", option)]
    typer.echo("With the test split and the whole card:")
    typer.echo(f"  {shlex.join(['tunecard', 'run', str(recipe), *chosen])}")
