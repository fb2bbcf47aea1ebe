"""Do the stored predictions make sense by themselves? Rows, labels and probabilities, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.verification.identity import is_names
from tunecard.verification.report import Check, judged

NAME = "predictions"
TOKEN_TASK = "token-classification"
SUM_TOLERANCE = 1e-3  # float32 in the file, softmax in the model's own precision
TIE_TOLERANCE = 1e-6


def check_predictions(folder: RunFolder, findings: Findings) -> Check:
    """Every predictions file has unique rows, known labels, the split's size and probabilities that fit."""
    files = folder.prediction_files()
    if not files:
        return Check(NAME, None, "no predictions in the folder: withheld")
    labels = findings.value("task.labels")
    if not is_names(labels):
        return Check(NAME, False, "the evidence names no labels (`task.labels`)")
    is_token_task = findings.value("task.name") == TOKEN_TASK
    problems: list[str] = []
    rows = 0
    for split, predictor, path in files:
        name = path.relative_to(folder.path).as_posix()
        if path.is_symlink():
            problems.append(f"{name} is a link")
            continue
        try:
            predictions = folder.read_predictions(split, predictor, with_probabilities=False)
            flat = folder.read_probabilities(split, predictor)
        except RunFolderError as error:
            problems.append(str(error))
            continue
        found = list(_faults(predictions, labels, is_token_task))
        if not found and flat is not None:
            found = list(_probability_faults(predictions, flat, labels, is_token_task))
        expected = findings.value(f"data.{split}.rows")
        if expected is not None and expected != len(predictions):
            found.append(f"{len(predictions)} rows, `data.{split}.rows` says {expected}")
        problems += [f"{name}: {fault}" for fault in found]
        rows += len(predictions)
    return judged(NAME, problems, f"{len(files)} files with {rows:,} rows are sound")


def _faults(predictions: Predictions, labels: list[str], is_token_task: bool) -> Iterator[str]:
    if any(not isinstance(row, int) for row in predictions.rows):
        yield "a row has no number"
    elif len(set(predictions.rows)) != len(predictions.rows):
        yield "a row number comes twice"
    if any(not isinstance(value, str) for values in predictions.factors.values() for value in values):
        yield "a factor has no value in some row"
    labelled = [label for label in predictions.labels if label is not None]
    columns = (("label", labelled), ("prediction", predictions.predictions))
    for column, values in columns:
        try:
            strange = _strange(values, labels, is_token_task)
        except TypeError:
            yield f"the column {column} does not hold {'lists of tags' if is_token_task else 'label names'}"
            return
        if strange:
            yield f"{column} {sorted(strange)[0]!r} is not one of the {len(labels)} labels"
    if is_token_task:
        pairs = zip(predictions.rows, predictions.labels, predictions.predictions, strict=True)
        uneven = [row for row, gold, guess in pairs if gold is not None and len(gold) != len(guess)]
        if uneven:
            yield f"row {uneven[0]}: not as many predicted tags as words"
        unseen = predictions.unseen
        lengths = [len(tags) for tags in predictions.predictions]
        if unseen is not None and [len(flags or []) for flags in unseen] != lengths:
            yield "not as many flags in the column unseen as words"


def _strange(values: list[Any], labels: list[str], is_token_task: bool) -> set[str]:
    if is_token_task and any(not isinstance(value, list) for value in values):
        raise TypeError
    found = set(chain.from_iterable(values)) if is_token_task else set(values)
    if any(not isinstance(name, str) for name in found):
        raise TypeError
    return found - set(labels)


def _probability_faults(
    predictions: Predictions, flat: FlatProbabilities, labels: list[str], is_token_task: bool
) -> Iterator[str]:
    words = [len(tags) for tags in predictions.predictions] if is_token_task else [1] * len(predictions)
    if not np.array_equal(np.diff(flat.starts), words):
        yield "there are not as many probabilities as labels to predict"
        return
    if len(flat.values) and flat.values.shape[1] != len(labels):
        yield f"{flat.values.shape[1]} probabilities for {len(labels)} labels"
        return
    is_sound = np.isfinite(flat.values).all(axis=1) & (flat.values >= 0).all(axis=1)
    is_sound &= np.abs(flat.values.sum(axis=1) - 1) <= SUM_TOLERANCE
    if not is_sound.all():
        yield f"{int((~is_sound).sum())} probabilities are negative or do not sum to 1"
    guesses = chain.from_iterable(predictions.predictions) if is_token_task else iter(predictions.predictions)
    ids = {label: index for index, label in enumerate(labels)}
    chosen = np.array([ids[guess] for guess in guesses], dtype=np.int64)
    if is_token_task:
        # tags may be repaired after the model, so the likeliest need not be chosen; a lost word is always O
        if (chosen[~flat.is_known] != ids.get("O", -1)).any():
            yield "a word without probabilities is predicted as something else than O"
    elif not flat.is_known.all():
        yield f"{int((~flat.is_known).sum())} rows have no probabilities"
    elif len(chosen):
        taken = flat.values[np.arange(len(chosen)), chosen]
        wrong = np.flatnonzero(taken < flat.values.max(axis=1) - TIE_TOLERANCE)
        if len(wrong):
            yield f"row {predictions.rows[int(wrong[0])]}: the prediction is not the likeliest label"
