"""The card that an adapter came with: what a person wrote in it, word for word, and what its tables tell of training.

The audit's reading decides where a text belongs and whether a template wrote it; whatever it finds no place for is kept
too, under its headings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard.auditing.card_passages import Passage, heading_key, passages_of
from tunecard.auditing.emptiness import is_placeholder, meaning, title_meaning
from tunecard.auditing.frontmatter import split_card
from tunecard.auditing.placing import Piece, texts_of
from tunecard.evidence import Finding, RunFolder, Source, declared
from tunecard.evidence.records.declared import SECTIONS
from tunecard.foreign.traces import LARGEST, SETTINGS, Trace
from tunecard.hub.fields import BY_VARIABLE, FIELDS
from tunecard.untrusted.plain_files import read_plain_text

SAID_BY = "declared by the README.md that came with the adapter"
SOURCE = "the README.md that came with the adapter"
OTHER = "other"
_NOT_WORDS = re.compile(r"\W+")
_LABEL = re.compile(r"^[\s*_-]*[^:|`]{2,60}:[*_]*(?=\s|$)")
_PLACEHOLDER = re.compile(r"\[?\s*more\s+information\s+needed\s*\]?", re.IGNORECASE)
_STAMP = re.compile(r"^\W*peft\W+[\d.]+\w*$", re.IGNORECASE)
# A recipe's region and provider are those of the machine in front of us; the old card speaks of the one that trained.
_OF_TRAINING = ("region", "cloud_provider")
_KEYS = {variable: key for key, variable in SECTIONS.items() if key not in _OF_TRAINING}
_METADATA = {"license": "license", "language": "language"}
_SETTING = re.compile(r"^\W*([a-z][a-z0-9_]+)\s*:\s*(\S.*)$")
# Columns of Trainer's table of results -> names in its log; any other column is a validation metric.
_COLUMNS = {"training loss": "loss", "validation loss": "eval_loss", "epoch": "epoch", "step": "step"}


@dataclass(frozen=True)
class OldCard:
    """What a card says.

    Attributes:
        declared: key of the recipe's `card:` block to text.
        texts: variable of the template that has no such key, or "other", to its pieces.
        trace: settings and results of training in its lists and tables.
    """

    declared: dict[str, str] = field(default_factory=dict)
    texts: dict[str, list[Piece]] = field(default_factory=dict)
    trace: Trace = field(default_factory=lambda: Trace(SOURCE))


def card_file(adapter: RunFolder) -> Path | None:
    """The card that came with the adapter: kept apart where the folder was completed in its own place before."""
    return next((path for path in (adapter.original_card, adapter.card) if path.is_file()), None)


def read_old_card(path: Path | None) -> OldCard:
    """Reads a card; one that is missing, no text or beyond all size says nothing."""
    if path is None:
        return OldCard()
    try:
        front = split_card(read_plain_text(path, LARGEST, errors="replace"))
    except OSError:
        return OldCard()
    said = {
        variable: written
        for variable, pieces in texts_of(front.body).items()
        if (written := _written(variable, pieces))
    }
    other = _without_place(front.body, said)
    known = {_KEYS[variable]: _joined(pieces) for variable, pieces in said.items() if variable in _KEYS}
    texts = {variable: pieces for variable, pieces in said.items() if variable not in _KEYS}
    return OldCard(
        _from_metadata(front.values or {}) | known,
        texts | ({OTHER: other} if other else {}),
        Trace(SOURCE, _settings(front.body), _log(front.body)),
    )


def told_by_old_card(card: OldCard, declarations: list[Finding], folder: RunFolder) -> list[Finding]:
    """What the old card declares, in the name of that card; what it does not is open, as in any run.

    Args:
        declarations: `declared.*` of the recipe's `card:` block.
        folder: unchanged declarations where it keeps no old card.
    """
    if not folder.original_card.is_file():
        return declarations
    source = folder.source(folder.original_card)
    named = [
        finding.model_copy(update={"method": SAID_BY, "source": source}) if finding.status == "declared" else finding
        for finding in declarations
    ]
    return [*named, *inherited_findings(card, source)]


def inherited_findings(card: OldCard, source: Source) -> list[Finding]:
    """`declared.old.<variable>` for every text that has no key in a recipe; code stands apart as `....code`."""
    findings = []
    for variable, pieces in card.texts.items():
        name = _name(variable)
        for suffix, kind, is_code in (("", "", False), (".code", ", code", True)):
            chosen = [piece for piece in pieces if piece.is_code == is_code]
            if chosen:
                section = variable if variable in BY_VARIABLE else "more_information"
                findings.append(
                    declared(f"declared.old.{variable}{suffix}", _joined(chosen), section=section, method=SAID_BY,
                             name=f"{name}{kind}, by the old card", source=source)
                )  # fmt: skip
    return findings


def _name(variable: str) -> str:
    place = next((one for one in FIELDS if one.variable == variable), None)
    if place is None:
        return "Elsewhere in the card"
    return place.label or (place.heading[-1] if place.heading else {"title": "Title"}.get(place.kind, "Summary"))


def _written(variable: str, pieces: list[Piece]) -> list[Piece]:
    """The pieces that a person wrote; a placeholder inside a sentence is taken out of it."""
    if variable == "model_id":
        return [piece for piece in pieces if title_meaning(piece.text)]
    cleaned = [_cleaned(piece) for piece in pieces if meaning(piece.text, is_code=piece.is_code)]
    return [piece for piece in cleaned if piece.text]


def _cleaned(piece: Piece) -> Piece:
    """The piece as it is, less a template's "More Information Needed" somewhere in it."""
    if not is_placeholder(piece.text):
        return Piece(piece.text.strip(), piece.is_code)
    return Piece(_PLACEHOLDER.sub("", piece.text).strip() if piece.is_code else meaning(piece.text), piece.is_code)


