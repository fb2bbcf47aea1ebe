"""Splits that a source lacks, made from its training rows; and samples. Both depend on the seed and nothing else.

Rows are put in order by a hash of seed, purpose and position, so that the choice is the same under every version of
every library, and a smaller sample is part of a larger one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunecard.data.quality.repeated_rows import row_keys
from tunecard.errors import DataError
from tunecard.rows.dataset import SPLITS, Split
from tunecard.tasks import Task

SHARES = {"test": 0.15, "validation": 0.10}  # test is taken first, so that it depends on no other choice
MAX_MADE_ROWS = 2_000


def make_splits(splits: Mapping[str, Split], task: Task, seed: int, unwanted: Sequence[str] = ()) -> dict[str, Split]:
    """The given splits, and those made from train where validation or test is missing.

    A made split holds 10 % (validation) or 15 % (test) of the training rows, at most 2,000, stratified as the task
    asks; rows of the same normalised text stay on one side. So do rows that belong together: they are of many strata,
    so that such a split is drawn from all of them alike.

    Args:
        unwanted: names of splits that are not made.
    Raises: DataError: train is too small to give a row away.
    """
    made = dict(splits)
    whole = len(splits["train"])
    for name, share in SHARES.items():
        if name in splits or name in unwanted:
            continue
        target = max(1, min(MAX_MADE_ROWS, round(share * whole)))
        chosen = _choose(made["train"], target, _strata(made["train"], task), f"{seed}:{name}")
        if not chosen:
            raise DataError(
                f"train has {whole} rows: too few different ones to make a {name} split. "
                f"Add rows or give a {name} file."
            )
        size = f"{target:,} rows" if target == MAX_MADE_ROWS else f"{share:.0%}".replace("%", " %")
        how = f"stratified by {task.stratified_by}" if made["train"].clusters is None else "whole groups of rows"
        origin = f"made: {size} of train, {how}, seed {seed}"
        made |= _part(made["train"], chosen, name, origin)
    return {name: made[name] for name in SPLITS if name in made}


def take_sample(split: Split, rows: int | None, seed: int) -> Split:
    """A seeded random choice of `rows` rows in their order; the whole split when it has no more."""
    if rows is None or rows >= len(split):
        return split
    order = seeded_order(range(len(split)), f"{seed}:sample:{split.name}")
    sampled = split.take(sorted(order[:rows]))
    note = f"sample of {rows:,} of {len(split):,} rows, seed {seed}"
    return replace(sampled, origin=f"{split.origin}; {note}")


def _strata(split: Split, task: Task) -> list[str]:
    return task.strata(split.labels) if split.clusters is None else [""] * len(split)


def _together(split: Split) -> list[list[int]]:
    """Rows that must stay on one side: of the same text, or of one group, and all that these have in common."""
    group_of: list[int] = list(range(len(split)))  # each row's way to the first row of its group

    def first(row: int) -> int:
        while group_of[row] != row:
            group_of[row] = row = group_of[group_of[row]]
        return row

    for keys in (row_keys(split), split.clusters or range(len(split))):
        seen: dict[Any, int] = {}
        for row, key in enumerate(keys):
            one, other = sorted((first(row), first(seen.setdefault(key, row))))
            group_of[other] = one
    groups: dict[int, list[int]] = {}
    for row in range(len(split)):
        groups.setdefault(first(row), []).append(row)
    return list(groups.values())


def _choose(split: Split, target: int, strata: Sequence[str], salt: str) -> list[int]:
    by_stratum: dict[str, list[list[int]]] = {}
    for rows in _together(split):
        by_stratum.setdefault(strata[rows[0]], []).append(rows)
    sizes = {name: sum(len(rows) for rows in several) for name, several in by_stratum.items()}
    quotas = _quotas(sizes, target)
    chosen: list[int] = []
    for name, several in by_stratum.items():
        first = {rows[0]: rows for rows in several}
        taken = 0
        # The last group of a stratum stays in train: a class that is nowhere in train cannot be learnt.
        for row in seeded_order(list(first), salt)[:-1]:
            if taken + len(first[row]) <= quotas[name]:
                taken += len(first[row])
                chosen += first[row]
    return sorted(chosen)


def _quotas(sizes: Mapping[str, int], target: int) -> dict[str, int]:
    """Whole rows for each stratum that sum to the target: largest remainders, ties by name."""
    total = sum(sizes.values())
    exact = {name: size * target / total for name, size in sizes.items()}
    quotas = {name: int(share) for name, share in exact.items()}
    rest = target - sum(quotas.values())
    for name in sorted(sizes, key=lambda name: (quotas[name] - exact[name], name))[:rest]:
        quotas[name] += 1
    return quotas


def _part(train: Split, chosen: list[int], name: str, origin: str) -> dict[str, Split]:
    left = set(chosen)
    kept = train.take([i for i in range(len(train)) if i not in left])
    note = f"{len(chosen):,} rows became {name}"
    return {
        "train": replace(kept, origin=f"{train.origin}, {note}" if "became" in train.origin else f"given; {note}"),
        name: replace(train.take(chosen), name=name, origin=origin, dropped={}),
    }


def seeded_order(positions: Sequence[int], salt: str) -> list[int]:
    """The positions in an order that `salt` alone decides, the same under every version of every library."""

    def digest(position: int) -> Any:
        return hashlib.blake2b(f"{salt}:{position}".encode(), digest_size=16).digest()

    return sorted(positions, key=digest)


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
