"""Scores as prose and tables tell them: the name of a metric, and the number that belongs to it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

_METRICS = {
    "accuracy": r"accuracy|acc",
    "f1": r"(?:macro|micro|weighted|entity|strict)?[ _-]*f[ _-]?1(?:[ _-]*scores?)?(?:[ _-]*(?:macro|micro|weighted))?",
    "precision": r"precision",
    "recall": r"recall",
    "mcc": r"mcc|matthews(?:[ _-]correlation)?",
    "wer": r"wer|word error rate",
    "cer": r"cer|character error rate",
    "bleu": r"(?:sacre)?bleu",
    "rouge": r"rouge[ _-]?(?:1|2|l|lsum)?",
    "pearson": r"pearson(?:r|[ _-]cosine)?",
    "spearman": r"spearman(?:r|[ _-]cosine)?",
    "exact_match": r"exact[ _-]match|em",
    "rmse": r"rmse",
    "perplexity": r"perplexity",
    "auc": r"(?:roc[ _-]?)?auc",
}
_NAMES = {name: re.compile(rf"(?:{pattern})", re.IGNORECASE) for name, pattern in _METRICS.items()}
_ANY_NAME = "|".join(_METRICS.values())
_TOLD = re.compile(
    rf"(?<![\w-])(?P<name>{_ANY_NAME})(?![\w-])"
    r"(?P<between>(?:[\s:=|,(*\[]|\b(?:score|value|is|was|of|on|the|at|reaches|about|test|dev|validation|evaluation|eval"
    r"|held-out|train|training|set|split|dataset)\b|(?-i:[A-Z])[\w-]{1,20}){1,12}?)"
    r"(?P<number>\d{1,3}\.\d{1,20}|\d{1,3}(?=\s?%))(?P<percent>\s?%)?(?!\w|\.\d|\s?(?:points|pp|times|x)\b)"
    r"(?!\s?%?\s*(?:confidence|interval|CI)\b)",
    re.IGNORECASE,
)
_OTHER_NAME = re.compile(rf"(?<![\w-])(?:{_ANY_NAME}|loss|epochs?|steps?)(?![\w-])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,20}(?![\w.]*\w)")
_MOST_FURTHER = 10
_MARKS = re.compile(r"[()*`_\s]+")
_PREFIX = re.compile(r"^(?:eval|test|validation|dev|strict) ", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s_()`*/,:-]+")
_VALUE = re.compile(r"[*`\s\[]*(\d{1,3}(?:\.\d{1,20})?)\s?%?[*`\s]*(?:$|\s|\(|\])")
_CELL = re.compile(r"(?<!\\)\|")
_SPLIT = re.compile(r"\b(train|training|dev|validation|eval|evaluation|test)\b", re.IGNORECASE)
_SAME_SPLIT = {"training": "train", "dev": "validation", "eval": "validation", "evaluation": "validation"}
_MOST = 200_000


@dataclass(frozen=True)
class Told:
    """One score in the text: its metric, its number as written and the line that it stands in.

    `further` are numbers behind it, with their decimals, that the sentence may give for the same metric.
    """

    metric: str
    number: float
    decimals: int
    line: str
    further: tuple[tuple[float, int], ...] = ()

    @property
    def split(self) -> str | None:
        """The split that the line names, "" for several, None for none."""
        return split_of(self.line)

    def bounds(self) -> Iterator[tuple[float, float]]:
        """From where to where a value may lie that is this number in some rounding, as it is or in percent."""
        for number, decimals in ((self.number, self.decimals), *self.further):
            allowed = 0.5000001 * 10.0**-decimals
            for factor in (1.0, 100.0, 0.01):
                yield (number - allowed) / factor, (number + allowed) / factor


def any_agrees(told: list[Told], values: list[float]) -> bool:
    """Whether any number of the text is one of the values; the values are sorted once, so that many cost little.

    >>> any_agrees([Told("f1", 84.2, 1, "F1 84.2")], [0.8417])
    True
    """
    ordered = sorted(abs(value) for value in values)
    for one in told:
        for low, high in one.bounds():
            place = bisect_left(ordered, low)
            if place < len(ordered) and ordered[place] <= high:
                return True
    return False


@lru_cache(maxsize=2000)
def metric_of(name: str) -> str | None:
    """The metric that a heading, cell or key names, or None.

    >>> metric_of("F1 (macro)"), metric_of("Loss")
    ('f1', None)
    """
    bare = _PREFIX.sub("", _MARKS.sub(" ", name[:60]).strip())
    return next((metric for metric, pattern in _NAMES.items() if pattern.fullmatch(bare)), None)


def split_of(text: str) -> str | None:
    """The split that a text names: train, validation or test; "" for several, None for none."""
    found = {_SAME_SPLIT.get(word.lower(), word.lower()) for word in _SPLIT.findall(text)}
    return found.pop() if len(found) == 1 else ("" if found else None)


def is_score_told(plain: str) -> bool:
    """Whether a line of prose gives a metric with its number."""
    return _TOLD.search(plain) is not None


def is_score_table(lines: list[str]) -> bool:
    """Whether a table has a metric in its head or its first column."""
    rows = [[cell.strip() for cell in _CELL.split(line.strip().strip("|"))] for line in lines]
    return any(_named(cell) for cell in rows[0]) or any(_named(row[0]) for row in rows[1:] if len(row) > 1)


def told_scores(body: str) -> Iterator[Told]:
    """Every score of a card's text, in order: from sentences, list items and tables."""
    head: list[str] = []
    for line in body[:_MOST].split("\n"):
        if "|" not in line:
            head = []
            yield from _of_sentence(line)
            continue
        cells = [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
        if not head:
            head = cells
        else:
            yield from _of_row(cells, head, line)


def _of_sentence(line: str) -> Iterator[Told]:
    """The scores of a line; numbers up to the next metric's name may be the same one's ("0.80 at 0.3, 0.84 at 0.5")."""
    line = line[:2000]
    matches = list(_TOLD.finditer(line))
    for index, match in enumerate(matches):
        end = matches[index + 1].start() if index + 1 < len(matches) else len(line)
        metric = metric_of(match["name"])
        if metric:
            rest = _OTHER_NAME.split(line[match.end() : end], maxsplit=1)[0]
            yield _told(metric, match["number"], line, tuple(_numbers(rest)))


def _numbers(text: str) -> Iterator[tuple[float, int]]:
    for match in islice(_NUMBER.finditer(text), _MOST_FURTHER):
        yield float(match.group()), len(match.group().partition(".")[2])


def _of_row(cells: list[str], head: list[str], line: str) -> Iterator[Told]:
    of_row = _named(cells[0])
    for index, cell in enumerate(cells[1:], start=1):
        metric = of_row or (_named(head[index]) if index < len(head) else None)
        number = _VALUE.match(cell) if metric else None
        if metric and number:
            yield _told(metric, number.group(1), f"{line} {head[index] if index < len(head) else ''}")


@lru_cache(maxsize=2000)
def _named(cell: str) -> str | None:
    """The metric of a cell, which may name a split, a data set or a language around it."""
    whole = metric_of(cell)
    if whole:
        return whole
    words = _SEPARATORS.split(cell[:60])
    return next((metric for metric in map(metric_of, words) if metric), None)


def _told(metric: str, number: str, line: str, further: tuple[tuple[float, int], ...] = ()) -> Told:
    return Told(metric, float(number), len(number.partition(".")[2]), line, further)
