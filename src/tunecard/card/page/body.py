"""The card's Markdown as HTML for the standalone page: ids for headings, records beside the text, pictures inside it.

The card's own tags are let through by name; whatever else looks like HTML is shown as text.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tunecard.card.answer import StatusLabel
from tunecard.card.table_links import shared_links
from tunecard.evidence.ledger import EVIDENCE

OWN_TAGS = re.compile(r"<(?:/?details|/summary|summary|br)>")
LABEL = "data-label"
_TAG = re.compile(r"<[^>]*>?")
_RECORD = re.compile(re.escape(EVIDENCE) + r"#L(\d+)")


@dataclass
class Body:
    """What a page is made of: its HTML and the (id, title) of its sections."""

    html: str
    sections: list[tuple[str, str]] = field(default_factory=list)


def body_of(markdown: str, records: Mapping[int, tuple[int, str]], pictures: Mapping[str, bytes]) -> Body:
    """HTML of the card without its front matter.

    Args:
        records: the line of evidence.json on which a record begins -> its number, and what is told of it on hover.
        pictures: path as the card names it -> PNG; one that is missing leaves its words.
    """
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    tokens = parser.parse(markdown)
    sections = _name_headings(tokens)
    for place, target in shared_links(tokens).items():
        _link_whole(tokens[place], target)
    _label_cells(tokens)
    _rewrite(tokens, records, pictures)
    return Body(parser.renderer.render(tokens, parser.options, {}), sections)


def _name_headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Gives every heading an id, as the Hub does, and returns those of level two."""
    sections, taken = [], set()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = "".join(c.content for c in tokens[place + 1].children or [] if c.type in ("text", "code_inline"))
            name = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") or "section"
            while name in taken:
                name += "-1"
            taken.add(name)
            token.attrSet("id", name)
            if token.tag == "h2":
                sections.append((name, title))
    return sections


def _rewrite(tokens: Sequence[Token], records: Mapping[int, tuple[int, str]], pictures: Mapping[str, bytes]) -> None:
    for token in tokens:
        if token.type in ("html_block", "html_inline"):
            token.content = own_tags(token.content)
        elif token.type == "table_open":
            token.type, token.tag, token.content = "html_block", "", '<div class="scroll"><table>\n'
        elif token.type == "table_close":
            token.type, token.tag, token.content = "html_block", "", "</table></div>\n"
        elif token.type in ("th_open", "td_open"):
            kept: dict[str, str | int | float] = {k: v for k, v in token.attrs.items() if k == LABEL}
            token.attrs = kept | ({"class": "right"} if "right" in str(token.attrGet("style")) else {})
        elif token.type == "link_open":
            _lead_to_record(token, records)
        elif token.type == "image":
            _embed(token, pictures)
        if token.children:
            _colour_status(token.children)
            _rewrite(token.children, records, pictures)


def own_tags(content: str) -> str:
    """The content with the card's own tags as they are and every other tag as text."""
    return _TAG.sub(
        lambda found: found.group() if OWN_TAGS.fullmatch(found.group()) else html.escape(found.group()), content
    )


def _label_cells(tokens: Sequence[Token]) -> None:
    """Every cell behind the first of its row names its heading: on a narrow screen cells stand one below another."""
    headings: list[str] = []
    column = 0
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            headings = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            inside = tokens[place + 1].children or []
            headings.append("".join(child.content for child in inside if child.type in ("text", "code_inline")))
        elif token.type == "td_open":
            if 0 < column < len(headings):
                token.attrSet(LABEL, headings[column])
            column += 1


def _link_whole(cell: Token, target: str) -> None:
    """A cell that shares the link of its row or heading gets it as its own, where it shows a figure."""
    if any(character.isdigit() for character in cell.content):
        opens = Token("link_open", "a", 1, attrs={"href": target})
        cell.children = [opens, *(cell.children or []), Token("link_close", "a", -1)]


def _lead_to_record(token: Token, records: Mapping[int, tuple[int, str]]) -> None:
    found = _RECORD.fullmatch(str(token.attrGet("href") or ""))
    known = records.get(int(found.group(1))) if found else None
    if known is not None:
        number, told = known
        token.attrSet("href", f"#record-{number}")
        token.attrSet("title", told)
        token.attrSet("class", "record")
    elif str(token.attrGet("href") or "").startswith("http"):
        token.attrSet("rel", "noreferrer")


def _embed(token: Token, pictures: Mapping[str, bytes]) -> None:
    content = pictures.get(str(token.attrGet("src") or ""))
    if content is None:
        return
    token.attrSet("src", "data:image/png;base64," + base64.b64encode(content).decode())


def _colour_status(children: Sequence[Token]) -> None:
    """The status at the end of a field gets its colour."""
    for token, inner, end in zip(children, children[1:], children[2:], strict=False):
        kinds: tuple[Any, ...] = (token.type, inner.type, end.type)
        if kinds == ("em_open", "text", "em_close") and inner.content in get_args(StatusLabel):
            token.attrSet("class", "mark " + ("gap" if inner.content.startswith("not") else inner.content))
