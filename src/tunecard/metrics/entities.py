"""Entity scores from IOB2 tags, in both conventions that the field reports.

Strict IOB2 (seqeval `mode="strict", scheme=IOB2`): an entity is B-X and the I-X that follow; an I-X without such a
beginning belongs to nothing. conlleval (seqeval's default): an I-X after O or after another type opens an entity too.
Both are the same runs of words, told apart by the tag they begin with. An entity is right when start, end and type are.

Columns of the counts for T types, C = 3 T + 5: matched, predicted and gold entities of each type (strict); matched,
predicted and gold entities of all types (conlleval); words tagged right, words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.metrics.counts import Floats, Ints, RowCounts, f1_of, ratio

OUTSIDE = "O"
EXTRA_COLUMNS = 5

Tags = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Runs:
    """The runs of words that could be entities, one entry a word; `type` is -1 where no run begins.

    Attributes:
        tag: (W,) id of the word's tag.
        type: (W,) id of the run that begins at this word.
        end: (W,) the word after the run.
        is_strict: (W,) whether the run begins with B.
    """

    tag: Ints
    type: Ints
    end: Ints
    is_strict: NDArray[np.bool_]


def entity_types(labels: Sequence[str]) -> list[str]:
    """Types of a list of IOB2 tags, in the order in which they come.

    >>> entity_types(["O", "B-DNA", "I-DNA", "B-RNA", "I-RNA"])
    ['DNA', 'RNA']
    """
    return list(dict.fromkeys(label[2:] for label in labels if label != OUTSIDE))


def entity_counts(gold: Tags, predicted: Tags, types: Sequence[str]) -> RowCounts:
    """Counts a row, (N, 3 T + 5), of gold and predicted IOB2 tags.

    Args:
        gold, predicted: (N,) rows of tags, one a word; both have the same number of words in every row.
        types: T entity types; every tag is `O`, `B-type` or `I-type` of one of them.
    Raises: DataError: rows of unequal length, or a tag that is none of these.
    """
    lengths, truth, guess, is_same = _paired_runs(gold, predicted, types)
    row = np.repeat(np.arange(len(lengths)), lengths)  # (W,)
    shape = (len(lengths), len(types))
    strict = [
        _count(row, truth.type, is_same & truth.is_strict & guess.is_strict, shape),
        _count(row, guess.type, (guess.type >= 0) & guess.is_strict, shape),
        _count(row, truth.type, (truth.type >= 0) & truth.is_strict, shape),
    ]
    lenient = [_sum_by_row(row, mask, len(lengths)) for mask in (is_same, guess.type >= 0, truth.type >= 0)]
    words = [_sum_by_row(row, truth.tag == guess.tag, len(lengths)), lengths]
    return RowCounts.from_rows(np.hstack([*strict, np.column_stack([*lenient, *words])]))


def predicted_entities(gold: Tags, predicted: Tags, types: Sequence[str]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Every predicted entity, strict IOB2: (E,) first word, (E,) word after the last, (E,) whether it is right.

    Words are counted over all rows end to end.
    Raises: DataError: as `entity_counts`.

    >>> begin, end, is_right = predicted_entities([["O", "B-DNA"], ["O"]], [["B-DNA", "B-DNA"], ["O"]], ["DNA"])
    >>> begin.tolist(), end.tolist(), is_right.tolist()
    ([0, 1], [1, 2], [False, True])
    """
    _, truth, guess, is_same = _paired_runs(gold, predicted, types)
    begin = np.flatnonzero((guess.type >= 0) & guess.is_strict)
    return begin, guess.end[begin], (is_same & truth.is_strict)[begin]


def entity_probability(of_tags: Sequence[float], goes_on: float) -> float:
    """Of exactly this entity, as the probabilities of single words give it, words taken as independent.

    An entity is right only when all of its words are, and when it ends where it should.

    Args:
        of_tags: the probability of each of its words' tags; words that the model cannot see are left out.
        goes_on: the probability that the word after it has the I tag of its type; 0 where there is none.

    >>> round(entity_probability([0.9, 0.8], goes_on=0.25), 2)
    0.54
    """
    return math.prod(of_tags) * (1 - goes_on)


