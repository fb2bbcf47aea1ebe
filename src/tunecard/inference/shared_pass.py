"""Predictors that share one pass: each runs up to the logits that it asks for, and goes on when they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from tunecard.inference.engine import Engine
from tunecard.rows.encoded import EncodedSplit


class Waiting(Exception):
    """An engine has encoded its rows and waits for the pass that it shares with others."""


@dataclass(frozen=True)
class Asking(Engine):
    """Encodes, and stops where logits are asked for: always those of the rows that were encoded last."""

    encoded: list[EncodedSplit] = field(default_factory=list)
    answer: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def like(cls, engine: Engine) -> Self:
        return cls(engine.model, engine.tokenizer, engine.task, engine.max_length)

    def encode(self, inputs: Mapping[str, list[Any]]) -> EncodedSplit:
        self.encoded.append(super().encode(inputs))
        return self.encoded[-1]

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        raise Waiting


@dataclass(frozen=True)
class Answering(Asking):
    """Gives back in the same order what was encoded, and the logits of it."""

    def encode(self, inputs: Mapping[str, list[Any]]) -> EncodedSplit:
        return self.encoded.pop(0)

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        return self.answer


def joined(splits: Sequence[EncodedSplit]) -> EncodedSplit:
    """Token ids of all splits end to end; segment ids are 0 where a split has none."""
    type_ids = None
    if any(split.type_ids is not None for split in splits):
        type_ids = [ids for split in splits for ids in split.type_ids or [[0] * length for length in split.lengths]]
    input_ids = [ids for split in splits for ids in split.input_ids]
    pieces = None
    if any(split.pieces is not None for split in splits):
        pieces = [row for split in splits for row in split.pieces or [[length] for length in split.lengths]]
    return EncodedSplit(
        input_ids, type_ids, None, [False] * len(input_ids), lost_words=[0] * len(input_ids), pieces=pieces
    )
