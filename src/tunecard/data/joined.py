"""Several data sets joined into one: what each was, and which of them a row came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.data.source import Source
from tunecard.rows.dataset import SPLITS, Split

FACTOR = "source"
ELSE = "data_source"  # where the recipe slices by a column of that name


def shown_names(sources: Sequence[Source]) -> list[str]:
    """A name for each source that no other has.

    >>> shown_names([Source("mails", {}), Source("mails", {}), Source("web", {})])
    ['mails', 'mails (2)', 'web']
    """
    seen: Counter[str] = Counter()
    shown = []
    for source in sources:
        seen[source.name] += 1
        shown.append(source.name if seen[source.name] == 1 else f"{source.name} ({seen[source.name]})")
    return shown


def origin_factor(sources: Sequence[Source], factors: Sequence[str]) -> str | None:
    """What the factor is called by which scores are told apart by source; None of one source alone."""
    if len(sources) == 1:
        return None
    return ELSE if FACTOR in factors else FACTOR


def lacking(sources: Sequence[Source]) -> list[str]:
    """A sentence for each split that only some of the sources have."""
    told = []
    for split in SPLITS:
        names = shown_names(sources)
        have = [name for name, source in zip(names, sources, strict=True) if split in source.tables]
        if have and len(have) < len(sources):
            rest = ", ".join(name for name in names if name not in have)
            told.append(f"{split} holds rows of {', '.join(have)} alone: {rest} has none")
    return told


def origins_of(
    sources: Sequence[Source], splits: Mapping[str, Split], factors: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """What each source is, and how many rows of it each split holds; nothing of one alone.

    Args:
        factors: those that the recipe names.
    """
    factor = origin_factor(sources, factors)
    if factor is None:
        return ()
    counts = {name: Counter(split.factors[factor]) for name, split in splits.items()}
    return tuple(
        {
            "source": name,
            **({} if source.config is None else {"config": source.config}),
            "revision": source.revision,
            "license": source.declared.get("license"),
            "rows": {split: count[name] for split, count in counts.items()},
        }
        for name, source in zip(shown_names(sources), sources, strict=True)
    )
