"""Rows that are longer than the model reads: cut, as most are scored, and whole, in overlapping windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import finish
from tunecard.inference.raw_text.token_rows import decide_words, windows_of_words
from tunecard.inference.raw_text.windows import plan_windows
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.sequences import Sequences
from tunecard.tasks.task import Inputs, Task
from tunecard.tasks.whole_splits import decode_split


class LongRows(Protocol):
    """How long rows of one kind are read.

    Attributes:
        predicts_whole: whether `predict` reads them in windows, too; else it cuts them.
        how: what is made of the windows, in words.
    """

    @property
    def predicts_whole(self) -> bool: ...

    @property
    def how(self) -> str: ...

    def cut(self, engine: Engine, inputs: Inputs) -> EncodedSplit:
        """The rows cut behind what the model reads; `is_truncated` says which were."""
        ...

    def windows(self, engine: Engine, inputs: Inputs) -> list[int]:
        """(N,) in how many windows each row is read."""
        ...

    def answers(self, engine: Engine, inputs: Inputs) -> list[Any]:
        """(N,) predictions from all windows of each row."""
        ...


@dataclass(frozen=True)
class LongWords:
    """Lists of words: each is decided where a window has it furthest from an edge."""

    predicts_whole: bool = True
    how: str = "each word decided in the window that has it furthest from an edge, as `predict` reads"

    def cut(self, engine: Engine, inputs: Inputs) -> EncodedSplit:
        return engine.encode(inputs)

    def windows(self, engine: Engine, inputs: Inputs) -> list[int]:
        found = windows_of_words(engine, inputs["tokens"])
        return [sum(window.row == row for window in found) for row in range(len(inputs["tokens"]))]

    def answers(self, engine: Engine, inputs: Inputs) -> list[Any]:
        return [[tag for tag, _ in decided] for decided in finish(engine, decide_words(engine, inputs["tokens"]))]


@dataclass(frozen=True)
class LongTexts:
    """Single texts: the answer follows from the mean of the windows' logits."""

    predicts_whole: bool = False
    how: str = "the mean of the windows' logits, while `predict` cuts"

    def cut(self, engine: Engine, inputs: Inputs) -> EncodedSplit:
        return engine.encode(inputs)

    def windows(self, engine: Engine, inputs: Inputs) -> list[int]:
        return [len(parts) for parts in _parts(engine, inputs["text"])]

    def answers(self, engine: Engine, inputs: Inputs) -> list[Any]:
        parts = _parts(engine, inputs["text"])
        encoded = engine.encode({"text": [part for several in parts for part in several]})
        logits = engine.logits(encoded)
        ends = np.cumsum([0, *map(len, parts)]).tolist()
        return [
            engine.task.decode(np.mean(logits[begin:end], axis=0), encoded, begin)[0] for begin, end in pairwise(ends)
        ]


def _parts(engine: Engine, texts: Sequence[str]) -> list[list[str]]:
    """(N,) the texts of the overlapping windows of each text."""
    read = engine.tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    budget = engine.max_length - engine.tokenizer.num_special_tokens_to_add()
    return [
        [
            text[places[window.start][0] : places[window.end - 1][1]]
            for window in plan_windows(row, [1] * len(places), budget)
        ]
        for row, (text, places) in enumerate(zip(texts, read["offset_mapping"], strict=True))
    ]


@dataclass(frozen=True)
class LongQuestions:
    """Contexts of questions: the best span of all windows."""

    predicts_whole: bool = True
    how: str = "the best span of all windows, as `predict` reads"

    def cut(self, engine: Engine, inputs: Inputs) -> EncodedSplit:
        return engine.encode(inputs).first_sequences()

    def windows(self, engine: Engine, inputs: Inputs) -> list[int]:
        encoded: Sequences[EncodedSplit] = engine.encode(inputs).sequences
        return [len(encoded.of([row])) for row in range(len(inputs["text"]))]

    def answers(self, engine: Engine, inputs: Inputs) -> list[Any]:
        encoded = engine.encode(inputs)
        rows = decode_split(engine.task, engine.logits(encoded), encoded, [None] * len(encoded))
        return [answer for answer, _ in rows]


KINDS: dict[str, LongRows] = {"words": LongWords(), "texts": LongTexts(), "questions": LongQuestions()}


def long_rows(task: Task, inputs: Inputs) -> LongRows | None:
    """How rows of the task are read whole; None where nothing says what to make of several windows of a row."""
    is_pair = task.reads == "texts" and set(inputs) != {"text"}
    return None if is_pair else KINDS.get(task.reads)