def find_runs(tag_ids: Ints, is_first: NDArray[np.bool_]) -> Runs:
    """Runs in tag ids of all rows end to end.

    Args:
        tag_ids: (W,) 0 for O, 2 t + 1 for B and 2 t + 2 for I of type t.
        is_first: (W,) whether a word is the first of its row.
    """
    is_inside = (tag_ids > 0) & (tag_ids % 2 == 0)
    word_type = np.where(tag_ids > 0, (tag_ids - 1) // 2, -1)
    previous = np.concatenate([[-1], word_type[:-1]]) if len(tag_ids) else word_type
    goes_on = is_inside & ~is_first & (previous == word_type)
    begins = (tag_ids > 0) & ~goes_on
    # a run ends where the next word does not go on: the next such position at or after i + 1
    stops = np.append(np.flatnonzero(~goes_on), len(tag_ids))
    end = stops[np.searchsorted(stops, np.arange(len(tag_ids)), side="right")]
    return Runs(tag_ids, np.where(begins, word_type, -1), end, ~is_inside)


def strict_precision(totals: Floats) -> Floats:
    """Share of predicted entities that are right; (..., C) counts to (...,). NaN when none is predicted."""
    matched, predicted, _ = split_strict(totals)
    return ratio(matched, predicted)


def strict_recall(totals: Floats) -> Floats:
    """Share of gold entities that are found; (..., C) counts to (...,). NaN when there is none."""
    matched, _, gold = split_strict(totals)
    return ratio(matched, gold)


def strict_f1(totals: Floats) -> Floats:
    """Micro-averaged F1 over entities, strict IOB2; (..., C) counts to (...,). NaN without any entity.

    Source: seqeval `f1_score(mode="strict", scheme=IOB2)`.

    >>> gold, predicted = [["B-DNA", "I-DNA", "O"]], [["B-DNA", "I-DNA", "B-DNA"]]
    >>> round(float(strict_f1(entity_counts(gold, predicted, ["DNA"]).totals())), 3)
    0.667
    """
    return f1_of(*split_strict(totals))


def conlleval_f1(totals: Floats) -> Floats:
    """Micro-averaged F1 by the rules of conlleval, seqeval's default mode; (..., C) counts to (...,)."""
    matched, predicted, gold = (totals[..., column] for column in (-5, -4, -3))
    return f1_of(matched, predicted, gold)


def stray_pieces(totals: Floats) -> float:
    """Predicted runs that begin with an I- tag: strict scoring drops them; conlleval counts each as an entity.

    >>> stray_pieces(entity_counts([["B-X", "O"]], [["B-X", "I-Y"]], ["X", "Y"]).totals())
    1.0
    """
    return float(totals[-4]) - strict_counts(totals)[1]


def pieces(totals: Floats) -> float:
    """Predicted runs of tags, however they begin."""
    return float(totals[-4])


def word_accuracy(totals: Floats) -> Floats:
    """Share of words that have the gold tag; (..., C) counts to (...,). NaN without words."""
    return ratio(totals[..., -2], totals[..., -1])


def only_type(totals: Floats, index: int) -> Floats:
    """The counts of one type alone, (..., C) to (..., 3 + 5), for the strict scores above; the rest is 0."""
    types = count_types(totals)
    columns = [index, types + index, 2 * types + index]
    return np.concatenate([totals[..., columns], np.zeros((*totals.shape[:-1], EXTRA_COLUMNS))], axis=-1)


def count_types(totals: Floats) -> int:
    """T of a (..., 3 T + 5) array of counts."""
    return int(totals.shape[-1] - EXTRA_COLUMNS) // 3


def strict_counts(totals: Floats) -> tuple[float, float, float]:
    """Matched, predicted and gold entities of all types in one (C,) row of totals."""
    matched, predicted, gold = split_strict(totals)
    return float(matched), float(predicted), float(gold)


def strict_spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Strict entities of one row as (type, first word, word after the last).

    >>> strict_spans(["I-DNA", "B-DNA", "I-DNA", "I-RNA"])
    [('DNA', 1, 3)]
    """
    spans: list[tuple[str, int, int]] = []
    open_type, begin = "", 0
    for place, tag in enumerate([*tags, OUTSIDE]):
        if open_type and tag != f"I-{open_type}":
            spans.append((open_type, begin, place))
            open_type = ""
        if tag.startswith("B-"):
            open_type, begin = tag[2:], place
    return spans


def chosen_counts(gold: Tags, predicted: Tags, chosen: Sequence[Sequence[bool]]) -> RowCounts:
    """Counts a row, (N, 3 + 5) as of one type, of the gold entities whose words are all `chosen`; for recall.

    Predicted entities have no such mark, so only matched and gold are counted.
    Raises: DataError: rows of unequal length.
    """
    _equal_lengths(gold, chosen)
    types = sorted({tag[2:] for tag in {*chain.from_iterable(gold), *chain.from_iterable(predicted)} if tag != OUTSIDE})
    lengths, truth, guess, is_same = _paired_runs(gold, predicted, types)
    row = np.repeat(np.arange(len(lengths)), lengths)  # (W,)
    marked = np.concatenate([[0], np.cumsum(np.fromiter(chain.from_iterable(chosen), dtype=np.int64))])  # (W + 1,)
    here = np.arange(len(row))
    is_wanted = (truth.type >= 0) & truth.is_strict & (marked[truth.end] - marked[here] == truth.end - here)
    is_found = is_wanted & is_same & guess.is_strict
    counts = np.zeros((len(gold), 3 + EXTRA_COLUMNS))
    counts[:, 0], counts[:, 2] = (_sum_by_row(row, mask, len(lengths)) for mask in (is_found, is_wanted))
    return RowCounts.from_rows(counts)


def word_confusion(gold: Tags, predicted: Tags, types: Sequence[str]) -> Ints:
    """(T + 1, T + 1) words by gold (rows) and predicted (columns) type, B and I together; the last is O.

    Raises: DataError: as `entity_counts`.
    """
    _equal_lengths(gold, predicted)
    none = len(types)
    pairs = [np.where(ids > 0, (ids - 1) // 2, none) for ids in (_tag_ids(gold, types), _tag_ids(predicted, types))]
    flat = np.bincount(pairs[0] * (none + 1) + pairs[1], minlength=(none + 1) ** 2)
    return flat.reshape(none + 1, none + 1)


def split_strict(totals: Floats) -> tuple[Floats, Floats, Floats]:
    """Matched, predicted and gold entities of all types, strict IOB2; (..., C) counts to three times (...,)."""
    types = count_types(totals)
    blocks = [totals[..., block * types : (block + 1) * types].sum(axis=-1) for block in range(3)]
    return blocks[0], blocks[1], blocks[2]


def _paired_runs(gold: Tags, predicted: Tags, types: Sequence[str]) -> tuple[Ints, Runs, Runs, NDArray[np.bool_]]:
    """Words a row, the runs of both sides over all words, and (W,) where the same run begins on both."""
    lengths = _equal_lengths(gold, predicted)
    is_first = np.zeros(int(lengths.sum()), dtype=bool)
    is_first[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    truth, guess = (find_runs(_tag_ids(tags, types), is_first) for tags in (gold, predicted))
    return lengths, truth, guess, (truth.type >= 0) & (truth.type == guess.type) & (truth.end == guess.end)


def _equal_lengths(gold: Tags, predicted: Sequence[Sequence[object]]) -> Ints:
    if len(gold) != len(predicted):
        raise DataError(f"gold and predicted tags have as many rows. Got {len(gold)} and {len(predicted)}.")
    lengths = np.array([len(tags) for tags in gold], dtype=np.int64)
    others = np.array([len(tags) for tags in predicted], dtype=np.int64)
    wrong = np.flatnonzero(lengths != others)
    if len(wrong):
        raise DataError(
            [f"row {row}: {lengths[row]} gold tags and {others[row]} predicted tags; must be equal" for row in wrong]
        )
    return lengths


def _tag_ids(rows: Tags, types: Sequence[str]) -> Ints:
    ids = {OUTSIDE: 0}
    for index, name in enumerate(types):
        ids[f"B-{name}"], ids[f"I-{name}"] = 2 * index + 1, 2 * index + 2
    try:
        return np.array([ids[tag] for tag in chain.from_iterable(rows)], dtype=np.int64)
    except (KeyError, TypeError) as error:
        known = ", ".join(types)
        raise DataError(f"a tag must be O, B-type or I-type of one of: {known}. Got {error.args[0]!r}.") from error


def _count(row: Ints, kind: Ints, mask: NDArray[np.bool_], shape: tuple[int, int]) -> Ints:
    flat = np.bincount(row[mask] * shape[1] + kind[mask], minlength=shape[0] * shape[1])
    return flat.reshape(shape)


def _sum_by_row(row: Ints, mask: NDArray[np.bool_], rows: int) -> Ints:
    return np.bincount(row[mask], minlength=rows)
