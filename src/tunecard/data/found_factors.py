"""Factors nobody has to name: digits, capitals, questions, writing systems, English negation, languages, rarity.

Each is kept only where at least two of its values have rows enough to be compared; the others would be one slice that
is the whole, and some that say nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from tunecard.counted import each
from tunecard.data.quality.writing_systems import writing_system_shares
from tunecard.data.row_languages import languages_of
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.written import texts_of_rows

LEAST_ROWS = 20
LABEL_SHARE, LANGUAGE, RARE_PIECES = "label in training", "language", "rare pieces"
RARE = 5  # training rows: a piece that fewer have is rare
LEAST_RARE = 0.1  # of a row's pieces
QUESTION_MARKS = ("?", "\uff1f", "\u061f")  # full-width and Arabic
HALF = 0.5
# Words that make up a tenth of running English and less of its neighbours.
ENGLISH = frozenset(
    {"the", "and", "of", "to", "is", "that", "with", "for", "it", "are", "this", "have", "not", "you", "i", "my", "on"}
)
LEAST_ENGLISH = 0.1
ENGLISH_ROWS = 2_000  # that are read to tell whether it is English
_NEGATED = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|nor|neither|nowhere|without|cannot|\w+n['\u2019]t)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")

Rule = Callable[[Sequence[str]], str]


def with_found_factors(dataset: Dataset) -> Dataset:
    """The data set with them in every split that is scored; a column of the same name keeps its place."""
    rules = RULES if not is_english(dataset.splits) else {**RULES, "negation": negation}
    train = dataset.splits.get("train")
    splits = {
        name: split if split is train else _marked(split, rules, label_shares(train, split))
        for name, split in dataset.splits.items()
    }
    return replace(dataset, splits=splits)


def is_english(splits: Mapping[str, Split]) -> bool:
    """Whether the words that are frequent in English are so in the rows: told from training where it is there."""
    split = splits.get("train") or next(iter(splits.values()))
    texts = islice(texts_of_rows(split.inputs), ENGLISH_ROWS)
    words = [word.lower() for row in texts for text in row for word in _WORD.findall(text)]
    return bool(words) and sum(word in ENGLISH for word in words) / len(words) >= LEAST_ENGLISH


def digits(texts: Sequence[str]) -> str:
    """Whether a digit of any script stands in it."""
    return "has a digit" if any(character.isdigit() for text in texts for character in text) else "no digit"


def capitals(texts: Sequence[str]) -> str:
    """How many of its words of two letters or more are all capitals.

    >>> capitals(["DNA binds I"]), capitals(["it rains"])
    ('half or more', 'none')
    """
    words = [word for text in texts for word in _WORD.findall(text) if len(word) > 1]
    found = sum(word.isupper() for word in words)
    return "none" if not found else "half or more" if found >= HALF * len(words) else "some"


def form(texts: Sequence[str]) -> str:
    """Whether a text of the row ends in a question mark."""
    is_asked = any(text.rstrip(" \t\n\r\"'\u201d\u2019)").endswith(QUESTION_MARKS) for text in texts)
    return "question" if is_asked else "statement"


def writing_system(texts: Sequence[str]) -> str:
    """The one that most of its letters have."""
    return next(iter(writing_system_shares(texts)), "no letters")


def negation(texts: Sequence[str]) -> str:
    """Whether an English word of denial stands in it.

    >>> negation(["It isn't."]), negation(["A knot."])
    ('has a negation', 'no negation')
    """
    return "has a negation" if any(_NEGATED.search(text) for text in texts) else "no negation"


def label_shares(train: Split | None, split: Split) -> list[str]:
    """(N,) how frequent in training each row's own label is; empty where rows have other labels than one name."""
    labels = [] if train is None else [*train.labels, *split.labels]
    if train is None or not labels or not all(isinstance(label, str) for label in labels):
        return []
    times = Counter(train.labels)
    return [_share_bin(times[label] / len(train)) for label in split.labels]


def _share_bin(share: float) -> str:
    bounds = [(0.01, "under 1 %"), (0.05, "1 to 5 %"), (0.2, "5 to 20 %")]
    return next((name for bound, name in bounds if share < bound), "20 % or more")


def with_rare_pieces(dataset: Dataset, pieces: Mapping[str, Sequence[Sequence[int]]]) -> Dataset:
    """The data set with how many of a row's pieces are rare in training, in every split that is scored.

    Source: Schick and Schütze 2020, "Rare Words: A Major Problem for Contextualized Embeddings", bins of our own.

    Args:
        pieces: split to token ids of each row, as a model reads it.
    """
    if "train" not in pieces:
        return dataset
    times = Counter(piece for row in pieces["train"] for piece in set(row))
    splits = dict(dataset.splits)
    for name in (name for name in splits if name != "train" and RARE_PIECES not in splits[name].factors):
        values = [_rarity([times[piece] < RARE for piece in row]) for row in pieces[name]]
        if _tells_apart(values):
            splits[name] = replace(splits[name], factors={**splits[name].factors, RARE_PIECES: values})
    return replace(dataset, splits=splits)


def _rarity(is_rare: Sequence[bool]) -> str:
    """
    >>> _rarity([False, False]), _rarity([True] + [False] * 19), _rarity([True, False])
    ('none', 'under a tenth', 'a tenth or more')
    """
    found = sum(is_rare)
    return "none" if not found else "under a tenth" if found < LEAST_RARE * len(is_rare) else "a tenth or more"


RULES: Mapping[str, Rule] = {
    "digits": digits,
    "words in capitals": capitals,
    "question or statement": form,
    "writing system": writing_system,
}


def _marked(split: Split, rules: Mapping[str, Rule], shares: list[str]) -> Split:
    rows = texts_of_rows(split.inputs)
    counted = each(list(rules.items()), f"Factors of {split.name}", "factors")
    every = {name: [rule(texts) for texts in rows] for name, rule in counted}
    every |= {LABEL_SHARE: shares, LANGUAGE: languages_of(rows)}
    found = {name: values for name, values in every.items() if name not in split.factors and _tells_apart(values)}
    return replace(split, factors={**split.factors, **found})


def _tells_apart(values: Sequence[str]) -> bool:
    return sum(times >= LEAST_ROWS for times in Counter(values).values()) > 1
