"""The sweep: each setting trained in a folder of its own, all compared on validation, a table and a picture of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tunecard.counted import counted, one_of, watched_by
from tunecard.errors import DataError, Interrupted, RunFolderError, TunecardError
from tunecard.evaluation.compared_runs import Comparison, Difference, compare_runs
from tunecard.evidence import RunFolder
from tunecard.evidence.output_folder import locked_folder
from tunecard.pipeline import run
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.recipe import Recipe
from tunecard.sweeping.grid import Setting
from tunecard.sweeping.swept import Sweep, Trial
from tunecard.sweeping.telling import write_table

SPLIT = "validation"
PARAMETERS, SECONDS = "model.trainable_parameters", "training.seconds"
# What a trial need not do: its adapter is compared and thrown away, and nobody reads its card.
SPARE = ("evaluation.budget=0", "evaluation.probes=[update-sizes]")

Read = Callable[[Sequence[str]], Recipe]


def sweep(
    read: Read,
    settings: Sequence[Setting],
    out: Path,
    *,
    base_folder: Path = Path(),
    resume: bool = False,
    listener: ProgressListener = SILENCE,
) -> Sweep:
    """Trains every setting and compares them on validation; a finished one is not trained again.

    Args:
        read: the recipe with `key=value` settings over it.
        settings: two or more.
        out: the folder to make; `out/<setting>/` is a run folder each.
        base_folder: what relative paths in the recipe are relative to.
        resume: goes on with a sweep that stopped.
    Returns: all of them, best first; SWEEP.md, sweep.csv and sweep.png lie in `out`.
    Raises: TunecardError: a setting that cannot be, told before any is trained; a run that failed; an interruption.
    """
    recipes = _read_all(read, settings)
    if not resume and out.exists() and any(out.iterdir()):
        raise RunFolderError(
            "is not empty. Use --resume to go on with a sweep that stopped, or another --out.", place=str(out)
        )
    with locked_folder(out), watched_by(listener), counted("Trying settings", len(settings), "settings") as count:
        for setting, recipe in zip(settings, recipes, strict=True):
            with one_of(count, setting.name):
                _train(recipe, out / setting.name, base_folder, listener)
        swept = compared(out, settings)
        write_table(swept)
    return swept


def compared(out: Path, settings: Sequence[Setting]) -> Sweep:
    """Finished trials, best first."""
    comparison = compare_runs([out / setting.name for setting in settings], split=SPLIT)
    sign = 1.0 if comparison.measure.is_error else -1.0
    scores = {run.path: run for run in comparison.runs}
    unknown = [path for path, run in scores.items() if run.value is None]
    if unknown:
        raise DataError(f"no score on validation: {scores[unknown[0]].how}.", place=unknown[0])
    by_path = {str(out / setting.name): setting for setting in settings}
    ranked = sorted(by_path, key=lambda path: sign * float(scores[path].value or 0.0))
    trials = [_trial(by_path[path], path, comparison, ranked[0]) for path in ranked]
    return Sweep(out, trials, comparison)


def _read_all(read: Read, settings: Sequence[Setting]) -> list[Recipe]:
    """Raises: TunecardError: the first setting that breaks the recipe, with its faults."""
    recipes = []
    for setting in settings:
        try:
            recipes.append(read([*setting.as_options(), *SPARE]))
        except TunecardError as error:
            raise type(error)(error.problems, place=f"--over {' '.join(setting.as_options())}") from error
    return recipes


def _train(recipe: Recipe, place: Path, base_folder: Path, listener: ProgressListener) -> None:
    folder = RunFolder(place)
    if folder.manifest.is_file() and folder.evidence.is_file():
        return
    try:
        run(recipe, out=place, base_folder=base_folder, hides_test=True, resume=folder.checkpoints.is_dir(),
            listener=listener)  # fmt: skip
    except Interrupted as error:
        raise Interrupted([*error.problems[:-1], "stopped; what was trained is kept. Go on with --resume."]) from error


def _trial(setting: Setting, path: str, comparison: Comparison, best: str) -> Trial:
    findings = RunFolder(Path(path)).read_findings()
    return Trial(
        setting=setting,
        path=Path(path),
        score=next(run for run in comparison.runs if run.path == path),
        parameters=int(findings.value(PARAMETERS)),
        seconds=float(findings.value(SECONDS)),
        behind=None if path == best else _behind(path, best, comparison),
    )


def _behind(path: str, best: str, comparison: Comparison) -> Difference:
    """It minus the best, whichever was named first."""
    pair = next(one for one in comparison.differences if {one.a, one.b} == {path, best})
    return pair if pair.a == path else pair.turned()
