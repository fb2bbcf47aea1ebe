"""Texts and pairs of texts to labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.inference.engine import Engine
from tunecard.inference.inputs import is_pair_of_texts


def predict_texts(engine: Engine, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """`{"label", "probability", "probabilities": {name: p}, "truncated"}` a row.

    Args:
        rows: texts, or pairs of texts; all of one kind and none empty.
    """
    inputs = {"text": list(rows)}
    if is_pair_of_texts(rows[0]):
        inputs = {"text": [row[0] for row in rows], "text_pair": [row[1] for row in rows]}
    encoded = engine.encode(inputs)
    results = []
    for row, logits in enumerate(engine.logits(encoded)):
        label, probabilities = engine.task.decode(logits, encoded, row)
        by_name = dict(zip(engine.task.labels, probabilities, strict=True))
        results.append(
            {
                "label": label,
                "probability": by_name[label],
                "probabilities": by_name,
                "truncated": encoded.is_truncated[row],
            }
        )
    return results
