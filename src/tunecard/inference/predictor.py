"""A loaded adapter that predicts: texts, pairs of texts or words in; labels, entities or tags out, order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from torch import nn
from transformers import PreTrainedTokenizerBase

from tunecard.data import TOKEN_TASK, Split
from tunecard.errors import AdapterError, DataError
from tunecard.inference.entities import entities_of
from tunecard.inference.inputs import fault_in_text_row, fault_in_token_row, is_pair_of_texts
from tunecard.inference.predicting import predict_logits
from tunecard.inference.windows import Window, deciding_windows, plan_windows
from tunecard.inference.words import word_spans
from tunecard.tasks import EncodedSplit, Task

Decision = tuple[str, float | None]  # tag of a word and its probability; None where the model cannot see the word


@dataclass(frozen=True)
class Predictor:
    """An adapter on its base, in fp32.

    Attributes:
        model: the wrapped model, in evaluation mode on its device.
        tokenizer: as it was in training.
        task: how rows are read; `labels` are its names in id order.
        max_length: tokens a row or window may have, special tokens included.
        base_id: the base in use.
        is_pair: whether a row is two texts; None when the folder does not say.
        unchecked: what nothing in the folder vouches for, a sentence each; empty for a whole run folder.
    """

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    task: Task
    max_length: int
    base_id: str = ""
    is_pair: bool | None = None
    unchecked: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in id order."""
        return self.task.labels

    def predict(self, inputs: Sequence[str] | Sequence[tuple[str, str]] | Sequence[Sequence[str]]) -> list[dict[str, Any]]:
        """Predicts rows in the order given.

        Args:
            inputs: texts; pairs of texts (text classification); or lists of words (token classification).
        Returns: one dict a row.
            Text classification: `{"label", "probability", "probabilities": {name: p}, "truncated"}`; a text beyond
            `max_length` tokens is cut.
            Token classification on a text: `{"entities": [{"label", "start", "end", "text", "probability"}]}` with
            character offsets, `text[start:end]` being the entity; its probability is the lowest of its words'.
            Token classification on words: `{"tags", "probabilities"}`, one of each a word, the probability being that
            of the tag; None (and tag O) for a word of which the tokenizer leaves nothing.
            Texts and lists of words beyond `max_length` are read in overlapping windows; no word is lost.
        Raises: DataError: rows that are empty or of another kind, each named by its position.
        """
        if isinstance(inputs, str):
            raise DataError("inputs must be a list of rows. Got one text: put it in a list.")
        rows = list(inputs)
        faults = [f"row {i}: {fault}" for i, row in enumerate(rows) if (fault := self.fault_of(row))]
        if self.task.name != TOKEN_TASK and not faults and len({is_pair_of_texts(row) for row in rows}) > 1:
            faults = ["all rows must be single texts, or all must be pairs. Got both."]
        if faults:
            raise DataError(faults, place="inputs")
        if not rows:
            return []
        return self._predict_words(rows) if self.task.name == TOKEN_TASK else self._predict_texts(rows)

    def fault_of(self, row: Any) -> str | None:
        """What keeps a row from being predicted, in one sentence; None when nothing does."""
        return fault_in_token_row(row) if self.task.name == TOKEN_TASK else fault_in_text_row(row, self.is_pair)

    def _predict_texts(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        is_pair = is_pair_of_texts(rows[0])
        columns = {"text": [row[0] for row in rows], "text_pair": [row[1] for row in rows]} if is_pair else {"text": list(rows)}
        encoded = self.task.encode(self.tokenizer, _unlabelled(columns, len(rows)), self.max_length)
        results = []
        for row, logits in enumerate(self._logits(encoded)):
            label, probabilities = self.task.decode(logits, encoded, row)
            by_name = dict(zip(self.labels, probabilities, strict=True))
            results.append(
                {
                    "label": label,
                    "probability": by_name[label],
                    "probabilities": by_name,
                    "truncated": encoded.is_truncated[row],
                }
            )
        return results

    def _predict_words(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        spans = [word_spans(self.tokenizer, row) if isinstance(row, str) else None for row in rows]
        words = [
            list(row) if found is None else [row[start:end] for start, end in found]
            for row, found in zip(rows, spans, strict=True)
        ]
        results: list[dict[str, Any]] = []
        for row, found, decided in zip(rows, spans, self._decide(words), strict=True):
            tags, probabilities = [tag for tag, _ in decided], [probability for _, probability in decided]
            if found is None:
                results.append({"tags": tags, "probabilities": probabilities})
            else:
                results.append({"entities": entities_of(row, found, tags, probabilities)})
        return results

    def _decide(self, words: Sequence[list[str]]) -> list[list[Decision]]:
        """The decision of each word of each row; rows that are too long are read in windows."""
        windows = [Window(row, 0, len(row_words)) for row, row_words in enumerate(words) if row_words]
        decided: list[list[Decision]] = [[] for _ in words]
        if not windows:
            return decided
        encoded = self._encode_windows(words, windows)
        tokens: dict[int, list[int]] = {}
        if any(encoded.is_truncated):
            long = [window.row for window, is_cut in zip(windows, encoded.is_truncated, strict=True) if is_cut]
            tokens = self._count_tokens(words, long)
            budget = self.max_length - self.tokenizer.num_special_tokens_to_add()
            windows = [
                part
                for window in windows
                for part in (plan_windows(window.row, tokens[window.row], budget) if window.row in tokens else [window])
            ]
            encoded = self._encode_windows(words, windows)
        read = self._read(encoded)
        for row, group in groupby(range(len(windows)), key=lambda position: windows[position].row):
            several = list(group)
            chosen = [0] * len(words[row])
            if row in tokens:
                chosen = deciding_windows([windows[i] for i in several], tokens[row])
            decided[row] = [
                read[several[part]][word - windows[several[part]].start] for word, part in enumerate(chosen)
            ]
        return decided

    def _encode_windows(self, words: Sequence[list[str]], windows: Sequence[Window]) -> EncodedSplit:
        tokens = [words[window.row][window.start : window.end] for window in windows]
        return self.task.encode(self.tokenizer, _unlabelled({"tokens": tokens}, len(tokens)), self.max_length)

    def _count_tokens(self, words: Sequence[list[str]], rows: Sequence[int]) -> dict[int, list[int]]:
        """Row to tokens of each of its words."""
        encoded = self.tokenizer(
            [words[row] for row in rows], is_split_into_words=True, add_special_tokens=False, verbose=False
        )
        counts = {}
        for position, row in enumerate(rows):
            ids = [word for word in encoded.word_ids(position) if word is not None]
            counts[row] = np.bincount(ids, minlength=len(words[row])).tolist()
        return counts

    def _read(self, encoded: EncodedSplit) -> list[list[Decision]]:
        read: list[list[Decision]] = []
        for row, logits in enumerate(self._logits(encoded)):
            tags, probabilities = self.task.decode(logits, encoded, row)
            read.append([(tag, None if p is None else max(p)) for tag, p in zip(tags, probabilities, strict=True)])
        return read

    def _logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        logits = predict_logits(self.model, encoded, int(self.tokenizer.pad_token_id))
        if not all(np.isfinite(row).all() for row in logits):
            raise AdapterError("the model gives values that are not finite; base or adapter is damaged. Fetch them again.")
        return logits


def _unlabelled(inputs: dict[str, list[Any]], rows: int) -> Split:
    return Split("predict", list(range(rows)), inputs, [None] * rows, {}, "given", {})
