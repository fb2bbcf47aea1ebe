"""Which labels are taken for which: the counts of a confusion finding, read once for prose and pictures."""

from __future__ import annotations

from tunecard.evidence import Findings

NOTHING = {"O", "none"}


def confusion_of(findings: Findings, split: str) -> tuple[list[str], list[list[int]]] | None:
    """(labels, counts) with counts[gold][predicted], or None when there is none or it is malformed."""
    value = findings.value(f"results.{split}.confusion")
    if not isinstance(value, dict):
        return None
    labels, counts = value.get("labels"), value.get("counts")
    if not isinstance(labels, list) or not isinstance(counts, list) or len(labels) < 2 or len(counts) != len(labels):
        return None
    if any(not isinstance(row, list) or len(row) != len(labels) for row in counts):
        return None
    return [str(label) for label in labels], [[int(cell) for cell in row] for row in counts]


def most_confused(findings: Findings, split: str) -> list[tuple[str, str, int]]:
    """(gold, predicted, count) of every wrong pair that occurs, most frequent first, ties by name."""
    found = confusion_of(findings, split)
    if found is None:
        return []
    labels, counts = found
    pairs = [
        (gold, said, counts[row][column])
        for row, gold in enumerate(labels)
        for column, said in enumerate(labels)
        if row != column and counts[row][column] > 0
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))
