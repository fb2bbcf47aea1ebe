"""What is taken for what: a matrix where it can be read, else the most confused pairs."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.confusion import confusion_of, most_confused
from tunecard.card.markdown import escape
from tunecard.card.numbers import count
from tunecard.evidence import Findings

MOST_LABELS = 12
MOST_PAIRS = 12
SHOWN_MISTAKES = 2


def is_matrix(labels: list[str]) -> bool:
    """Whether there are few enough labels for a matrix that a phone can show."""
    return len(labels) <= MOST_LABELS


def shown_pairs(findings: Findings) -> list[tuple[str, str, int]]:
    """(gold, predicted, count) of the most confused pairs."""
    return most_confused(findings, facts.scored_split(findings))[:MOST_PAIRS]


def unit_of(findings: Findings) -> str:
    """What is counted."""
    return "words" if facts.is_token_task(findings) else facts.row_word(findings)


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [f"results.{facts.scored_split(findings)}.confusion"]


def words(findings: Findings) -> str:
    """Each label with how often it is right and its most frequent mistakes, or the pairs that are drawn."""
    found = confusion_of(findings, facts.scored_split(findings))
    pairs = shown_pairs(findings)
    if found is None or not pairs:
        return ""
    labels, counts = found
    unit = unit_of(findings)
    if not is_matrix(labels):
        said = ", ".join(f"{escape(gold, 60)} read as {escape(other, 60)} {count(n)} times" for gold, other, n in pairs)
        return f"The most confused pairs of {len(labels)} labels, in {unit}: {said}."
    rows = [_row(labels, label, row) for label, row in zip(labels, counts, strict=True) if any(row)]
    return f"Confusion of true and predicted labels, in {unit}. {'. '.join(rows)}."


def _row(labels: list[str], label: str, row: list[int]) -> str:
    mistakes = [(number, other) for number, other in zip(row, labels, strict=True) if number and other != label]
    mistakes.sort(key=lambda pair: (-pair[0], pair[1]))
    told = [f"read as {escape(other, 40)} {count(number)}" for number, other in mistakes[:SHOWN_MISTAKES]]
    return ", ".join([f"{escape(label, 40)}: right {count(row[labels.index(label)])}", *told])
