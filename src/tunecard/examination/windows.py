"""Whether rows that are longer than the model reads get better answers when nothing of them is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.subject import Subject
from tunecard.examination.two_readings import HOW, second_minus_first
from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.long_rows import LongRows, long_rows
from tunecard.rows.dataset import Split
from tunecard.tasks.whole_splits import decode_split

ID = "examination.windows"
LEAST = 10  # rows that are cut
CUT, WHOLE = "cut_off", "in_windows"


class Windows:
    """The headline score of long rows cut off, and read to their end in overlapping windows."""

    name = "windows"

    def price(self, subject: Subject) -> int:
        """Of each row that is longer than the model reads a pass for it cut, and one for each of its windows."""
        engine, kind = subject.engine, long_rows(subject.task, subject.rows.inputs)
        if engine is None or kind is None or not subject.rows.is_labelled:
            return 0
        return sum(_passes(engine, kind, subject.rows.take(_cut(engine, kind, subject.rows))))

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.windows`, one record."""
        engine, kind = subject.engine, long_rows(subject.task, subject.rows.inputs)
        if engine is None or kind is None:
            reason = "rows of this task are not read in windows: nothing says what to make of several answers to a row"
            return [not_measured(ID, reason=reason)]
        if not subject.rows.is_labelled:
            return [not_measured(ID, reason="the rows have no labels to score against")]
        long = _cut(engine, kind, subject.rows)
        if len(long) < LEAST:
            told = f"{len(long) or 'none'} of {len(subject.rows):,} rows is longer than {engine.max_length} tokens"
            return [not_measured(ID, reason=told + (f", and {LEAST} are the least" if long else ""))]
        rows, windows = _affordable(subject, engine, kind, subject.rows.take(long), budget)
        if len(rows) < LEAST:
            reason = f"{budget} forward passes are too few for {LEAST} rows in windows; raise `evaluation.budget`"
            return [not_measured(ID, reason=reason)]
        subject.passes.count(len(rows) + windows)
        scoring = subject.task.scoring
        said = (CUT, _cut_answers(engine, kind, rows)), (WHOLE, kind.answers(engine, rows.inputs))
        counts = [(name, scoring.count(rows.labels, list(answers))) for name, answers in said]
        record = {
            "rows": len(rows),
            "windows": windows,
            "predict_reads": WHOLE if kind.predicts_whole else CUT,
            **second_minus_first("windows", scoring.headline, rows, *counts),
        }
        how = (
            f"{scoring.headline.phrase} of rows longer than {engine.max_length} tokens ({len(long):,} of "
            f"{len(subject.rows):,}), cut there, and read to their end in windows that overlap by half: {kind.how}; "
            f"{HOW}; n = rows, drawn by the seed"
        )
        return [measured(ID, [record], n=len(rows), split=rows.name, method=how)]


def _cut(engine: Engine, kind: LongRows, rows: Split) -> list[int]:
    """Places of the rows that are longer than the model reads."""
    if not len(rows):
        return []
    return [place for place, is_cut in enumerate(kind.cut(engine, rows.inputs).is_truncated) if is_cut]


def _passes(engine: Engine, kind: LongRows, rows: Split) -> list[int]:
    """(N,) passes that each row takes: one cut, and one for each window."""
    return [1 + windows for windows in kind.windows(engine, rows.inputs)] if len(rows) else []


def _affordable(subject: Subject, engine: Engine, kind: LongRows, rows: Split, budget: int) -> tuple[Split, int]:
    """As many rows, drawn by the seed, as there are passes for, in their order; and their windows."""
    passes = _passes(engine, kind, rows)
    drawn = np.random.default_rng(subject.seed).permutation(len(rows))
    spent = np.cumsum(np.array(passes)[drawn])
    chosen = sorted(drawn[: int(np.searchsorted(spent, budget, side="right"))].tolist())
    return rows.take(chosen), sum(passes[place] - 1 for place in chosen)


def _cut_answers(engine: Engine, kind: LongRows, rows: Split) -> Sequence[Any]:
    encoded = kind.cut(engine, rows.inputs)
    return [answer for answer, _ in decode_split(engine.task, engine.logits(encoded), encoded, rows.labels)]
