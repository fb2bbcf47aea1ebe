"""The scores of one tag a word, such as its part of speech; words of one row stand or fall together."""

from __future__ import annotations

from dataclasses import replace

from tunecard.metrics import classification
from tunecard.metrics.class_measures import CLASS_MEASURES
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share
from tunecard.metrics.scales import LOGIT

WORDS = "words"
LEAST_OF_A_TAG = 2


def _words(totals: Floats) -> float:
    return float(classification.split_counts(totals)[2].sum())


def _no_words(totals: Floats) -> str:
    return "undefined: no words"


def _right(totals: Floats) -> tuple[Floats, Floats]:
    matched, _, gold = classification.split_counts(totals)
    return matched.sum(axis=-1), gold.sum(axis=-1)


def _rare_tags(totals: Floats) -> str:
    gold = classification.split_counts(totals)[2]
    rare = int((gold < LEAST_OF_A_TAG).sum())
    return f"{rare} of {len(gold)} tags have fewer than {LEAST_OF_A_TAG} words" if rare else ""


def _absent(totals: Floats) -> str:
    return f"undefined: no word {'has' if float(totals[2]) == 0 else 'was given'} this tag"


WORD_ACCURACY = Measure(
    "accuracy",
    "Accuracy of words",
    "share of words with the right tag; a word that was cut off has none.",
    "classification.accuracy",
    classification.accuracy,
    _words,
    WORDS,
    _no_words,
    share=Share(_right),
    hub="accuracy",
)
TAG_MACRO_F1 = Measure(
    "macro_f1",
    "Macro F1",
    "mean of the F1 of all tags, each weighing the same however rare it is.",
    "classification.macro_f1",
    classification.macro_f1,
    _words,
    WORDS,
    _no_words,
    scale=LOGIT,
    too_few=_rare_tags,
    hub="f1",
)
_OF = {
    "precision": ("of the words that are given the tag, the share that has it.", "words given the tag"),
    "recall": ("of the words that have the tag, the share that is given it.", "words with the tag"),
    "f1": ("harmonic mean of precision and recall of the tag.", "words with the tag"),
}
OF_TAG_MEASURES = tuple(
    replace(measure, meaning=_OF[measure.key][0], counted=_OF[measure.key][1], undefined=_absent)
    for measure in CLASS_MEASURES
)
TAG_MEASURES = (WORD_ACCURACY, TAG_MACRO_F1)
