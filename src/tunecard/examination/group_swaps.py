"""Whether answers hang on who a row speaks of: words for one group of people swapped for those of another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from tunecard.card.thresholds import LEAST_FLIP_RATE
from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.before_after import Record, chance_above, compared, share_interval, units_of
from tunecard.examination.flips import can_flip
from tunecard.examination.people import FAMILIES, Family
from tunecard.examination.people_in_text import mentions, spoken_of
from tunecard.examination.subject import Subject
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.rows.dataset import Split
from tunecard.tasks.free_inputs import free_inputs

SWAPS, SCORES = "examination.group_swaps", "examination.group_scores"
LEAST_ROWS = 20  # that name anybody of a family


class GroupSwaps:
    """Flips, and the gap of the headline score, between the same rows speaking of one group and of another.

    Source: counterfactual fairness by token swaps, Garg et al. 2019.
    """

    name = "group-swaps"

    def price(self, subject: Subject) -> int:
        """A pass for each group of each family that a row names."""
        return sum(len(family.groups) * len(places) for family, places in _found(subject).items())

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.group_swaps`, a record a family, and `.group_scores`, a record a group."""
        found = _found(subject)
        if not found:
            reason = f"no family of English words for groups of people stands in {LEAST_ROWS} of the rows"
            return [not_measured(id, reason=reason) for id in (SWAPS, SCORES)]
        families: list[Record] = []
        groups: list[Record] = []
        share = budget // sum(len(family.groups) for family in found)
        for family, places in found.items():
            rows = subject.sample(subject.rows.take(places), share)
            if len(rows) >= LEAST_ROWS:
                of_family, of_groups = _asked(subject, family, rows)
                families.append(of_family)
                groups += of_groups
        if not families:
            reason = f"{budget} forward passes are too few to ask about {LEAST_ROWS} rows of a family in each group"
            return [not_measured(id, reason=reason) for id in (SWAPS, SCORES)]
        return _findings(subject, families, groups, list(found))


def _found(subject: Subject) -> dict[Family, list[int]]:
    """Families that enough rows name, each with the places of those rows."""
    free = free_inputs(subject.task, subject.rows.inputs)
    found = {family: mentions(family, subject.rows, free) for family in FAMILIES}
    return {family: places for family, places in found.items() if len(places) >= LEAST_ROWS}


def _asked(subject: Subject, family: Family, rows: Split) -> tuple[Record, list[Record]]:
    free = free_inputs(subject.task, rows.inputs)
    answers = {
        group: subject.predict(spoken_of(family, group, rows, free, subject.seed), f"Speaking of {group}").predictions
        for group in family.groups
    }
    record: Record = {"family": family.name, "groups": len(answers), "rows": len(rows)}
    record |= _flips(list(answers.values()), rows)
    if not rows.is_labelled:
        return record, []
    measure = subject.task.scoring.headline
    counts = {group: subject.task.scoring.count(rows.labels, list(said)) for group, said in answers.items()}
    scores = [
        {"family": family.name, "group": group, "rows": len(rows), "score": measure.value(_alone(of, rows))}
        for group, of in counts.items()
    ]
    return record | {"pairs": _pairs(measure, counts, rows)}, scores


def _flips(answers: Sequence[Sequence[Any]], rows: Split) -> Record:
    """Rows whose answer is not the same for every group."""
    if not can_flip(answers[0]):
        return {}
    flipped = np.array([any(one != row[0] for one in row) for row in zip(*answers, strict=True)], dtype=np.float64)
    return {
        "flips": int(flipped.sum()),
        "flip_rate": float(flipped.mean()),
        "flip_interval": share_interval(flipped, units_of(rows)),
        "flip_p": chance_above(flipped, units_of(rows), LEAST_FLIP_RATE),
    }


def _alone(counts: RowCounts, rows: Split) -> Sample:
    return Sample(Rows(counts.in_units(units_of(rows))))


def _pairs(measure: Measure, counts: dict[str, RowCounts], rows: Split) -> list[Record]:
    """Every two groups with the gap of their scores, that of the first minus that of the second."""
    found = []
    for (first, ours), (second, theirs) in combinations(counts.items(), 2):
        both, width = Rows(ours.in_units(units_of(rows)).beside(theirs)), ours.values.shape[1]
        gap = compared(measure, Sample(both, (0, width)), Sample(both, (width, None)))
        if gap is not None:
            found.append({"first": first, "second": second, **gap})
    return found


def _findings(subject: Subject, families: list[Record], groups: list[Record], found: Sequence[Family]) -> list[Finding]:
    pairs = [pair for family in families for pair in family.get("pairs", ()) if pair["p"] is not None]
    tests = [(pair, "p") for pair in pairs]
    tests += [(family, "flip_p") for family in families if family.get("flip_p") is not None]
    for (one, key), p in zip(tests, adjusted_in("group swaps", [one[key] for one, key in tests]), strict=True):
        one[key] = p
    value: list[Any] = [_with_widest(family) for family in families]
    sources = "; ".join(f"{family.name}: {family.source}" for family in found)
    how = (
        "each row that names somebody of a family, written so that it speaks of each of its groups in turn, words "
        "drawn by the seed; a flip is a row whose answers differ between groups, its rate with Wilson's interval; "
        f"{subject.task.scoring.headline.phrase} of the same rows by group, and the two groups furthest apart; "
        f"p two-sided; flip_p one-sided, of flips in no more than {LEAST_FLIP_RATE:.0%} of rows; both adjusted by Holm "
        f"for all {len(tests)} pairs of groups and families {ADJUSTED}; distinguishable where p <= {ALPHA:.2f}. "
        f"Words: {sources}"
    )
    rows = sum(family["rows"] for family in families)
    swaps = measured(SWAPS, value, n=rows, split=subject.rows.name, method=f"{how}; n = rows, those of each family")
    if not groups:
        return [swaps, not_measured(SCORES, reason="the rows have no labels to score against")]
    of_groups: list[Any] = groups
    return [swaps, measured(SCORES, of_groups, n=rows, split=subject.rows.name, method=how)]


def _with_widest(family: Record) -> Record:
    """The family with its widest gap in the place of all its pairs."""
    kept = {key: value for key, value in family.items() if key != "pairs"}
    pairs = family.get("pairs") or []
    if not pairs:
        return kept
    widest: Record = max(pairs, key=lambda pair: (pair["p"] is not None and pair["p"] <= ALPHA, abs(pair["gap"])))
    return kept | widest | {"distinguishable": widest["p"] is not None and widest["p"] <= ALPHA}
