"""Which words tell most for each label, over the rows that answer it; or, without the words, how far one leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.examination.explaining import Asked
from tunecard.examination.integrated_gradients import Attribution

LEAST_ROWS = 3  # that hold a word
SHOWN = 3  # words of a label


def telling_words(asked: Sequence[Asked], found: Sequence[Attribution], *, shows_text: bool) -> list[dict[str, Any]]:
    """A record for each label that the answers name: of words in enough rows, the greatest mean share of the
    attribution of the rows that hold them; the label that hangs most on one word first."""
    by_label: dict[str, list[dict[str, float]]] = defaultdict(list)
    for one, of in zip(asked, found, strict=True):
        if one.answer.label:
            by_label[one.answer.label].append(shares_of_words(one, of))
    records = [record for label, rows in by_label.items() if (record := _record(label, rows, shows_text=shows_text))]
    return sorted(records, key=lambda record: (-record["share"], record["label"]))


def shares_of_words(asked: Asked, found: Attribution) -> dict[str, float]:
    """Word to its share of all that the words of the row bring, for and against: between -1 and 1."""
    whole = float(np.abs(found.words).sum()) or 1.0
    shares: dict[str, float] = defaultdict(float)
    for word, brought in zip(asked.words, found.words.tolist(), strict=True):
        shares[word.text] += brought / whole
    return dict(shares)


def _record(label: str, rows: Sequence[dict[str, float]], *, shows_text: bool) -> dict[str, Any] | None:
    several: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for word, share in row.items():
            several[word].append(share)
    means = {word: float(np.mean(shares)) for word, shares in several.items() if len(shares) >= LEAST_ROWS}
    if max(means.values(), default=0.0) <= 0:
        return None
    ranked = sorted(means, key=lambda word: (-round(means[word], 6), word))
    told = {"words": " · ".join(word for word in ranked[:SHOWN] if means[word] > 0)} if shows_text else {}
    return {
        "label": label,
        "rows": len(rows),
        "words_in_several_rows": len(means),
        **told,
        "rows_with_the_first": len(several[ranked[0]]),
        "share": means[ranked[0]],
    }
