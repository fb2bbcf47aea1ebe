"""The scores of entities. Entities of one row stand or fall together, which their intervals allow for."""

from __future__ import annotations

from tunecard.metrics import entities
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share, share_of_f1

GOLD, PREDICTED = "gold entities", "predicted entities"


def _gold(totals: Floats) -> float:
    return entities.strict_counts(totals)[2]


def _predicted(totals: Floats) -> float:
    return entities.strict_counts(totals)[1]


def _found(totals: Floats) -> tuple[Floats, Floats]:
    matched, _, gold = entities.split_strict(totals)
    return matched, gold


def _reported(totals: Floats) -> tuple[Floats, Floats]:
    matched, predicted, _ = entities.split_strict(totals)
    return matched, predicted


def _by_conlleval(totals: Floats) -> tuple[Floats, Floats, Floats]:
    return totals[..., -5], totals[..., -4], totals[..., -3]


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
    share=share_of_f1(entities.split_strict),
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
    share=Share(_reported),
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
    share=Share(_found),
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
    share=share_of_f1(_by_conlleval),
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
    share=Share(lambda totals: (totals[..., -2], totals[..., -1])),
    hub="accuracy",
)

TOKEN_MEASURES = (F1, PRECISION, RECALL, WORDS, CONLLEVAL)
TYPE_MEASURES = (PRECISION, RECALL, F1)
