"""What a field amounts to: measured, derived, declared, explained, written or empty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tunecard.auditing.emptiness import is_placeholder, meaning, title_meaning
from tunecard.auditing.placing import Piece
from tunecard.hub.fields import Field

State = Literal["measured", "derived", "declared", "explained", "written", "empty"]
STATES: tuple[State, ...] = get_args(State)

_MARK = re.compile(r"(?<![\\*])\*(measured|derived|declared|not measured|not declared)\*(?!\*)", re.IGNORECASE)
_MARK_STATES: dict[str, State] = {
    "measured": "measured",
    "derived": "derived",
    "declared": "declared",
    "not measured": "explained",
    "not declared": "explained",
}
_SHOWN = 200
_LONGEST_GAP = 200
_NOT_TAKEN = re.compile(
    r"(?:\b(?:not|never|cannot|without)|n't)\b(?: \w+){0,2} (?:track|measur|record|logg|estimat|collect|calculat"
    r"|monitor|report|comput|document|evaluat|assess|test|kept|known|public|disclos|available)",
    re.IGNORECASE,
)
# Fields that ask for what was found; elsewhere "it was not tested on speech" is an answer, not a gap.
_FIGURES = frozenset(
    {
        *("funded_by", "speeds_sizes_times", "testing_data", "testing_factors", "testing_metrics", "results"),
        *("results_summary", "model_examination", "hardware_type", "hours_used", "cloud_provider", "cloud_region"),
        *("co2_emitted", "compute_infrastructure", "hardware_requirements"),
    }
)


@dataclass(frozen=True)
class Judgement:
    """The state of one field, why it is empty (or the reason it gives for a gap), and its text in short."""

    state: State
    reason: str | None
    text: str


def judge(field: Field, pieces: Sequence[Piece] | None) -> Judgement:
    """Judges what stands in the place of one field.

    Args:
        field: the field of the template.
        pieces: all passages in its place, in order; None where there is no such passage.
    """
    if pieces is None:
        return Judgement("empty", _why_absent(field), "")
    if field.kind == "title":
        return next((found for piece in pieces if (found := _title(piece)).state != "empty"), _title(pieces[0]))
    mark, text = _marked(pieces)
    if not any(character.isalnum() for character in text):
        return Judgement("empty", _why_empty(pieces, mark), "")
    state: State = _MARK_STATES[mark] if mark else _unmarked(field.variable, text)
    return Judgement(state, _short(text) if state == "explained" else None, _short(text))


def _unmarked(variable: str, text: str) -> State:
    """Prose of unknown origin; where it only says that a figure was not taken, it explains the gap."""
    has_figure = any(character.isdigit() for character in text.replace("CO2", ""))
    is_gap = variable in _FIGURES and len(text) <= _LONGEST_GAP and not has_figure and _NOT_TAKEN.search(text)
    return "explained" if is_gap else "written"


def _title(piece: Piece) -> Judgement:
    name = title_meaning(_MARK.sub("", piece.text))
    mark = _MARK.search(piece.text)
    if not name:
        return Judgement("empty", "the title names no model", "")
    return Judgement(_MARK_STATES[mark.group(1).lower()] if mark else "written", None, _short(name))


def _marked(pieces: Sequence[Piece]) -> tuple[str | None, str]:
    """The last status mark among the pieces, and what they say without marks."""
    mark, said = None, []
    for piece in pieces:
        if piece.is_code:
            said.append(meaning(piece.text, is_code=True))
            continue
        found = _MARK.findall(piece.text)
        mark = found[-1].lower() if found else mark
        said.append(meaning(_MARK.sub(" ", piece.text)))
    return mark, " ".join(text for text in said if text)


def _why_absent(field: Field) -> str:
    if field.kind == "title":
        return "the card has no title"
    if field.kind == "summary":
        return "nothing between title and first section"
    return f'nothing behind "{field.label}"' if field.label else f'nothing under "{field.heading[-1]}"'


def _why_empty(pieces: Sequence[Piece], mark: str | None) -> str:
    if mark:
        return f"*{mark}* alone, without a text before it"
    if any(is_placeholder(piece.text) for piece in pieces):
        return 'placeholder: "More Information Needed"'
    if any(character.isalnum() for piece in pieces for character in piece.text):
        return "template words, none, N/A, TBD or unknown"
    return "nothing under its heading or behind its label"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"
