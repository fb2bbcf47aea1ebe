"""Tags of words to entities of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.inference.raw_text.words import WordSpan
from tunecard.metrics.entities import OUTSIDE, entity_types, find_runs


def entities_of(
    text: str, spans: Sequence[WordSpan], tags: Sequence[str], probabilities: Sequence[float | None]
) -> list[dict[str, Any]]:
    """Entities as `{"label", "start", "end", "text", "probability"}`; `text[start:end]` is the entity's text.

    Strict IOB2, as the card's headline score counts them: an entity is B-X and the I-X that follow; an I-X without
    such a beginning belongs to nothing. An entity is right only when all of its words are: its probability is the
    lowest of its words' probabilities.

    Args:
        spans: (n,) (start, end) of each word in `text`.
        tags: (n,) IOB2 tags.
        probabilities: (n,) of each word's tag; None for a word that the model cannot see.

    >>> entities_of("in New York", [(0, 2), (3, 6), (7, 11)], ["O", "B-PLACE", "I-PLACE"], [0.9, 0.8, 0.7])
    [{'label': 'PLACE', 'start': 3, 'end': 11, 'text': 'New York', 'probability': 0.7}]
    """
    types = entity_types(tags)
    ids = {OUTSIDE: 0} | {f"{tag}-{kind}": 2 * i + j for i, kind in enumerate(types) for j, tag in ((1, "B"), (2, "I"))}
    runs = find_runs(np.array([ids[tag] for tag in tags], dtype=np.int64), np.arange(len(tags)) == 0)
    entities = []
    for first in np.flatnonzero((runs.type >= 0) & runs.is_strict).tolist():
        last = int(runs.end[first]) - 1
        start, end = spans[first][0], spans[last][1]
        known = [value for value in probabilities[first : last + 1] if value is not None]
        entities.append(
            {
                "label": types[int(runs.type[first])],
                "start": start,
                "end": end,
                "text": text[start:end],
                "probability": min(known),
            }
        )
    return entities
