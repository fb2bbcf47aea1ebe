"""Words whose presence in a training row all but tells its label: found by counting, corrected for the search."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tunecard.evaluation.together import SHARE
from tunecard.metrics.intervals import wilson_interval
from tunecard.rows.dataset import Split
from tunecard.tasks.row_labels import LabelsRows

LEAST_ROWS = 20  # that hold a word
# A word of everyday language stands in fewer rows of a label, or in rows of others too: `docs/log.md` has counts.
LEAST_SHARE = (
    0.7  # at the low end: of the rows with the word that have the label, and of those with the label, the word
)
NAMED_RARELY = 0.1  # share of rows: what a rarer label is called by stands in its rows, as the topic of an intent
ALIKE = 4  # letters
_EDGES = re.compile(r"^\W+|\W+$")
Key = tuple[str, str]  # input and word


@dataclass(frozen=True)
class GiveAway:
    """A word of one input, and the label that it tells.

    Attributes:
        written: as it stands in a row.
        rows: training rows that hold it; `both` of them have the label, of `labelled` that do.
        purity, coverage: the low ends of both / rows and both / labelled, corrected for the search.
        base_rate: share of all training rows that have the label.
    """

    input: str
    word: str
    written: str
    label: str
    rows: int
    both: int
    labelled: int
    purity: float
    coverage: float
    base_rate: float


@dataclass(frozen=True)
class Search:
    """What was found, the strongest first, among how many pairs of a word and a label; and how many were left out
    because the label is called by them."""

    found: list[GiveAway]
    searched: int
    in_names: int


def word_of(written: str) -> str:
    """A written word as it is compared: in small letters, without the signs around it.

    >>> word_of("(Reuters)"), word_of("??")
    ('reuters', '??')
    """
    return _EDGES.sub("", written).casefold() or written


def words_of(text: str) -> set[str]:
    """The different words of a text, between blanks."""
    return {word_of(one) for one in text.split()}


def find_give_aways(task: LabelsRows, train: Split) -> Search:
    """Words that give a label away, going by the training rows."""
    texts = {name: values for name, values in train.inputs.items() if values and isinstance(values[0], str)}
    names = [task.row_labels(label) for label in train.labels]
    labelled = Counter(name for of_row in names for name in of_row)
    rows: Counter[Key] = Counter(key for row in _keys(texts, len(train)) for key in row)
    often = {key for key, count in rows.items() if count >= LEAST_ROWS}
    both: Counter[tuple[Key, str]] = Counter(
        (key, name)
        for of_row, row in zip(names, _keys(texts, len(train)), strict=True)
        for key in row & often
        for name in of_row
    )
    searched = len(often) * len(labelled)
    found = [
        _judged(_Counts(count, rows[key], labelled[name], len(train)), searched, key, name)
        for (key, name), count in both.items()
    ]
    strong = [one for one in found if one is not None]
    kept = [one for one in strong if not _is_called_by(one)]
    ranked = sorted(kept, key=lambda one: (-one.purity * one.coverage, one.input, one.word))
    return Search([_as_written(one, texts) for one in ranked], searched, len(strong) - len(kept))


def _keys(texts: dict[str, list[Any]], rows: int) -> Iterator[set[Key]]:
    for place in range(rows):
        yield {(name, word) for name, values in texts.items() for word in words_of(values[place])}


@dataclass(frozen=True)
class _Counts:
    """Rows with a word and a label, with the word, with the label, and all."""

    both: int
    rows: int
    labelled: int
    total: int


def _judged(counts: _Counts, searched: int, key: Key, label: str) -> GiveAway | None:
    both, base_rate = counts.both, counts.labelled / counts.total
    if min(both / counts.rows, both / counts.labelled) < LEAST_SHARE:
        return None
    level = 1 - 2 * SHARE / searched  # one side of two
    purity, coverage = (
        interval[0] if (interval := wilson_interval(both, of, level=level)) else 0.0
        for of in (counts.rows, counts.labelled)
    )
    if purity < max(LEAST_SHARE, (1 + base_rate) / 2) or coverage < LEAST_SHARE:
        return None
    return GiveAway(*key, key[1], label, counts.rows, both, counts.labelled, purity, coverage, base_rate)


def _is_called_by(one: GiveAway) -> bool:
    """Whether a rare label is called by the word: what it is about, then, and no accident."""
    parts = re.findall(r"\w+", one.label.casefold().replace("_", " "))
    return one.base_rate < NAMED_RARELY and any(_are_alike(one.word, part) for part in parts)


def _are_alike(word: str, part: str) -> bool:
    return word == part or (min(len(word), len(part)) >= ALIKE and word[:ALIKE] == part[:ALIKE])


def _as_written(one: GiveAway, texts: dict[str, list[Any]]) -> GiveAway:
    """With the form that it has most often."""
    forms: dict[str, int] = defaultdict(int)
    for text in texts[one.input]:
        for written in text.split():
            if word_of(written) == one.word:
                forms[written] += 1
    written = max(forms, key=lambda form: (forms[form], form))
    return replace(one, written=written)
