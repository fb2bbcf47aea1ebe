"""How a line begins: with a label before a colon, or with words in bold that stand for a heading."""
# ruff: noqa: RUF001 (full-width colons are what some languages write)

from __future__ import annotations

import re
from dataclasses import dataclass

from tunecard.auditing.card_passages import heading_key
from tunecard.auditing.emptiness import meaning
from tunecard.auditing.places import field_of_label, fields_of_bold

_LABEL = re.compile(
    r"^\s*(?:[-*+•]\s+)?(?:[^\w\s*_|`:]{1,4}\s?)?(\*\*|__)?\s*([^:：*_|`]{2,60}?)\s*"
    r"(?:(\*\*|__)\s*[:：]|[:：]\s*(\*\*|__)|:(?=\s|$)|：)\s*(.*)$"
)
_BOLD_LINE = re.compile(r"^\s*(?:[-*+•]\s+)?(\*\*|__)([^*_|`:]{2,60}):?\1:?\s*$")
_RUN_IN = re.compile(
    r"^\s*(?:[-*+•]\s+)?(\*\*|__)([^*_|`:]{2,60}?)"
    r"(?:[.!]\1\s+(?=\S)|\1\s*(?:[.—–]|\s-)\s+(?=\S)|\1\s+(?=[A-Z0-9\[`]))(.*)$"
)
_LONGEST_BOLD = 80


@dataclass(frozen=True)
class LeadIn:
    """The words that a line begins with, and what stands behind them.

    `is_open` says that a colon or a line of its own makes them a label, whatever they say.
    """

    words: str
    rest: str
    is_bold: bool
    is_open: bool = True


def lead_in(line: str) -> LeadIn | None:
    """The label or the bold words that one line begins with, or None.

    >>> lead_in("**Metrics.** F1 of spans."), lead_in("- **License**: mit").words
    (LeadIn(words='Metrics', rest='F1 of spans.', is_bold=True, is_open=False), 'License')
    """
    bold = _BOLD_LINE.match(line[:_LONGEST_BOLD])
    if bold and len(line) <= _LONGEST_BOLD:
        return LeadIn(bold.group(2), "", is_bold=True)
    match = label(line)
    if match:
        return LeadIn(match.group(2), match.group(5), is_bold=bool(match.group(1)))
    run_in = _RUN_IN.match(" ".join(line.split()))
    return LeadIn(run_in.group(2), run_in.group(3), is_bold=True, is_open=False) if run_in else None


def label(line: str) -> re.Match[str] | None:
    """The label that a line begins with; single blanks, so that no row of blanks can slow the pattern down."""
    return _LABEL.match(" ".join(line.split()))


def label_lines(text: str) -> list[str]:
    """A paragraph in pieces that each begin with a label or known bold words; in one piece where none does."""
    pieces: list[str] = []
    for line in text.split("\n"):
        if not pieces or _starts(lead_in(line)):
            pieces.append(line)
        else:
            pieces[-1] += "\n" + line
    return pieces


def is_bare_label(text: str) -> bool:
    """Whether a label stands here with nothing behind it, such as `**Max length:** [More Information Needed]`."""
    match = label(text)
    return bool(match) and not meaning(match.group(5)) if match else False


def _starts(found: LeadIn | None) -> bool:
    if found is None:
        return False
    key = heading_key(found.words)
    return (found.is_bold and found.is_open) or bool(fields_of_bold(key) if found.is_bold else field_of_label(key))
