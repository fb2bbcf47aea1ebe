"""The scores of entities. Entities of one row stand or fall together, so the bootstrap draws rows, not entities."""

from __future__ import annotations

from tunecard.metrics import entities
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import Interval, wilson_f1_interval, wilson_interval
from tunecard.metrics.measure import Measure

GOLD, PREDICTED = "gold entities", "predicted entities"


def _gold(totals: Floats) -> float:
    return entities.strict_counts(totals)[2]


def _predicted(totals: Floats) -> float:
    return entities.strict_counts(totals)[1]


def _wilson_precision(totals: Floats) -> Interval | None:
    matched, predicted, _ = entities.strict_counts(totals)
    return wilson_interval(matched, predicted)


def _wilson_recall(totals: Floats) -> Interval | None:
    matched, _, gold = entities.strict_counts(totals)
    return wilson_interval(matched, gold)


def _wilson_f1(totals: Floats) -> Interval | None:
    return wilson_f1_interval(*entities.strict_counts(totals))


def _wilson_words(totals: Floats) -> Interval | None:
    return wilson_interval(float(totals[-2]), float(totals[-1]))


def _nothing(totals: Floats) -> str:
    if _gold(totals) == 0:
        return "undefined: no such entity in these rows"
    return "undefined: no such entity was predicted"


F1 = Measure(
    "f1",
    "Strict F1",
    "harmonic mean of precision and recall over entities; an entity counts when its type, first and last word are all "
    "right (strict IOB2, seqeval's definition).",
    "entities.strict_f1",
    entities.strict_f1,
    _gold,
    GOLD,
    _nothing,
    wilson=_wilson_f1,
    hub="f1",
)
PRECISION = Measure(
    "precision",
    "Strict precision",
    "of the entities it reports, the share that is right.",
    "entities.strict_precision",
    entities.strict_precision,
    _predicted,
    PREDICTED,
    _nothing,
    support=_gold,
    wilson=_wilson_precision,
    hub="precision",
)
RECALL = Measure(
    "recall",
    "Strict recall",
    "of the entities in the text, the share it finds.",
    "entities.strict_recall",
    entities.strict_recall,
    _gold,
    GOLD,
    _nothing,
    wilson=_wilson_recall,
    hub="recall",
)
CONLLEVAL = Measure(
    "f1_conlleval",
    "F1 by conlleval's rule",
    "the same by the CoNLL script's rule: a stray I- tag, which continues no entity and which strict scoring drops, "
    "opens one, so that the score can be higher or lower.",
    "entities.conlleval_f1",
    entities.conlleval_f1,
    lambda totals: float(totals[-3]),
    GOLD,
    lambda totals: "undefined: no entity in these rows",
    is_proper=True,
)
WORDS = Measure(
    "accuracy",
    "Accuracy of words",
    "share of words with the right tag.",
    "entities.word_accuracy",
    entities.word_accuracy,
    lambda totals: float(totals[-1]),
    "words",
    lambda totals: "undefined: no words",
    wilson=_wilson_words,
    hub="accuracy",
)

TOKEN_MEASURES = (F1, PRECISION, RECALL, WORDS, CONLLEVAL)
TYPE_MEASURES = (PRECISION, RECALL, F1)
