"""A card as CommonMark reads it: text outside links and code, figures that lead to a record, alternative texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tunecard.card.table_links import RECORDS, shared_links

GAP = "\u2400"
BREAK = f" {GAP} "  # stands for a link or code inside a text: words on its two sides are no neighbours
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Cited:
    """A figure that leads to a record: its text, where it leads, and the line of the card."""

    text: str
    target: str
    line: int


@dataclass
class Reading:
    """What a card says.

    Attributes:
        texts: (line, text) of each block outside links, code and pictures.
        cited: its figures that lead to evidence.json, by a link of their own, of their row or of their column.
        alternatives: (line, alternative text) of its pictures.
        definitions: label to target of its reference definitions.
        doubled: labels that are defined twice.
    """

    texts: list[tuple[int, str]] = field(default_factory=list)
    cited: list[Cited] = field(default_factory=list)
    alternatives: list[tuple[int, str]] = field(default_factory=list)
    definitions: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)


def read_card(markdown: str) -> Reading:
    """Parses a card; its front matter is left out, and lines count from the first of the file."""
    front = FRONT_MATTER.match(markdown)
    skipped = markdown[: front.end()].count("\n") if front else 0
    environment: dict[str, Any] = {}
    tokens = _parser().parse(markdown[front.end() :] if front else markdown, environment)
    reading = Reading()
    shared = shared_links(tokens)
    for place, token in enumerate(tokens):
        if token.type == "inline" and token.children is not None:
            line = skipped + (token.map[0] if token.map else 0) + 1
            _read_inline(token.children, line, reading, shared.get(place))
    references = environment.get("references", {})
    reading.definitions = {label: found["href"] for label, found in references.items()}
    reading.doubled = [found.get("label", "") for found in environment.get("duplicate_refs", [])]
    return reading


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _read_inline(children: Sequence[Token], line: int, reading: Reading, shared: str | None) -> None:
    """One block's text.

    Args:
        shared: where the link of its row or column leads, for a cell of a table that has no link of its own.
    """
    if shared is not None and (said := "".join(_plain(children))):
        reading.cited.append(Cited(said, shared, line))
        reading.texts.append((line, BREAK))
        return
    text, target, inside = "", None, ""
    for place, child in enumerate(children):
        here = line + sum(earlier.type in ("softbreak", "hardbreak") for earlier in children[:place])
        if child.type == "link_open":
            target, inside = str(child.attrGet("href") or ""), ""
        elif child.type == "link_close":
            if target is not None and target.startswith(RECORDS):
                reading.cited.append(Cited(inside, target, here))
            text, target = text + BREAK, None
        elif child.type == "image":
            reading.alternatives.append((here, "".join(_plain(child.children or []))))
        elif target is not None:
            inside += "".join(_plain([child]))
        else:
            text += BREAK if child.type == "code_inline" else "".join(_plain([child]))
    reading.texts.append((line, text))


def _plain(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "code_inline"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
