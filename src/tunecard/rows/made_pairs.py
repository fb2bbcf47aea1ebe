"""Pairs of texts without labels, from near copies to strangers: what likeness looks like, whatever the task asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Pair = tuple[str, str]
Words = list[str]
Draw = np.random.Generator
Near = Mapping[str, Sequence[str]]
DROPPED = (0.15, 0.3, 0.5)  # shares of words that are left out
REPLACED = (0.2, 0.4, 0.7, 1.0)  # shares of words that become near ones
# How often a copy has near words at all, and how often these are all that is changed.
HAS_NEAR, ONLY_NEAR = 0.6, 0.5


def made_pairs(own: Sequence[Pair], texts: Sequence[str], near: Near, count: int, seed: int) -> list[Pair]:
    """A quarter each of pairs as they came, of strangers, of a text beside a changed copy, and of two changed copies.

    Args:
        own: pairs as the user brings them.
        texts: what the others are made of; a text that is there twice is drawn twice as often.
        near: words that may stand in the place of a word; for words that are not in it none may.
        count: how many pairs; seed: of every draw.
    """
    draw = np.random.default_rng(seed)
    return [_pair(own, texts, near, kind % 4, draw) for kind in range(count)]


def _pair(own: Sequence[Pair], texts: Sequence[str], near: Near, kind: int, draw: Draw) -> Pair:
    if kind == 0:
        return own[int(draw.integers(len(own)))]
    text, other = (texts[int(draw.integers(len(texts)))] for _ in range(2))
    if kind == 1:
        return text, other
    changed = _changed(text, other, near, draw)
    if kind == 2:
        return (text, changed) if draw.random() < 0.5 else (changed, text)
    return _changed(text, other, near, draw), changed


def _changed(text: str, other: str, near: Near, draw: Draw) -> str:
    words, others = text.split(), other.split()
    if not words or not others:
        return text
    if draw.random() < HAS_NEAR:
        share = float(draw.choice(REPLACED))
        words = [_near(word, near, draw) if draw.random() < share else word for word in words]
        if draw.random() < ONLY_NEAR:
            return " ".join(words)
    change = CHANGES[int(draw.integers(len(CHANGES)))]
    return " ".join(change(words, others, draw))


def _near(word: str, near: Near, draw: Draw) -> str:
    others = near.get(word)
    return others[int(draw.integers(len(others)))] if others else word


def _with_words_left_out(words: Words, others: Words, draw: Draw) -> Words:
    share = float(draw.choice(DROPPED))
    return [word for word in words if draw.random() > share] or words[:1]


def _with_a_part_exchanged(words: Words, others: Words, draw: Draw) -> Words:
    length = int(draw.integers(1, max(2, len(words) // 2 + 1)))
    start = int(draw.integers(len(words)))
    return words[:start] + others[:length] + words[start + length :]


def _with_another_end(words: Words, others: Words, draw: Draw) -> Words:
    return words[: int(draw.integers(1, len(words) + 1))] + others[-int(draw.integers(1, len(others) + 1)) :]


def _a_part_alone(words: Words, others: Words, draw: Draw) -> Words:
    start = int(draw.integers(len(words)))
    return words[start : start + int(draw.integers(1, len(words) - start + 1))]


CHANGES: tuple[Callable[[Words, Words, Draw], Words], ...] = (
    _with_words_left_out, _with_a_part_exchanged, _with_another_end, _a_part_alone,
)  # fmt: skip
