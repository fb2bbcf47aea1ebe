"""Texts to entities, lists of words to tags; what is too long for the model is read in overlapping windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.entities import entities_of
from tunecard.inference.raw_text.steps import Steps
from tunecard.inference.raw_text.texts import fault_in_kind, fault_in_text
from tunecard.inference.raw_text.usual_names import usual_in, usual_texts
from tunecard.inference.raw_text.windows import Window, deciding_windows, plan_windows
from tunecard.inference.raw_text.words import WordSpan, word_spans
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.deciding import TellsWords
from tunecard.tasks.visible import OUTSIDE, visible_places

# Tag of a word and the probabilities of all K; None where the tokenizer leaves nothing of the word.
Decision: TypeAlias = tuple[str, np.ndarray | None]
Words: TypeAlias = Sequence[list[str]]


def predict_token_rows(engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
    """`{"entities": [...]}` for a row that is a text (or what the task tells of its words), `{"tags", "probabilities"}`
    for one that is a list of words.

    A word that cannot be seen is not read, as in training; in a list it is given the tag O all the same.
    """
    spans = [_visible_spans(engine, row) if isinstance(row, str) else None for row in rows]
    words = [
        list(row) if found is None else [row[start:end] for start, end in found]
        for row, found in zip(rows, spans, strict=True)
    ]
    results: list[dict[str, Any]] = []
    decisions = yield from _decide_visible(engine, words)
    for row, found, decided in zip(rows, spans, decisions, strict=True):
        tags, probabilities = [tag for tag, _ in decided], [probability for _, probability in decided]
        if found is None:
            results.append(engine.task.answer(tags, [None if p is None else float(p.max()) for p in probabilities]))
        elif isinstance(engine.task, TellsWords):
            results.append(engine.task.answer_text(row, found, decided))
        else:
            results.append({"entities": entities_of(row, found, tags, probabilities, engine.task.labels)})
    return results


def _visible_spans(engine: Engine, text: str) -> list[WordSpan]:
    spans = word_spans(engine.tokenizer, text)
    return [spans[place] for place in visible_places([text[start:end] for start, end in spans])]


def _decide_visible(engine: Engine, words: Words) -> Steps[list[list[Decision]]]:
    """(N,) lists with the decision of each word, O without probabilities for those that cannot be seen."""
    places = [visible_places(row) for row in words]
    visible = [[row[place] for place in seen] for row, seen in zip(words, places, strict=True)]
    read = yield from decide_words(engine, visible)
    decided: list[list[Decision]] = [[(OUTSIDE, None)] * len(row) for row in words]
    for row, seen in enumerate(places):
        for place, decision in zip(seen, read[row], strict=True):
            decided[row][place] = decision
    return decided


def fault_in_token_row(row: Any) -> str | None:
    """What is wrong with a row of token classification: a text, or a list of words."""
    if not isinstance(row, (list, tuple)):
        return fault_in_text(row)
    if not row:
        return "has no words."
    fault = next((fault for i, word in enumerate(row) if (fault := fault_in_kind(word, f"word {i + 1}"))), None)
    return fault or (None if visible_places(row) else "has no word that can be seen.")


def decide_words(engine: Engine, words: Words) -> Steps[list[list[Decision]]]:
    """(N,) lists with the decision of each word.

    Args:
        words: (N,) lists of words, of any length.
    """
    windows, encoded, tokens = _in_windows(engine, words)
    if encoded is None:
        return [[] for _ in words]
    read = yield from _read(engine, encoded)
    decided: list[list[Decision]] = [[] for _ in words]
    for row, group in groupby(range(len(windows)), key=lambda position: windows[position].row):
        several = list(group)
        of_row = [windows[position] for position in several]
        chosen = deciding_windows(of_row, tokens[row]) if row in tokens else [0] * len(words[row])
        decided[row] = [read[several[part]][word - of_row[part].start] for word, part in enumerate(chosen)]
    return decided


def windows_of_words(engine: Engine, words: Words) -> list[Window]:
    """The windows in which rows are read, in their order; one of a row that is short enough."""
    return _in_windows(engine, words)[0]


def _in_windows(engine: Engine, words: Words) -> tuple[list[Window], EncodedSplit | None, dict[int, list[int]]]:
    """Windows, what is read of each (None without any), and of rows in several the tokens of each word."""
    windows = [Window(row, 0, len(row_words)) for row, row_words in enumerate(words) if row_words]
    if not windows:
        return [], None, {}
    encoded = _encode(engine, words, windows)
    if not any(encoded.is_truncated):
        return windows, encoded, {}
    long = [window.row for window, is_cut in zip(windows, encoded.is_truncated, strict=True) if is_cut]
    tokens = _count_tokens(engine, words, long)
    windows = _split_long(engine, windows, tokens)
    return windows, _encode(engine, words, windows), tokens


def _split_long(engine: Engine, windows: Sequence[Window], tokens: dict[int, list[int]]) -> list[Window]:
    budget = engine.max_length - engine.tokenizer.num_special_tokens_to_add()
    return [
        part
        for window in windows
        for part in (plan_windows(window.row, tokens[window.row], budget) if window.row in tokens else [window])
    ]


def _encode(engine: Engine, words: Words, windows: Sequence[Window]) -> EncodedSplit:
    return engine.encode({"tokens": [words[window.row][window.start : window.end] for window in windows]})


def _count_tokens(engine: Engine, words: Words, rows: Sequence[int]) -> dict[int, list[int]]:
    """Row to the tokens of each of its words."""
    encoded = engine.tokenizer(
        [words[row] for row in rows], is_split_into_words=True, add_special_tokens=False, verbose=False
    )
    counts = {}
    for position, row in enumerate(rows):
        ids = [word for word in encoded.word_ids(position) if word is not None]
        counts[row] = np.bincount(ids, minlength=len(words[row])).tolist()
    return counts


def _read(engine: Engine, encoded: EncodedSplit) -> Steps[list[list[Decision]]]:
    """(W,) windows to the decision of each of their words."""
    read: list[list[Decision]] = []
    for row, logits in enumerate((yield encoded)):
        tags, probabilities = engine.task.decode(logits, encoded, row)
        # An array takes an eighth of a list's memory.
        read.append([(tag, None if p is None else np.array(p)) for tag, p in zip(tags, probabilities, strict=True)])
    return read


@dataclass(frozen=True)
class WordRows:
    """Texts, or lists of words; see `RowKind`."""

    roles: tuple[str, ...] = ("text", "tokens")

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        return ["`columns` must name `text` or `tokens`. Got both."] if len(told) > 1 else []

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        tokens = usual_in("tokens", names)
        found = [{"tokens": name} for name in tokens] or [{"text": name} for name in usual_in("text", names)]
        return found or usual_texts(names, is_pair=False)

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        return "text", ("tokens",)

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        if "tokens" in columns:
            tokens = record[columns["tokens"]]
            return tokens, None if isinstance(tokens, list) else f"{columns['tokens']!r} must be a list of words."
        text = record[columns["text"]]
        return text, None if not isinstance(text, list) else f"{columns['text']!r} must be text. Got a list."

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        return fault_in_token_row(row)

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        return self.roles[:1]

    def row_of(self, texts: Sequence[str]) -> Any:
        return texts[0]

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        return list(inputs["tokens"])

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        return None

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        return predict_token_rows(engine, rows)
