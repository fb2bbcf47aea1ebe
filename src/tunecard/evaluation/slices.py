"""The headline score on parts of the rows, by the factor columns of the predictions file."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tunecard.counted import each
from tunecard.evaluation.parts import Part, part_of
from tunecard.evaluation.report import SECTION, FindingScope
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding, not_measured
from tunecard.metrics.measure import Measure, sample_of
from tunecard.tasks.scoring import Scoring

LEAST_ROWS = 5
MOST_VALUES = 50


def judge_slices(scoring: Scoring, adapter: Scored, people: Sequence[str] = ()) -> tuple[list[Finding], list[Part]]:
    """One finding a value of each factor, and those of them that are scored. Fewer than 5 rows are told, not scored.

    Args:
        people: factors that are left to `judge_people`, which tells of no small group.
    """
    findings: list[Finding] = []
    parts: list[Part] = []
    for factor, values in sorted(adapter.predictions.factors.items()):
        if factor in people:
            continue
        if len(set(values)) > MOST_VALUES:
            findings.append(_too_many(scoring.headline, adapter, factor, len(set(values))))
            continue
        column = np.array(values, dtype=object)
        for value in each(sorted(set(values), key=natural_order), f"Scores by {factor}", "slices"):
            rows, scope = np.flatnonzero(column == value), _scope(adapter, f"{factor}={value}")
            if len(rows) < LEAST_ROWS:
                findings.append(_too_few(scoring.headline, scope, len(rows)))
                continue
            parts.append(part_of(scoring.headline, scope, sample_of(adapter.counts.take(rows)), scoring.headline))
            findings.append(parts[-1].finding)
    return findings, parts


_LONGEST = 1_000  # digits; Python reads no number of any length


def natural_order(value: str) -> list[tuple[int, int, str]]:
    """Sort key that reads numbers as numbers.

    >>> sorted(["17-32 words", "9-16 words", "1-8 words"], key=natural_order)
    ['1-8 words', '9-16 words', '17-32 words']
    """
    parts = re.split(r"(\d+)", str(value))
    return [(0, int(part), "") if part.isdecimal() and len(part) < _LONGEST else (1, 0, part) for part in parts if part]


def _scope(adapter: Scored, name: str) -> FindingScope:
    return FindingScope(f"results.{adapter.split}.slice.{name}", adapter.split, adapter.source, slice=name, about=name)


def _too_few(headline: Measure, scope: FindingScope, rows: int) -> Finding:
    return not_measured(reason=f"too few rows: {rows}", n=rows, **scope.fields(headline))


def _too_many(headline: Measure, adapter: Scored, factor: str, values: int) -> Finding:
    return not_measured(
        f"results.{adapter.split}.slice.{factor}",
        section=SECTION,
        name=f"{headline.name}: by {factor}",
        reason=f"{values} values are too many to slice by; bin the column to at most {MOST_VALUES}",
        split=adapter.split,
        source=adapter.source,
    )
