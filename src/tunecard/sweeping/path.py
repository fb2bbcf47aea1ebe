"""The sweep: each setting trained in a folder of its own, all compared on validation, a table and a picture of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tunecard.counted import Count, counted, watched_by
from tunecard.errors import DataError, RecipeError, RunFolderError, TunecardError
from tunecard.evaluation.compared_runs import Difference
from tunecard.evaluation.compared_seeds import ComparedSettings, compare_settings
from tunecard.evidence import RunFolder
from tunecard.evidence.output_folder import locked_folder
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.recipe import Recipe
from tunecard.sweeping.grid import Setting, by_seedless
from tunecard.sweeping.loops import InTurn, Loop
from tunecard.sweeping.race import MEMORY, Race
from tunecard.sweeping.swept import Left, Sweep, Trial, Tried
from tunecard.sweeping.telling import write_table
from tunecard.sweeping.trial import SPARE, Job

SPLIT = "validation"
PARAMETERS, SECONDS = "model.trainable_parameters", "training.seconds"

Read = Callable[[Sequence[str]], Recipe]


def sweep(  # noqa: PLR0913 - what is tried, where, and who makes the trials
    read: Read,
    settings: Sequence[Setting],
    out: Path,
    *,
    base_folder: Path = Path(),
    resume: bool = False,
    stop_early: bool = False,
    loop: Loop | None = None,
    listener: ProgressListener = SILENCE,
) -> Sweep:
    """Trains every setting and compares them on validation; a finished one is not trained again.

    Args:
        read: the recipe with `key=value` settings over it.
        settings: two or more.
        out: the folder to make; `out/<setting>/` is a run folder each.
        base_folder: what relative paths in the recipe are relative to.
        resume: goes on with a sweep that stopped.
        stop_early: ends trainings that score below the median of those before them (`race.py`). Where seeds are tried,
            the first of each setting decides, and of one that it stops no other seed is trained.
        loop: who makes the trials; None makes one after the other here.
    Returns: all of them, best first; SWEEP.md, sweep.csv and sweep.png lie in `out`.
    Raises: TunecardError: a setting that cannot be, told before any is trained; a run that failed; an interruption.
    """
    out = out.resolve()
    jobs = _read_all(read, settings, out, base_folder.resolve())
    if stop_early:
        check_single(jobs)
    if not resume and out.exists() and any(out.iterdir()):
        raise RunFolderError(
            "is not empty. Use --resume to go on with a sweep that stopped, or another --out.", place=str(out)
        )
    with locked_folder(out), watched_by(listener), counted("Trying settings", len(settings), "settings") as count:
        race = Race(out / MEMORY) if stop_early else None
        _make_all(jobs, race, loop or InTurn(), count, listener)
        swept = told(out, settings, race)
        write_table(swept)
    return swept


def check_single(jobs: Sequence[Job]) -> None:
    """Raises: RecipeError: trials without a single learning curve, or with curves that cannot be compared."""
    faults = []
    if any(job.recipe.quality == "best" for job in jobs):
        faults.append("quality: best trains several rates and seeds in one run. Take fast or balanced.")
    if any(len(job.recipe.seeds) > 1 for job in jobs):
        faults.append("training.seed names several seeds in one run. Try them as settings: --over training.seed=1,2,3.")
    if len({job.recipe.training.best_metric for job in jobs}) > 1:
        faults.append(
            "training.best_metric differs between settings, whose scores are compared. Leave it out of --over."
        )
    if faults:
        raise RecipeError(faults, place="--stop-early")


def told(out: Path, settings: Sequence[Setting], race: Race | None = None) -> Sweep:
    """What lies in the folder of a sweep that has ended: settings that were trained best first, and those stopped."""
    several = by_seedless(settings)
    stopped = [_left(out, setting, tried, race) for setting, tried in several if _is_stopped(tried, race)]
    trained = {setting.name: (setting, tried) for setting, tried in several if not _is_stopped(tried, race)}
    folders = {name: [out / one.name for one in tried] for name, (_, tried) in trained.items()}
    compared = compare_settings(folders, SPLIT)
    comparison = compared.comparison
    scores = {run.path: run for run in comparison.runs}
    unknown = [name for name, run in scores.items() if run.value is None]
    if unknown:
        raise DataError(f"no score on validation: {scores[unknown[0]].how}.", place=str(out / unknown[0]))
    sign = 1.0 if comparison.measure.is_error else -1.0
    ranked = sorted(trained, key=lambda name: sign * float(scores[name].value or 0.0))
    tried = [_tried(name, *trained[name], out, compared, ranked[0]) for name in ranked]
    return Sweep(out, tried, stopped, compared)


def _read_all(read: Read, settings: Sequence[Setting], out: Path, base_folder: Path) -> list[Job]:
    """Raises: TunecardError: the first setting that breaks the recipe, with its faults."""
    jobs = []
    drawn_by = settings[0].seed  # so that all seeds see the rows that a run of all of them will see
    for setting in settings:
        try:
            recipe = read([*setting.as_options(), *SPARE])
        except TunecardError as error:
            raise type(error)(error.problems, place=f"--over {' '.join(setting.as_options())}") from error
        jobs.append(Job(setting, recipe, out / setting.name, base_folder, drawn_by))
    return jobs


def _make_all(jobs: Sequence[Job], race: Race | None, loop: Loop, count: Count, listener: ProgressListener) -> None:
    """Without a race all; with one the first seed of each setting, then the other seeds of those that went on."""
    if race is None:
        _make(jobs, None, loop, count, listener)
        return
    of_setting = [
        [job for job in jobs if job.setting in tried] for _, tried in by_seedless([job.setting for job in jobs])
    ]
    _make([own[0] for own in of_setting], race, loop, count, listener)
    gone_on = [job for own in of_setting if race.stopped(own[0].name) is None for job in own[1:]]
    count.advance(len(jobs) - len(of_setting) - len(gone_on))
    _make(gone_on, None, loop, count, listener)


def _make(jobs: Sequence[Job], race: Race | None, loop: Loop, count: Count, listener: ProgressListener) -> None:
    open_jobs = [job for job in jobs if not job.is_finished and not (race is not None and race.stopped(job.name))]
    count.advance(len(jobs) - len(open_jobs))
    if open_jobs:
        loop(open_jobs, race, count, listener)


def _is_stopped(tried: Sequence[Setting], race: Race | None) -> bool:
    return race is not None and race.stopped(tried[0].name) is not None


def _left(out: Path, setting: Setting, tried: Sequence[Setting], race: Race | None) -> Left:
    stopped = None if race is None else race.stopped(tried[0].name)
    assert stopped is not None
    return Left(setting, tried[0], out / tried[0].name, stopped)


def _tried(
    name: str, setting: Setting, several: Sequence[Setting], out: Path, compared: ComparedSettings, best: str
) -> Tried:
    comparison = compared.comparison
    return Tried(
        setting=setting,
        trials=[_trial(one, out / one.name, compared) for one in several],
        score=next(run for run in comparison.runs if run.path == name),
        sd=compared.sd[name],
        behind=None if name == best else _behind(name, best, comparison.differences),
    )


def _trial(setting: Setting, path: Path, compared: ComparedSettings) -> Trial:
    findings = RunFolder(path).read_findings()
    return Trial(
        setting=setting,
        path=path,
        score=compared.runs[str(path)],
        parameters=int(findings.value(PARAMETERS)),
        seconds=float(findings.value(SECONDS)),
    )


def _behind(name: str, best: str, differences: Sequence[Difference]) -> Difference:
    """It minus the best, whichever was named first."""
    pair = next(one for one in differences if {one.a, one.b} == {name, best})
    return pair if pair.a == name else pair.turned()