def _joined(pieces: list[Piece]) -> str:
    return "\n\n".join(dict.fromkeys(piece.text for piece in pieces))


def _from_metadata(values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, key in _METADATA.items():
        value = values.get(name)
        words = value if isinstance(value, list) else [value]
        text = ", ".join(word for word in words if isinstance(word, str) and meaning(word))
        found |= {key: text} if text else {}
    return found


def _without_place(body: str, said: Mapping[str, list[Piece]]) -> list[Piece]:
    """Passages that stand nowhere among the texts, each below its headings."""
    known = " ".join(_words(piece.text) for pieces in said.values() for piece in pieces)
    lost: list[Piece] = []
    heading: tuple[tuple[int, str], ...] = ()
    for passage in passages_of(body)[0]:
        text = _whole(passage)
        missing = [line for line in text.split("\n") if _says(line) and not _is_known(line, known)]
        if not missing or (passage.kind == "table" and is_placeholder(text)):  # the audit found its cells empty
            continue
        if passage.headings != heading and passage.headings:
            lost.append(Piece(passage.headings[-1][1]))
        heading = passage.headings
        lost.append(_cleaned(Piece(text if passage.kind == "code" else "\n".join(missing), passage.kind == "code")))
    return lost


def _says(line: str) -> bool:
    """Whether a line holds a person's words: a label with nothing behind it and PEFT's own stamp do not."""
    label = _LABEL.match(line)
    return bool(meaning(_LABEL.sub("", line) if label else line)) and not _STAMP.match(line.strip())


def _is_known(line: str, known: str) -> bool:
    """Whether the line, or what stands behind its label, is among the texts."""
    return _words(line) in known or (bool(_LABEL.match(line)) and _words(_LABEL.sub("", line)) in known)


def _whole(passage: Passage) -> str:
    return "\n".join([passage.text, *(_whole(child) for child in passage.children)])


def _words(text: str) -> str:
    """The letters and digits of a text, for telling whether one holds the other."""
    return f" {_NOT_WORDS.sub(' ', text.lower()).strip()} "


def _settings(body: str) -> dict[str, Any]:
    """`learning_rate: 0.001` and its like, as Trainer lists them."""
    found: dict[str, Any] = {}
    for line in body.split("\n"):
        match = _SETTING.match(line.strip())
        if match and match.group(1) in SETTINGS:
            found.setdefault(match.group(1), _number(match.group(2)) or match.group(2).strip()[:120])
    return found


def _log(body: str) -> list[dict[str, float]]:
    """The rows of Trainer's table of results."""
    for passage in passages_of(body)[0]:
        if passage.kind != "table":
            continue
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")] for line in passage.text.strip().split("\n")
        ]
        names = [_COLUMNS.get(heading_key(cell), "eval_" + heading_key(cell).replace(" ", "_")) for cell in rows[0]]
        if "epoch" in names and "step" in names:
            lines = [dict(zip(names, map(_number, row), strict=False)) for row in rows[2:]]
            return [{key: value for key, value in line.items() if value is not None} for line in lines]
    return []


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if re.fullmatch(r"-?\d+", text.strip()) else value
