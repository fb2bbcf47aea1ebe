"""Cards as a Markdown reader sees them, for the tests."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)


def parse(markdown: str) -> list[Token]:
    """All tokens, inline ones included, of a card without its front matter."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = []
    for token in parser.parse(FRONT.sub("", markdown, count=1)):
        tokens += [token, *(token.children or [])]
    return tokens


def structure(markdown: str) -> list[tuple[str, str]]:
    """What formats: every token but text, with its tag; link targets and raw HTML in full."""
    found = []
    for token in parse(markdown):
        if token.type in ("text", "inline", "softbreak"):
            continue
        extra = token.content if token.type.startswith("html") else str(token.attrGet("href") or "")
        found.append((token.type, extra or token.tag))
    return found


def headings(markdown: str) -> list[tuple[int, str]]:
    """(level, text) of every heading, in order."""
    tokens = parse(markdown)
    return [
        (int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def front_matter(markdown: str) -> str:
    """The YAML at the top."""
    found = FRONT.match(markdown)
    assert found is not None
    return found.group(1)


def uncited(markdown: str) -> str:
    """The card's Markdown with its citations of records taken off: `[0.741][120]` reads 0.741."""
    return re.sub(r"\[((?:\\.|[^\]\\])*)\](?:\[\d+\]|\(evidence\.json#L\d+\))", r"\1", markdown)
