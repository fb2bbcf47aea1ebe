"""Scores of a reader's own rows beside those that the author recorded: which belong together, and how far apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.evaluation.report import SECTION
from tunecard.evidence import Finding, Findings, measured, not_measured
from tunecard.evidence.evaluation_folder import ROWS
from tunecard.evidence.finding import Source
from tunecard.metrics.independent import HOW, independent_interval
from tunecard.metrics.intervals import Interval
from tunecard.metrics.measure import Score
from tunecard.tasks.scoring import Scoring

AUTHOR = "author"
_SAME = "the author's own rows predicted again: no other rows were drawn, so there is no interval"
_APART = f"rows of the two sets have nothing to do with each other; {HOW}"


@dataclass(frozen=True)
class Beside:
    """Own and author's scores.

    Attributes:
        author: the author's records, as they stand in the run folder, of all scores that the own rows have, too.
        differences: own minus author's, of every score of all rows.
    """

    author: list[Finding]
    differences: list[Finding]


def beside_author(own: Findings, author: Findings, split: str, scoring: Scoring, *, same_rows: bool) -> Beside:
    """The author's scores of the same kinds, and the differences.

    Args:
        own: scores of the reader's rows, below `results.test`.
        author: the run folder's evidence.
        split: which of its splits leads.
        same_rows: the rows are the author's own, so that there is nothing to draw anew.
    """
    found = [theirs for mine in own.under(f"results.{ROWS}") if (theirs := _of_author(mine.id, author, split))]
    scores = (*scoring.measures, *(() if scoring.ranking is None else scoring.ranking.measures))
    return Beside(found, list(_differences(scores, own, author, split, same_rows=same_rows)))


def recorded_beside(author: Sequence[Finding], source: Source) -> list[Finding]:
    """The author's records as an evaluation keeps them: below `author.`, with the file that they were copied from."""
    return [one.model_copy(update={"id": f"{AUTHOR}.{one.id}", "source": source}) for one in author]


def is_distinguishable(difference: Finding | None) -> bool | None:
    """Whether the interval excludes 0; None where there is no interval."""
    if difference is None or difference.interval is None:
        return None
    low, high = difference.interval
    return low > 0 or high < 0


def _of_author(id: str, author: Findings, split: str) -> Finding | None:
    """The author's record of a score that is a number, or that says why there is none."""
    found = author.get(f"results.{split}.{id.removeprefix(f'results.{ROWS}.')}")
    return found if found is not None and isinstance(found.value, int | float | None) else None


def _differences(
    scores: Sequence[Score], own: Findings, author: Findings, split: str, *, same_rows: bool
) -> Iterator[Finding]:
    for score in scores:
        mine, theirs = own.get(f"results.{ROWS}.{score.key}"), author.get(f"results.{split}.{score.key}")
        if mine is not None and theirs is not None:
            yield _difference(score, mine, theirs, same_rows=same_rows)


def _difference(score: Score, mine: Finding, theirs: Finding, *, same_rows: bool) -> Finding:
    fields: dict[str, Any] = {
        "id": f"difference.{AUTHOR}.{ROWS}.{score.key}",
        "section": SECTION,
        "name": f"{score.name}: these rows minus the author's",
        "split": ROWS,
        "n": mine.n,
    }
    if not isinstance(mine.value, int | float) or not isinstance(theirs.value, int | float):
        whose, gap = ("these rows have", mine) if mine.value is None else ("the author has", theirs)
        return not_measured(reason=f"{whose} no such score: {gap.reason}", **fields)
    interval, how = (None, _SAME) if same_rows else _interval(mine, theirs)
    level = None if interval is None else mine.level
    told = f"{how}; author's n = {theirs.n}"
    return measured(value=mine.value - theirs.value, interval=interval, level=level, method=told, **fields)


def _interval(mine: Finding, theirs: Finding) -> tuple[Interval | None, str]:
    if mine.interval is None or theirs.interval is None:
        whose = "these rows" if mine.interval is None else "the author's rows"
        return None, f"no interval, as the score of {whose} has none"
    if mine.level != theirs.level:
        return None, f"no interval, as the two are of other levels, {mine.level} and {theirs.level}"
    found = independent_interval(float(mine.value), mine.interval, float(theirs.value), theirs.interval)  # type: ignore[arg-type]
    return found, _APART
