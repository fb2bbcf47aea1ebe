"""What the columns of a predictions file must hold, whatever made them: known names, probabilities that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.classification import label_ids
from tunecard.metrics.entities import OUTSIDE
from tunecard.metrics.label_sets import has_labels

SUM_TOLERANCE = 1e-3  # float32 in the file, softmax in the model's own precision
TIE_TOLERANCE = 1e-6


def unknown_names(column: str, found: set[str], labels: Sequence[str]) -> Iterator[str]:
    """A sentence where a column holds a name that is no label."""
    strange = found - set(labels)
    if strange:
        yield f"{column} {sorted(strange)[0]!r} is not one of the {len(labels)} labels"


def class_name_faults(predictions: Predictions, labels: Sequence[str], what: str) -> Iterator[str]:
    """Of one class a row: both columns hold names of labels; `what` is what these are called."""
    labelled = [label for label in predictions.labels if label is not None]
    for column, values in (("label", labelled), ("prediction", predictions.predictions)):
        if any(not isinstance(name, str) for name in values):
            yield f"the column {column} does not hold {what}"
            return
        yield from unknown_names(column, set(values), labels)


def uneven_tags(predictions: Predictions) -> Iterator[str]:
    """Of one tag a word: the first labelled row that has more or fewer of them than words."""
    pairs = zip(predictions.rows, predictions.labels, predictions.predictions, strict=True)
    uneven = [row for row, gold, guess in pairs if gold is not None and len(gold) != len(guess)]
    if uneven:
        yield f"row {uneven[0]}: not as many predicted tags as words"


def class_probability_faults(predictions: Predictions, flat: FlatProbabilities, labels: Sequence[str]) -> Iterator[str]:
    """Of one class a row: each row has probabilities, and the prediction is the likeliest."""
    if fault := _shape_fault(flat, [1] * len(predictions), labels):
        yield fault
        return
    yield from _sum_faults(flat)
    if not flat.is_known.all():
        yield f"{int((~flat.is_known).sum())} rows have no probabilities"
        return
    chosen = label_ids(predictions.predictions, labels)
    unlikely = np.flatnonzero(flat.values[np.arange(len(chosen)), chosen] < flat.values.max(axis=1) - TIE_TOLERANCE)
    if len(unlikely):
        yield f"row {predictions.rows[int(unlikely[0])]}: the prediction is not the likeliest label"


def label_set_probability_faults(
    predictions: Predictions, flat: FlatProbabilities, labels: Sequence[str]
) -> Iterator[str]:
    """Of several labels a row: each has a probability, and none is predicted in a row where it is less likely than in
    one where it is not, as no threshold parts them so."""
    if fault := _shape_fault(flat, [1] * len(predictions), labels):
        yield fault
        return
    if not flat.is_known.all():
        yield f"{int((~flat.is_known).sum())} rows have no probabilities"
        return
    is_sound = np.isfinite(flat.values) & (flat.values >= 0) & (flat.values <= 1)
    if not is_sound.all():
        yield f"{int((~is_sound).sum())} probabilities are not between 0 and 1"
        return
    said = has_labels(predictions.predictions, labels)
    lowest = np.where(said, flat.values, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(said, -np.inf, flat.values).max(axis=0, initial=-np.inf)
    for name in [labels[int(place)] for place in np.flatnonzero(lowest < highest - TIE_TOLERANCE)]:
        yield f"no threshold gives {name!r} in the rows where it is predicted and in no other"


def tag_probability_faults(
    predictions: Predictions, flat: FlatProbabilities, labels: Sequence[str], unread: str = OUTSIDE
) -> Iterator[str]:
    """Of one tag a word, `unread` where there is none. Tags may be repaired after the model, so the likeliest need not
    be chosen."""
    if fault := _shape_fault(flat, [len(tags) for tags in predictions.predictions], labels):
        yield fault
        return
    yield from _sum_faults(flat)
    tags = np.array(list(chain.from_iterable(predictions.predictions)), dtype=object)
    if (tags[~flat.is_known] != unread).any():
        yield f"a word without probabilities is predicted as something else than {unread}"


def _shape_fault(flat: FlatProbabilities, items: Sequence[int], labels: Sequence[str]) -> str | None:
    if not np.array_equal(np.diff(flat.starts), items):
        return "there are not as many probabilities as labels to predict"
    if len(flat.values) and flat.values.shape[1] != len(labels):
        return f"{flat.values.shape[1]} probabilities for {len(labels)} labels"
    return None


def _sum_faults(flat: FlatProbabilities) -> Iterator[str]:
    is_sound = np.isfinite(flat.values).all(axis=1) & (flat.values >= 0).all(axis=1)
    is_sound &= np.abs(flat.values.sum(axis=1) - 1) <= SUM_TOLERANCE
    if not is_sound.all():
        yield f"{int((~is_sound).sum())} probabilities are negative or do not sum to 1"
