"""A judge in which nothing is planted, unless it is told to: calibrated, as good on any rows as on any others, and drawn, not trained.

It answers with one of four labels, all as frequent. How sure it is of an answer is how often that is right; nothing else of a row,
no factor, no word and no copy of it in training, tells anything of either. Asked about a text that was changed it now and then
answers anew, neither better nor worse; asked about nonsense it is hardly sure of anything.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.rows.dataset import Split
from tunecard.tasks import Task, task_named

LABELS = ("a", "b", "c", "d")
NEUTRAL = [
    "the",
    "report",
    "says",
    "that",
    "some",
    "people",
    "of",
    "our",
    "town",
    "were",
    "seen",
    "near",
    "that",
    "old",
    "station",
    "on",
    "a",
    "rainy",
    "day",
    "in",
    "may",
]
PEOPLE = [
    "she",
    "he",
    "woman",
    "man",
    "Ebony",
    "Adam",
    "Jack",
    "Tia",
    "christian",
    "muslim",
    "jewish",
    "american",
    "asian",
    "canadian",
    "gay",
    "lesbian",
    "Ghana",
    "Japan",
    "Italy",
    "Peru",
]
OTHER = [
    "a",
    "nurse",
    "told",
    "us",
    "how",
    "every",
    "ward",
    "got",
    "its",
    "new",
    "beds",
    "after",
    "this",
    "long",
    "winter",
    "of",
    "colds",
    "and",
    "coughs",
]
SLIGHTED = 0.6
ANEW = 0.02  # of changed texts
TOGETHER = 4  # rows of a cluster
State = tuple[float, str]  # how sure, and the answer
task: Task = task_named("text-classification", LABELS)


@dataclass
class Judge:
    """Draws everything that a run stores of one simulated adapter.

    Attributes:
        seed: of the set.
        clustered: rows come in fours that are alike in factors and, half of them, in how they are answered.
        surplus: by how much it says that it is surer than it is; 0 of a calibrated judge.
        slighted: a word; where a text holds it, more than half of the answers are turned into others.
        elsewhere: the scored rows are of another source than the training rows.
        answers: split and row to how it was answered.
    """

    seed: int
    clustered: bool = False
    surplus: float = 0.0
    slighted: str = ""
    elsewhere: bool = False
    answers: dict[tuple[str, int], State] = field(default_factory=dict)
    labels: dict[tuple[str, int], str] = field(default_factory=dict)
    texts: dict[tuple[str, int], str] = field(default_factory=dict)

    def split(self, name: str, rows: int) -> Split:
        """Rows with texts, labels and, of those that are scored, factors."""
        draws = self._draws("rows", name)
        labels = [str(one) for one in draws.choice(LABELS, rows)]
        words = OTHER if self.elsewhere and name == "test" else NEUTRAL
        texts = [self._text(draws, words) for _ in labels]
        self.texts |= {(name, row): text for row, text in enumerate(texts)}
        by = np.arange(rows) // TOGETHER if self.clustered else np.arange(rows)
        factors = {
            f"factor {place}": [str(one) for one in draws.choice(["x", "y", "z"], by.max() + 1, p=[0.5, 0.3, 0.2])[by]]
            for place in range(4)
        }
        factors["overlap"] = [
            str(one) for one in draws.choice(["found in train", "not found in train"], by.max() + 1, p=[0.2, 0.8])[by]
        ]
        clusters = by.tolist() if self.clustered else None
        self._answer(name, labels, by, draws)
        return Split(name, list(range(rows)), {"text": texts}, labels, factors, "given", {}, clusters)

    def predictions(self, rows: Split) -> Predictions:
        """The answers to rows as they are."""
        states = self.asked(rows)
        return Predictions(
            rows.rows, rows.labels, [said for _, said in states], [self.stated(one) for one in states], rows.factors,
            None, rows.clusters,
        )  # fmt: skip

    def peer(self, rows: Split) -> Predictions:
        """The answers of another judge of the same kind."""
        draws = self._draws("peer", rows.name)
        return Predictions(rows.rows, rows.labels, [self._new(str(label), draws)[1] for label in rows.labels])

    def asked(self, rows: Split) -> list[State]:
        """Answers to rows that may have been changed, the same again for the same text."""
        return [self._asked(rows.name, row, text) for row, text in zip(rows.rows, _texts(rows), strict=True)]

    def stated(self, state: State) -> list[float]:
        """(K,) what it says of each label."""
        sure, said = min(state[0] + self.surplus, 0.999), state[1]
        return [sure if label == said else (1 - sure) / (len(LABELS) - 1) for label in LABELS]

    def _asked(self, split: str, row: int, text: str) -> State:
        (sure, said), label = self.answers[split, row], self.labels[split, row]
        draws = self._draws(split, str(row), text)
        if draws.random() < ANEW and text != self.texts[split, row]:
            return self._new(label, draws)
        if self.slighted and self.slighted in text.lower() and draws.random() < SLIGHTED:
            return sure, _other(label, draws)
        return sure, said

    def _answer(self, name: str, labels: Sequence[str], by: Any, draws: np.random.Generator) -> None:
        first: dict[int, tuple[float, bool] | None] = {}
        for row, label in enumerate(labels):
            sure, right = _sure(draws), draws.random()
            state = (sure, bool(right < sure))
            if self.clustered:
                state = first.setdefault(int(by[row]), state if draws.random() < 0.5 else None) or state
            self.labels[name, row] = label
            self.answers[name, row] = (state[0], label if state[1] else _other(label, draws))

    def _new(self, label: str, draws: np.random.Generator) -> State:
        sure = _sure(draws)
        return sure, label if draws.random() < sure else _other(label, draws)

    def _text(self, draws: np.random.Generator, known: Sequence[str]) -> str:
        words = [str(one) for one in draws.choice(known, 8)]
        if draws.random() < 0.6:
            words[int(draws.integers(8))] = str(draws.choice(PEOPLE))
        return " ".join(words)

    def _draws(self, *about: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("\0".join(about).encode())])


def _sure(draws: np.random.Generator) -> float:
    return float(0.45 + 0.55 * draws.beta(3, 1))


def _other(label: str, draws: np.random.Generator) -> str:
    return str(draws.choice([one for one in LABELS if one != label]))


def _texts(rows: Split) -> list[str]:
    return [str(text) for text in rows.inputs["text"]]


class SimulatedSubject(Subject):
    """A subject whose answers are drawn; a probe that asks only for answers cannot tell."""

    def logits(self, rows: Split, title: str) -> tuple[list[np.ndarray], Any]:
        """The log of what is stated; of rows without labels, which are nonsense here, hardly more for one than another."""
        self.passes.count(len(rows))
        judge: Judge = self.model  # type: ignore[assignment]
        if rows.is_labelled:
            return [np.log(judge.stated(one)) for one in judge.asked(rows)], self.encode(rows)
        draws = np.random.default_rng(judge.seed)
        return [draws.normal(0, 0.05, len(LABELS)) for _ in rows.rows], self.encode(rows)

    def logits_and_vectors(self, rows: Split, title: str) -> tuple[list[np.ndarray], Any, None]:
        """The same; a judge that is no model reads no vectors."""
        return *self.logits(rows, title), None

    def predict(self, rows: Split, title: str) -> Predictions:
        """Answers with probabilities."""
        self.passes.count(len(rows))
        judge: Judge = self.model  # type: ignore[assignment]
        states = judge.asked(rows)
        return Predictions(rows.rows, rows.labels, [said for _, said in states], [judge.stated(one) for one in states])


def encode(rows: Split) -> Any:
    """Token ids by which equal texts are equal."""
    return SimpleNamespace(input_ids=[[zlib.crc32(text.encode())] for text in _texts(rows)])


def stored(judge: Judge, path: Path, rows: int, peers: Sequence[str] = ("full",)) -> SimulatedSubject:
    """Prediction files of validation, test and peers in a folder, and the subject that probes ask."""
    folder = RunFolder(path)
    splits = {name: judge.split(name, rows) for name in ("train", "validation", "test")}
    for name in ("validation", "test"):
        folder.write_predictions(judge.predictions(splits[name]), name)
        for peer in peers:
            folder.write_predictions(judge.peer(splits[name]), name, peer)
    return SimulatedSubject(folder, judge, task, splits["test"], splits["train"], encode, 0, judge.seed)  # type: ignore[arg-type]
