"""One predictions file with its counts: read once, scored many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tunecard.errors import DataError, RunFolderError
from tunecard.evidence import Predictions, RunFolder, Source
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.counts import Ints, RowCounts
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import Scoring


@dataclass(frozen=True)
class Scored:
    """Predictions of one predictor on the labelled rows of one split.

    Attributes:
        split: name of the split.
        predictor: None for the adapter, else the name of a baseline or control.
        predictions: labelled rows only, without probabilities.
        places: (N,) their positions in the file.
        unlabelled: rows of the file without a label.
        counts: (N, C) counts a row.
        source: the file.
    """

    split: str
    predictor: str | None
    predictions: Predictions
    places: Ints
    unlabelled: int
    counts: RowCounts
    source: Source

    @property
    def units(self) -> Ints:
        """(N,) rows with one number belong together; each its own where nothing was said of that."""
        return np.arange(len(self.places)) if self.counts.unit is None else self.counts.unit

    @property
    def has_groups(self) -> bool:
        """Whether any two rows belong together."""
        return self.counts.has_groups

    @property
    def is_empty(self) -> bool:
        """Whether there is no labelled row to score."""
        return len(self.predictions) == 0


def score_file(folder: RunFolder, scoring: Scoring, split: str, predictor: str | None = None) -> Scored:
    """Reads and counts one predictions file.

    Raises: RunFolderError: the file is missing, broken, or holds a label that the task does not have.
    """
    everything = folder.read_predictions(split, predictor, with_probabilities=False)
    return score_predictions(folder, scoring, everything, split, predictor)


def score_predictions(
    folder: RunFolder, scoring: Scoring, everything: Predictions, split: str, predictor: str | None = None
) -> Scored:
    """Counts what was read of one predictions file. Raises: RunFolderError: a label that the task does not have."""
    path = folder.predictions(split, predictor)
    places = [place for place, label in enumerate(everything.labels) if label is not None]
    predictions = keep(everything, places)
    try:
        counts = scoring.count(predictions.labels, predictions.predictions)
    except DataError as error:
        raise RunFolderError(error.problems, place=str(path)) from error
    if predictions.clusters is not None:
        counts = counts.in_units(np.array(predictions.clusters, dtype=np.int64))
    unlabelled = len(everything) - len(predictions)
    found = np.array(places, dtype=np.int64)
    return Scored(split, predictor, predictions, found, unlabelled, counts, folder.source(path))


def stated_by(scoring: Scoring, scored: Scored, flat: FlatProbabilities) -> Confidence | None:
    """What was stated of the labelled rows, and what came true; None where answers are not of that kind.

    Args:
        flat: the probabilities of its file.
    Raises: RunFolderError: they do not fit the labels or do not sum to 1.
    """
    if scoring.confidence is None:
        return None
    try:
        return scoring.confidence(flat, scored.predictions, scored.places)
    except DataError as error:
        raise RunFolderError(error.problems, place=scored.source.file) from error


def align(scored: Scored, adapter: Scored) -> Scored:
    """The same rows in the order of the adapter's.

    Raises: RunFolderError: the two files hold different rows or labels, so that no comparison is paired.
    """
    ours, theirs = adapter.predictions, scored.predictions
    places = {row: place for place, row in enumerate(theirs.rows)}
    if len(ours) != len(theirs) or any(row not in places for row in ours.rows):
        raise RunFolderError(
            f"must hold the rows of {adapter.source.file}, to be compared row by row. "
            f"Got {len(theirs)} labelled rows for {len(ours)}, or other row numbers.",
            place=scored.source.file,
        )
    order = [places[row] for row in ours.rows]
    aligned = keep(theirs, order)
    if aligned.labels != ours.labels:
        raise RunFolderError(f"must hold the gold labels of {adapter.source.file}.", place=scored.source.file)
    moved = np.array(order, dtype=np.int64)
    return replace(scored, predictions=aligned, places=scored.places[moved], counts=scored.counts.take(moved))


def keep(predictions: Predictions, places: Sequence[int]) -> Predictions:
    """The rows at `places`, in that order, without probabilities."""
    unseen, clusters = predictions.unseen, predictions.clusters
    return Predictions(
        rows=[predictions.rows[place] for place in places],
        labels=[predictions.labels[place] for place in places],
        predictions=[predictions.predictions[place] for place in places],
        factors={name: [values[place] for place in places] for name, values in predictions.factors.items()},
        unseen=None if unseen is None else [unseen[place] for place in places],
        clusters=None if clusters is None else [clusters[place] for place in places],
    )
