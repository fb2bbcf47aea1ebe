"""Texts and pairs of texts to answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.inference.engine import Engine
from tunecard.inference.inputs import is_pair_of_texts


def predict_texts(engine: Engine, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The task's answer to each row, and whether it was cut.

    Args:
        rows: texts, or pairs of texts; all of one kind and none empty.
    """
    inputs = {"text": list(rows)}
    if is_pair_of_texts(rows[0]):
        inputs = {"text": [row[0] for row in rows], "text_pair": [row[1] for row in rows]}
    encoded = engine.encode(inputs)
    return [
        {**engine.task.answer(*engine.task.decode(logits, encoded, row)), "truncated": encoded.is_truncated[row]}
        for row, logits in enumerate(engine.logits(encoded))
    ]
