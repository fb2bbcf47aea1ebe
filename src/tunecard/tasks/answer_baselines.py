"""Simple answers to questions, without a model: what an adapter that reads must beat."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from tunecard.metrics.answers import normalised_answer
from tunecard.rows.dataset import Split
from tunecard.tasks.baselines import Baseline, fold_by_fold, split_by_split

_SENTENCE = re.compile(r".+?(?:[.!?](?=\s)|$)", re.DOTALL)
_WORD = re.compile(r"\S+")


def first_sentence(context: str) -> str:
    """What stands up to the first full stop, question mark or exclamation mark with a blank behind it.

    >>> first_sentence("It is in Oslo. It is old.")
    'It is in Oslo.'
    """
    found = _SENTENCE.search(context.strip())
    return found[0].strip() if found else ""


def nearest_words(question: str, context: str, length: int, weights: Mapping[str, float]) -> str:
    """The `length` words of a context that stand nearest to the question's words, none of which is among them.

    Each word of the question adds its weight, divided by how many words away it stands. Of equally near places the
    first; the context's first words where every place holds a word of the question.

    Args:
        weights: of words as SQuAD compares them; a word that is not there weighs the most.

    >>> nearest_words("Where does Ana live?", "Tom is old. Ana does live in Oslo.", 1, {"does": 0.1, "live": 2.0})
    'in'
    """
    places = [match.span() for match in _WORD.finditer(context)]
    words = [normalised_answer(context[start:end]) for start, end in places]
    asked = set(normalised_answer(question).split())
    most = max(weights.values(), default=1.0)
    marks = [(at, word, weights.get(word, most)) for at, word in enumerate(words) if word in asked]
    free = [at for at in range(len(words) - length + 1) if asked.isdisjoint(words[at : at + length])]
    chosen = max(free, key=lambda at: _nearness(at, at + length - 1, marks), default=0)
    some = places[chosen : chosen + length]
    return context[some[0][0] : some[-1][1]] if some else ""


def _nearness(first: int, last: int, marks: Sequence[tuple[int, str, float]]) -> float:
    best: dict[str, float] = {}
    for at, word, weight in marks:
        best[word] = max(weight / max(first - at, at - last), best.get(word, 0.0))
    return sum(best.values())


def _weights(contexts: Sequence[str]) -> dict[str, float]:
    """How rare each word is among the contexts: the logarithm of one in how many of them has it."""
    held = [set(normalised_answer(context).split()) for context in dict.fromkeys(contexts)]
    counts = Counter(word for words in held for word in words)
    return {word: math.log(len(held) / count) for word, count in counts.items()}


def _answer_first_sentence(train: Split, split: Split) -> list[Any]:
    return [first_sentence(context) for context in split.inputs["text_pair"]]


def _answer_nearest(train: Split, split: Split) -> list[Any]:
    lengths = [len(texts[0].split()) for texts in train.labels if texts]
    length, weights = round(median(lengths)) if lengths else 1, _weights(train.inputs["text_pair"])
    pairs = zip(split.inputs["text"], split.inputs["text_pair"], strict=True)
    return [nearest_words(question, context, length, weights) for question, context in pairs]


BASELINES = (
    Baseline(
        "sentence",
        "first sentence",
        split_by_split(_answer_first_sentence),
        within=lambda split: _answer_first_sentence(split, split),
        does="always answers with the first sentence of the context",
    ),
    Baseline(
        "overlap",
        "words nearest to the question's",
        split_by_split(_answer_nearest),
        within=fold_by_fold(_answer_nearest),
        does="answers with the words of the context that stand nearest to those of the question, rare ones weighing "
        "more, as many as an answer of train has in the middle",
    ),
)
