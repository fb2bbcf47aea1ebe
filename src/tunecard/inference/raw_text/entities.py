"""Tags of words to entities of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.inference.raw_text.words import WordSpan
from tunecard.metrics.entities import OUTSIDE, entity_probability, entity_types, find_runs


def entities_of(
    text: str,
    spans: Sequence[WordSpan],
    tags: Sequence[str],
    probabilities: Sequence[Sequence[float] | np.ndarray | None],
    labels: Sequence[str],
) -> list[dict[str, Any]]:
    """Entities as `{"label", "start", "end", "text", "probability"}`; `text[start:end]` is the entity's text.

    Strict IOB2, as the card's headline score counts them: an entity is B-X and the I-X that follow; an I-X without
    such a beginning belongs to nothing. The probability is that of exactly this entity: of all of its tags, and of
    ending there (`tunecard.metrics.entities.entity_probability`).

    Args:
        spans: (n,) (start, end) of each word in `text`.
        tags: (n,) IOB2 tags.
        probabilities: (n,) those of all K tags for each word; None for a word that the model cannot see.
        labels: (K,) the tags.

    >>> entities_of("in Oslo", [(0, 2), (3, 7)], ["O", "B-PLACE"], [[1.0, 0.0], [0.2, 0.8]], ["O", "B-PLACE"])
    [{'label': 'PLACE', 'start': 3, 'end': 7, 'text': 'Oslo', 'probability': 0.8}]
    """
    types = entity_types(tags)
    ids = {OUTSIDE: 0} | {f"{tag}-{kind}": 2 * i + j for i, kind in enumerate(types) for j, tag in ((1, "B"), (2, "I"))}
    runs = find_runs(np.array([ids[tag] for tag in tags], dtype=np.int64), np.arange(len(tags)) == 0)
    place = {name: number for number, name in enumerate(labels)}
    entities = []
    for first in np.flatnonzero((runs.type >= 0) & runs.is_strict).tolist():
        last = int(runs.end[first]) - 1
        start, end = spans[first][0], spans[last][1]
        words = range(first, last + 1)
        known = [float(said[place[tags[word]]]) for word in words if (said := probabilities[word]) is not None]
        after = probabilities[last + 1] if last + 1 < len(tags) else None
        inside = place.get(f"I-{types[int(runs.type[first])]}")
        goes_on = 0.0 if after is None or inside is None else float(after[inside])
        entities.append(
            {
                "label": types[int(runs.type[first])],
                "start": start,
                "end": end,
                "text": text[start:end],
                "probability": entity_probability(known, goes_on),
            }
        )
    return entities
