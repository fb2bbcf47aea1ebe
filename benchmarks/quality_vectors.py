"""Vectors of the base as it was downloaded, through transformers alone: the frozen side of quality.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from quality_cells import Row

MAX_LENGTH = 256  # tokens; what the base's own card says

BATCH = 32
Floats = NDArray[Any]


class FrozenBase:
    """The embedded base and its tokenizer."""

    def __init__(self) -> None:
        from rounds import silent_libraries
        from transformers import AutoModel, AutoTokenizer

        from tunecard.encoders import locate_base

        folder = locate_base("embedded").folder
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        with silent_libraries():
            self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def views(self, rows: Sequence[Row], columns: Sequence[str]) -> dict[str, Floats]:
        """(N, d) mean, first and pooler of the text or of the joint pair, rows of length 1; of pairs `apart` as well."""
        texts = [[row[column] for row in rows] for column in columns]
        views = self._pooled(texts)
        if len(columns) > 1:
            u, v = (self._pooled([side])["mean"] for side in texts)
            views["apart"] = np.hstack([np.abs(u - v), u * v])
        return views

    def words(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """(W, d) the last hidden state of each word's first piece; W is less than the words where they do not fit."""
        found: list[Floats] = [np.zeros((0, 0))] * len(sentences)
        options = {"is_split_into_words": True}
        for chosen, inputs, states in self._batches([[list(words) for words in sentences]], **options):
            for place, row in enumerate(chosen):
                ids = inputs.word_ids(place)
                first = [at for at, word in enumerate(ids) if word is not None and word != ids[at - 1]]
                found[row] = in_order(states["last_hidden_state"][place, first].numpy(), [ids[at] for at in first])
        return found

    def _pooled(self, texts: Sequence[Sequence[Any]]) -> dict[str, Floats]:
        parts: dict[str, list[Floats]] = {"mean": [], "first": [], "pooler": []}
        order: list[int] = []
        for chosen, inputs, states in self._batches(texts):
            last, mask = states["last_hidden_state"], inputs["attention_mask"][..., None]
            parts["mean"].append(((last * mask).sum(1) / mask.sum(1)).numpy())
            parts["first"].append(last[:, 0].numpy())
            parts["pooler"].append(states["pooler_output"].numpy())
            order += chosen
        back = np.argsort(order)
        return {name: unit_rows(np.concatenate(found))[back] for name, found in parts.items()}

    @torch.inference_mode()
    def _batches(self, texts: Sequence[Sequence[Any]], **options: Any) -> Iterator[tuple[list[int], Any, Any]]:
        """Rows of like length together."""
        order = sorted(range(len(texts[0])), key=lambda row: sum(len(side[row]) for side in texts))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            inputs = self.tokenizer(
                *[[side[row] for row in chosen] for side in texts], padding=True, truncation=True,
                max_length=MAX_LENGTH, return_tensors="pt", **options,
            )  # fmt: skip
            yield chosen, inputs, self.model(**inputs)


def unit_rows(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def in_order(vectors: Floats, words: Sequence[int]) -> Floats:
    """Rows by word number; a word without a piece, which the tokenizer drops, is zeros."""
    placed = np.zeros((words[-1] + 1 if words else 0, vectors.shape[1]), dtype=vectors.dtype)
    placed[list(words)] = vectors
    return placed
