"""Whether the words that attributions name carry the answer: comprehensiveness and sufficiency beside random ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunecard.evaluation.together import ALPHA, holm
from tunecard.examination.explaining import Asked
from tunecard.examination.integrated_gradients import Attribution
from tunecard.examination.read_words import ReadWord, blank_token
from tunecard.examination.subject import Subject
from tunecard.inference.predicting import predict_logits
from tunecard.metrics.counts import Floats
from tunecard.metrics.estimates import estimate_difference
from tunecard.metrics.jackknife import spread_of
from tunecard.rows.encoded import rows_in_order

SHARES = {"a tenth": 0.1, "a fifth": 0.2, "half": 0.5}  # of the words
MEASURES = ("comprehensiveness", "sufficiency")
SIDES = 2  # the attributions' words, and as many at random
PASSES = len(SHARES) * len(MEASURES) * SIDES
DIGITS = 6  # two attributions that differ by less are tied, so that another processor takes the same words


def faithfulness(subject: Subject, asked: Sequence[Asked], found: Sequence[Attribution]) -> list[dict[str, Any]]:
    """A record for each measure, of the mean over shares of words, which is tested.

    Source: DeYoung et al. 2020 (ERASER); the mean over shares is its area over the perturbation curve. Here words are
    masked in the place of being left out, and the score of the answer stands for its probability.
    """
    losses = score_losses(subject, asked, [_orders(subject, one, of) for one, of in zip(asked, found, strict=True)])
    units = None if subject.rows.clusters is None else [subject.rows.clusters[one.place] for one in asked]
    records = []
    for place, measure in enumerate(MEASURES):
        sign = -1.0 if place else 1.0  # what is sufficient loses little
        gaps = sign * (losses[:, place, 0] - losses[:, place, 1])
        records.append(_record(measure, losses[:, place].mean(axis=(0, 2)).tolist(), gaps, units))
    return _judged(records)


def _orders(subject: Subject, asked: Asked, found: Attribution) -> list[list[int]]:
    """Words, the most telling first; and the same words in an order that the seed draws."""
    draws = np.random.default_rng([subject.seed, subject.rows.rows[asked.place]])
    told = np.argsort(-np.round(found.words, DIGITS), kind="stable").tolist()
    return [told, draws.permutation(len(asked.words)).tolist()]


def score_losses(subject: Subject, asked: Sequence[Asked], orders: Sequence[list[list[int]]]) -> Floats:
    """(R, 2 measures, 2 sides, shares) by how much the score drops where the first words of an order are masked, and
    where all others are."""
    assert subject.tokenizer is not None
    blank = blank_token(subject.tokenizer)
    written = [_written(one, sides, blank) for one, sides in zip(asked, orders, strict=True)]
    several = rows_in_order(
        [
            replace(one.encoded.pick([0] * PASSES), input_ids=ids, label_ids=None)
            for one, ids in zip(asked, written, strict=True)
        ]
    )
    subject.passes.count(len(several))
    logits = predict_logits(subject.model, several, subject.pad_token_id, title="Words masked")
    lost = [
        one.before - float(one.answer.score(logits[row * PASSES + place].astype(np.float64)))
        for row, one in enumerate(asked)
        for place in range(PASSES)
    ]
    return np.array(lost).reshape(len(asked), len(MEASURES), SIDES, len(SHARES))


def _written(asked: Asked, sides: list[list[int]], blank: int) -> list[list[int]]:
    """Token ids of the row, masked in each way: by measure, by side, by share."""
    first = [[_first_words(asked.words, order, share) for share in SHARES.values()] for order in sides]
    ids = asked.encoded.input_ids[0]
    covered = {place for word in asked.words for place in word.places}
    masked = [[top for of_side in first for top in of_side], [covered - top for of_side in first for top in of_side]]
    return [
        [blank if place in gone else id for place, id in enumerate(ids)] for of_measure in masked for gone in of_measure
    ]


def _first_words(words: Sequence[ReadWord], order: Sequence[int], share: float) -> set[int]:
    """The places of tokens of so many of the first words, one at least."""
    return {place for word in order[: math.ceil(share * len(words) - 1e-9)] for place in words[word].places}


def _record(measure: str, means: list[float], gaps: Floats, units: Sequence[int] | None) -> dict[str, Any]:
    """Args: means: of the losses, of the attributions' words and of random ones; gaps: (R, shares) by how much better
    the attributions' words are."""
    estimate = mean_estimate(gaps.mean(axis=1), units)
    interval = estimate.interval()
    return {
        "measure": measure,
        "attributions": means[0],
        "random": means[1],
        "better_by": float(gaps.mean()),
        "interval": None if interval is None else list(interval),
        "p": estimate.chance_apart(0.0),
        "verdict": "",
        **{f"better_by_at_{name.replace(' ', '_')}": float(gaps[:, at].mean()) for at, name in enumerate(SHARES)},
    }


def mean_estimate(values: Floats, units: Sequence[int] | None) -> Any:
    """The mean of (R,) paired differences with its error, rows that belong together left out together."""
    by = np.arange(len(values)) if units is None else np.unique(units, return_inverse=True)[1].reshape(-1)
    sums, sizes = np.bincount(by, weights=values), np.bincount(by).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        without = (values.sum() - sums) / (len(values) - sizes)
    return estimate_difference(spread_of(float(values.mean()), without, np.ones(len(sums))), "rows")


def _judged(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tested = [record for record in records if record["p"] is not None]
    for record, p in zip(tested, holm([one["p"] for one in tested]) if tested else [], strict=True):
        record["p"] = p
    for record in records:
        is_apart = record["p"] is not None and record["p"] <= ALPHA
        record["verdict"] = _verdict(is_apart, record["better_by"])
    return records


def _verdict(is_apart: bool, better_by: float) -> str:
    if not is_apart:
        return "not distinguishable"
    return "better than random" if better_by > 0 else "worse than random"
