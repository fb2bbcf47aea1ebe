"""How much of a large split is looked at where every row costs something, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.data.splits import seeded_order


def places_to_look_at(texts: Sequence[str], most_characters: int, purpose: str) -> list[int]:
    """Places of the texts to look at, in order: all of them, or a seeded choice of at most `most_characters`.

    A single text is looked at however long it is.
    """
    if sum(map(len, texts)) <= most_characters:
        return list(range(len(texts)))
    chosen: list[int] = []
    characters = 0
    for place in seeded_order(range(len(texts)), purpose):
        characters += len(texts[place])
        if characters > most_characters and chosen:
            break
        chosen.append(place)
    return sorted(chosen)


def looked_at_in_words(split: str, looked_at: int, rows: int) -> list[str]:
    """Nothing where all rows were looked at, else one sentence that says which were.

    >>> looked_at_in_words("train", 20, 5000)
    ['a seeded sample of 20 of the 5,000 rows of train was looked at']
    """
    if looked_at >= rows:
        return []
    return [f"a seeded sample of {looked_at:,} of the {rows:,} rows of {split} was looked at"]
