"""Tags of words to counts a row: matched, predicted and gold words of each of K tags, (N, 3 K).

`metrics.classification` makes scores of them, as of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from tunecard.errors import DataError
from tunecard.metrics.classification import label_ids
from tunecard.metrics.counts import Ints, RowCounts

UNREAD = "_"  # of a word that was cut off, or of which nothing can be seen: it has no tag, and that is a miss


def tag_counts(gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], labels: Sequence[str]) -> RowCounts:
    """Counts a row, (N, 3 K).

    Raises: DataError: numbers of rows or words differ, or a tag that is not one of `labels`.

    >>> tag_counts([["NOUN", "VERB"]], [["NOUN", "NOUN"]], ["NOUN", "VERB"]).totals().tolist()
    [1.0, 0.0, 2.0, 0.0, 1.0, 1.0]
    """
    row, truth, guess = _ids(gold, said, labels)
    tags = len(labels)
    counts = np.zeros((len(gold), 3, tags))
    is_read = guess < tags
    np.add.at(counts[:, 0], (row[truth == guess], truth[truth == guess]), 1)
    np.add.at(counts[:, 1], (row[is_read], guess[is_read]), 1)
    np.add.at(counts[:, 2], (row, truth), 1)
    return RowCounts.from_rows(counts.reshape(len(gold), 3 * tags))


def tag_confusion(gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], labels: Sequence[str]) -> Ints:
    """(K, K) words by gold (rows) and predicted (columns) tag; words that were not read stand nowhere."""
    _, truth, guess = _ids(gold, said, labels)
    tags, is_read = len(labels), guess < len(labels)
    return np.bincount(truth[is_read] * tags + guess[is_read], minlength=tags**2).reshape(tags, tags)


def _ids(
    gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], labels: Sequence[str]
) -> tuple[Ints, Ints, Ints]:
    """(W,) the row, the gold and the predicted tag of each word; K of one that was not read."""
    if len(gold) != len(said) or any(len(a) != len(b) for a, b in zip(gold, said, strict=True)):
        raise DataError("gold and predicted tags have as many rows and words.")
    row = np.repeat(np.arange(len(gold)), [len(tags) for tags in gold])
    truth = label_ids(list(chain.from_iterable(gold)), labels)
    return row, truth, label_ids(list(chain.from_iterable(said)), [*labels, UNREAD])
