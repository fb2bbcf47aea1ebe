"""Stored predictions beside those of another go: the same rows and labels, probabilities within a tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.evidence import Predictions
from tunecard.metrics.counts import Floats
from tunecard.rows.counting import in_order_of_appearance

PROBABILITY_TOLERANCE = 2e-3  # fp32 on another processor, another order of additions
NAMED = 3


@dataclass(frozen=True)
class Agreement:
    """What two goes at the same rows came to.

    Attributes:
        problems: what differs beyond the tolerance, a sentence each.
        rows: how many were compared.
        ties: rows whose labels differ where the two are equally likely within the tolerance.
        largest: largest difference of a probability; None where one of the two has none.
        others: rows whose labels differ beyond that.
    """

    problems: list[str]
    rows: int
    ties: int
    largest: float | None
    others: int = 0


def compare_predictions(
    stored: Predictions, again: Predictions, labels: Sequence[str], may_differ: float = 0.0
) -> Agreement:
    """Compares row by row; the order of the rows has no say.

    Args:
        stored: what the folder holds.
        again: what was predicted just now, with gold labels as the data has them.
        labels: names in id order.
        may_differ: the share of rows whose labels may be others.
    """
    places = {row: place for place, row in enumerate(again.rows)}
    missing = [row for row in stored.rows if row not in places]
    left_out = sorted(set(places) - set(stored.rows))
    problems = []
    if missing:
        problems.append(f"{len(missing)} rows are not in the data, such as row {missing[0]}")
    if left_out:
        problems.append(f"{len(left_out)} rows of the data are left out, such as row {left_out[0]}")
    pairs = [(place, places[row]) for place, row in enumerate(stored.rows) if row in places]
    problems += _column_problems(stored, again, pairs)
    wrong: list[int] = []
    apart: list[int] = []
    ties, largest = 0, None
    ids = {label: index for index, label in enumerate(labels)}
    for old, new in pairs:
        gap = _gap(stored, again, old, new)
        largest = gap if largest is None else max(largest, gap or 0.0)
        if gap is not None and gap > PROBABILITY_TOLERANCE:
            apart.append(stored.rows[old])
        if not _is_same(stored.predictions[old], again.predictions[new]):
            if _is_tie(stored, old, again, new, ids):
                ties += 1
            else:
                wrong.append(stored.rows[old])
    if len(wrong) > may_differ * len(pairs):
        problems += _named("predictions are other labels", wrong)
    problems += _named(f"rows have probabilities that differ by more than {PROBABILITY_TOLERANCE:g}", apart)
    return Agreement(problems, len(pairs), ties, largest, len(wrong))


def _column_problems(stored: Predictions, again: Predictions, pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
    yield from _named(
        "rows have other gold labels than the data",
        [stored.rows[old] for old, new in pairs if stored.labels[old] != again.labels[new]],
    )
    if stored.unseen is not None and again.unseen is not None:
        old_flags, new_flags = stored.unseen, again.unseen
        yield from _named(
            "rows have other flags in the column unseen",
            [stored.rows[old] for old, new in pairs if list(old_flags[old] or []) != list(new_flags[new])],
        )
    yield from _cluster_problems(stored, again, pairs)
    for name in sorted(stored.factors.keys() | again.factors.keys()):
        ours, theirs = stored.factors.get(name), again.factors.get(name)
        if ours is None or theirs is None:
            yield f"the factor {name} is {'not in the folder' if ours is None else 'none of the data'}"
        else:
            yield from _named(
                f"rows have another value of the factor {name}",
                [stored.rows[old] for old, new in pairs if ours[old] != theirs[new]],
            )


def _cluster_problems(stored: Predictions, again: Predictions, pairs: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Rows that belong together in one of the two and not in the other; how the groups are numbered is no matter."""
    ours, theirs = stored.clusters, again.clusters
    if ours is None or theirs is None:
        if ours is not theirs:
            yield f"the column cluster is {'not in the folder' if ours is None else 'none of the data'}"
        return
    old_groups = in_order_of_appearance([ours[old] for old, _ in pairs])
    new_groups = in_order_of_appearance([theirs[new] for _, new in pairs])
    yield from _named(
        "rows belong to another group than in the data",
        [stored.rows[old] for (old, _), a, b in zip(pairs, old_groups, new_groups, strict=True) if a != b],
    )


def _named(what: str, rows: Sequence[int]) -> list[str]:
    shown = ", ".join(map(str, rows[:NAMED])) + (", ..." if len(rows) > NAMED else "")
    return [f"{len(rows)} {what} (rows {shown})"] if rows else []


def _gap(stored: Predictions, again: Predictions, old: int, new: int) -> float | None:
    """The largest difference of a probability in one row; infinite where the two have not the same shape."""
    if stored.probabilities is None or again.probabilities is None:
        return None
    ours, theirs = stored.probabilities[old], again.probabilities[new]
    left, right = _flat(ours), _flat(theirs)
    if left.shape != right.shape:
        return float("inf")
    return float(np.abs(left - right).max(initial=0.0))


def _flat(probabilities: Any) -> Floats:
    """All probabilities of a row end to end; a lost word stands as -1."""
    if probabilities is None:
        return np.full(1, -1.0)
    if len(probabilities) and not isinstance(probabilities[0], int | float | np.floating):
        return np.concatenate([_flat(word) for word in probabilities])
    return np.asarray(probabilities, dtype=np.float64)


def _is_same(said: Any, answer: Any) -> bool:
    """Whether two answers are one: equal labels, or numbers within the tolerance of probabilities."""
    if isinstance(said, float) and isinstance(answer, float):
        return abs(said - answer) <= PROBABILITY_TOLERANCE * max(1.0, abs(answer))
    return bool(said == answer)


def _is_tie(stored: Predictions, old: int, again: Predictions, new: int, ids: dict[str, int]) -> bool:
    """Whether the stored answer is as likely as the new one within the tolerance, at one differing word at least."""
    if again.probabilities is None:
        return False
    said, answer, probabilities = stored.predictions[old], again.predictions[new], again.probabilities[new]
    if isinstance(said, list) and probabilities and isinstance(probabilities[0], int | float | np.floating):
        return _is_tie_of_sets(stored, old, again, new, ids)
    words = [(said, answer, probabilities)] if isinstance(said, str) else list(zip(said, answer, probabilities))  # noqa: B905 lengths may differ
    differing = [word for word in words if word[0] != word[1] and word[2] is not None and word[0] in ids]
    return any(abs(p[ids[a]] - p[ids[b]]) <= 2 * PROBABILITY_TOLERANCE for a, b, p in differing)


def _is_tie_of_sets(stored: Predictions, old: int, again: Predictions, new: int, ids: dict[str, int]) -> bool:
    """Whether what differs between two sets stands at its threshold: as likely on both sides within the tolerance."""
    differing = set(stored.predictions[old]) ^ set(again.predictions[new])
    if stored.probabilities is None or again.probabilities is None or not differing <= ids.keys():
        return False
    ours, theirs = stored.probabilities[old], again.probabilities[new]
    return all(abs(ours[ids[name]] - theirs[ids[name]]) <= PROBABILITY_TOLERANCE for name in differing)
