"""How long the rows are, split by split."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.numbers import plain_number
from tunecard.evidence import Findings

ENDS = ("median", "p95", "max")


def lengths_of(findings: Findings) -> dict[str, tuple[float, float, float]]:
    """split -> (median, 95th percentile, longest), in words a row."""
    found = {}
    for split in facts.SPLITS:
        length = facts.mapping_of(findings, f"data.{split}.length")
        if all(isinstance(length.get(end), int | float) for end in ENDS):
            median, high, most = (float(length[end]) for end in ENDS)
            found[split] = (median, high, most)
    return found


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [f"data.{split}.{kind}" for split in lengths_of(findings) for kind in ("length", "length_histogram")]


def words(findings: Findings) -> str:
    """Median, 95th percentile and longest row of each split."""
    said = []
    for split, ends in lengths_of(findings).items():
        median, high, most = map(plain_number, ends)
        said.append(f"{split} median {median}, 95 % up to {high}, longest {most}")
    return f"Words a row by split: {'; '.join(said)}." if said else ""
