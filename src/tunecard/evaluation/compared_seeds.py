"""Settings compared on the same rows, each by one training or by one a seed: means, spread, paired differences.

One training a setting is compared as `compare_runs` does; of several the intervals cover rows and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tunecard.counted import each
from tunecard.evaluation.compared_runs import Comparison, Difference, RunScore, adjusted, difference_of, score_of
from tunecard.evaluation.shared_rows import share_rows
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.metrics.over_seeds import compare_seeds, score_seeds
from tunecard.metrics.paired import Paired


@dataclass(frozen=True)
class ComparedSettings:
    """What comparing settings gave.

    Attributes:
        comparison: of settings by their names: mean scores, and every paired difference, adjusted by Holm.
        runs: the score of each training by its path; its interval covers rows alone.
        sd: over the seeds of each setting, by its name; None where it has one or a seed has no score.
        seeds: how many trainings each setting has.
    """

    comparison: Comparison
    runs: Mapping[str, RunScore]
    sd: Mapping[str, float | None]
    seeds: int

    @property
    def covers(self) -> str:
        """What the intervals of scores and differences stand for."""
        unit = self.comparison.unit
        return f"{unit} alone: another seed may move a score" if self.seeds == 1 else f"{unit} and seeds"


def compare_settings(settings: Mapping[str, Sequence[Path]], split: str) -> ComparedSettings:
    """Compares settings by the stored predictions of their run folders.

    Args:
        settings: name to the folders of its trainings, of the same seeds in the same order for all.
        split: the one to compare on.
    Raises: RunFolderError: as `compare_runs`.
    """
    shared = share_rows([path for paths in settings.values() for path in paths], split)
    measure = shared.runs[0][0].task.scoring.headline
    counts = {run.name: scored.counts for run, scored in shared.runs}
    runs = {name: score_of(measure, name, Sample(Rows(told))) for name, told in counts.items()}
    several = {name: [counts[str(path)] for path in paths] for name, paths in settings.items()}
    scores = {name: _score(measure, name, told, runs[str(settings[name][0])]) for name, told in several.items()}
    comparison = Comparison(
        split=shared.split,
        rows=len(shared.runs[0][1].counts),
        measure=measure,
        runs=tuple(score for score, _ in scores.values()),
        differences=tuple(_differences(measure, several)),
        changed=(),
        notes=shared.notes,
        unit="groups of rows" if shared.runs[0][1].counts.has_groups else "rows",
    )
    seeds = len(next(iter(settings.values())))
    return ComparedSettings(comparison, runs, {name: sd for name, (_, sd) in scores.items()}, seeds)


def _score(measure: Measure, name: str, told: Sequence[RowCounts], alone: RunScore) -> tuple[RunScore, float | None]:
    if len(told) == 1:
        return RunScore(name, alone.value, alone.interval, alone.how), None
    mean = score_seeds(measure, told)
    return RunScore(name, mean.value, mean.interval, mean.how), mean.sd


def _differences(measure: Measure, several: Mapping[str, Sequence[RowCounts]]) -> list[Difference]:
    pairs = list(combinations(several, 2))
    paired = [_paired(measure, several[a], several[b]) for a, b in each(pairs, "Comparing settings", "pairs")]
    return adjusted(pairs, paired)


def _paired(measure: Measure, ours: Sequence[RowCounts], theirs: Sequence[RowCounts]) -> Paired:
    if len(ours) == 1:
        return difference_of(measure, ours[0], theirs[0])
    return compare_seeds(measure, ours, theirs)
