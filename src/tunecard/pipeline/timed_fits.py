"""The simple things fitted on a sample of the real rows, timed: they take as long as a short training.

Seconds grow with rows from a level that even few rows cost: of scikit-learn's linear models here two fifths of what 200
rows take (docs/log.md, "How long it will take").
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tunecard.pipeline.baselines import EncodedRows, base_vectors
from tunecard.pipeline.preparing import PreparedRun
from tunecard.pipeline.timed_training import Clock
from tunecard.rows.vectors import FrozenVectors
from tunecard.tasks.baselines import Answers, Baseline, Lesson
from tunecard.training.frozen_features import MAX_DECISIONS

WARM_ROWS, SAMPLE_ROWS, SCORED_ROWS = 40, 200, 40
LEVEL = 0.4
PROBE = "probe"


@dataclass(frozen=True)
class TimedFits:
    """What the simple things cost, and what the sample says about the base.

    Attributes:
        starting: seconds that the first fit took beyond the later ones: libraries, threads.
        all: seconds of fitting every one of them on all training rows; probe: of the probe of the base alone.
        view: of the frozen vectors, in which that probe did best on the sample; None where there is none.
    """

    starting: float = 0.0
    all: float = 0.0
    probe: float = 0.0
    view: str | None = None


def time_fits(prepared: PreparedRun, clock: Clock = time.perf_counter) -> TimedFits:
    """Times the fits on a sample; nothing where there are no labelled training rows."""
    if not prepared.knows_train:
        return TimedFits()
    few, some = sampled(prepared, WARM_ROWS), sampled(prepared, SAMPLE_ROWS)
    vectors = _vectors(some)
    first, _ = _fit(
        few, {name: _first(one, WARM_ROWS if name == "train" else SCORED_ROWS) for name, one in vectors.items()}, clock
    )
    seconds, answers = _fit(some, vectors, clock)
    learned = len(some.dataset.splits["train"])
    grown = {name: at_rows(one, learned, _rows_fitted(prepared)) for name, one in seconds.items()}
    again = sum(at_rows(one, learned, len(few.dataset.splits["train"])) for one in seconds.values())
    fit = answers[PROBE].fit if PROBE in answers else None
    view = fit.settings.get("view") if fit else None
    return TimedFits(
        starting=max(0.0, sum(first.values()) - again),
        all=sum(grown.values()),
        probe=grown.get(PROBE, 0.0),
        view=view if isinstance(view, str) else None,
    )


def at_rows(seconds: float, sampled: int, rows: int) -> float:
    """Seconds of a fit to `rows` rows, where `sampled` took `seconds`.

    >>> at_rows(1.0, 200, 200), round(at_rows(1.0, 200, 1000), 6)
    (1.0, 3.4)
    """
    return seconds * (LEVEL + (1 - LEVEL) * rows / max(1, sampled))


def sampled(prepared: PreparedRun, rows: int) -> PreparedRun:
    """The same with the first rows of training, and fewer of every other split."""
    counts = {
        name: min(len(split), rows if name == "train" else SCORED_ROWS)
        for name, split in prepared.dataset.splits.items()
    }
    splits = {name: split.take(list(range(counts[name]))) for name, split in prepared.dataset.splits.items()}
    encoded = {name: one.take(counts[name]) for name, one in prepared.encoded.items()}
    return replace(prepared, dataset=replace(prepared.dataset, splits=splits), encoded=encoded)


def _vectors(some: PreparedRun) -> dict[str, FrozenVectors]:
    rows = EncodedRows(some.dataset, some.encoded, some.encoder.tokenizer, some.plans.max_length)
    return base_vectors(some.base, some.task, rows, some.plans.device)


def _first(vectors: FrozenVectors, rows: int) -> FrozenVectors:
    """Those of the first rows."""
    kept = vectors.rows < rows
    views = {name: view[kept] for name, view in vectors.views.items()}
    return replace(vectors, views=views, rows=vectors.rows[kept], places=vectors.places[kept])


def _fit(
    some: PreparedRun, vectors: Mapping[str, FrozenVectors], clock: Clock
) -> tuple[dict[str, float], dict[str, Answers]]:
    lesson = Lesson(some.task.labels, some.dataset.splits["train"], some.scored, vectors)
    seconds, answers = {}, {}
    for baseline in _fitted(some, vectors):
        began = clock()
        answers[baseline.name] = baseline.answer(lesson)
        seconds[baseline.name] = clock() - began
    return seconds, answers


def _fitted(some: PreparedRun, vectors: Mapping[str, FrozenVectors]) -> list[Baseline]:
    return [one for one in some.task.baselines if vectors or not one.reads_vectors]


def _rows_fitted(prepared: PreparedRun) -> int:
    """Training rows that a probe learns from: of words, as many rows as hold the most that it takes."""
    train = prepared.encoded["train"]
    if train.word_starts is None:
        return min(len(train), MAX_DECISIONS)
    words = sum(start >= 0 for starts in train.word_starts or [] for start in starts)
    return round(len(train) * min(1.0, MAX_DECISIONS / max(1, words)))
