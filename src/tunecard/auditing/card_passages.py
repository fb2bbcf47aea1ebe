"""A card as passages: each paragraph, list item, table and code block under the headings it stands under.

Only the block structure of CommonMark is parsed, so that a `# comment` in a code block or a heading inside an HTML
comment is never taken for a heading of the card.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PassageKind = Literal["paragraph", "item", "table", "code"]

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HTML_HEADING = re.compile(
    r"<h([1-6])\b[^<>]*>(.{0,300}?)</h\1\s{0,9}>|<summary\b[^<>]*>(.{0,300}?)</summary\s{0,9}>|(</details\s{0,9}>)",
    re.DOTALL | re.IGNORECASE,
)
_NO_HEADING = re.compile(r"^(?:click|tap|show|hide|expand|open|see|view|toggle|details|more)\b")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]{1,100}\]:[ \t]+\S")
_OPTIONAL = re.compile(r"[\[(]\s*optional\s*[\])]|\(s\)", re.IGNORECASE)
_NUMBERING = re.compile(r"^\d+(?:\.\d+)*[.)]?\s+(?=\D)|^(?:\d+[.)、])+|^[一二三四五六七八九十]{1,3}[、.\uff0e]\s*")
_NOT_WORD = re.compile(r"[\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_TABLE_RULE = frozenset("|:- \t")
_LONGEST_KEY = 200
_DEEPEST_FOLD = 6
_SETEXT_SENTENCE = 60


@dataclass(frozen=True)
class Passage:
    """One block: its headings from the outermost to the innermost (with their levels), its kind and its Markdown.

    `language` is what a code block says of itself ("python").
    """

    headings: tuple[tuple[int, str], ...]
    kind: PassageKind
    text: str
    children: tuple[Passage, ...] = ()
    language: str = ""


def without_comments(text: str) -> str:
    """The text less its HTML comments; an unclosed comment runs to the end, as browsers show it."""
    return _COMMENT.sub("", text) if "<!--" in text else text


def without_tags(text: str) -> str:
    """The text less HTML tags; their content stays."""
    return _TAG.sub(" ", text) if "<" in text else text


def without_definitions(body: str) -> str:
    """The Markdown less the link definitions that close it: a reader never sees them, and a card may have hundreds.

    >>> without_definitions("F1 [0.7][1]\\n\\n[1]: evidence.json#L7\\n")
    'F1 [0.7][1]'
    """
    lines = body.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _DEFINITION.match(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def heading_key(text: str) -> str:
    """A heading or label by its words alone: no case, accents, mark-up, numbering, "[optional]" or plural in brackets.

    >>> heading_key("## 3. Out-of-Scope Use [optional]:"), heading_key("Données d'évaluation")
    ('out of scope use', 'donnees d evaluation')
    """
    plain = _LINK.sub(r"\1", _OPTIONAL.sub(" ", without_tags(without_comments(text[:_LONGEST_KEY]))))
    plain = _NUMBERING.sub("", html.unescape(plain).strip("#*_ \t"))
    return _NOT_WORD.sub(" ", _folded(plain).replace("&", " and ").replace("'s", "s")).strip()


def _folded(text: str) -> str:
    """The text in small letters; those of Latin scripts without their accents, full-width ones as narrow ones."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", parts))


def passages_of(body: str) -> tuple[list[Passage], tuple[tuple[int, str], ...]]:
    """Splits the Markdown below the front matter.

    Returns: the passages in order, and all headings with their levels in order.
    """
    reader = _Reader(_parser().parse(body))
    reader.read()
    return reader.passages, tuple(reader.headings)


def _is_rule(line: str) -> bool:
    """Whether this is the line of dashes below the head of a table."""
    return "|" in line and "-" in line and _TABLE_RULE.issuperset(line)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


class _Reader:
    """Walks the block tokens once and keeps the path of headings."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.path: list[tuple[int, str]] = []
        self.headings: list[tuple[int, str]] = []
        self.passages: list[Passage] = []
        self.folded: list[tuple[int, str]] = []

    def read(self) -> None:
        index = 0
        while index < len(self.tokens):
            index = self._block(index)

    def _block(self, index: int) -> int:
        """Takes the block that starts at `index`; returns the index after it."""
        token = self.tokens[index]
        end = self._end(index)
        if token.type == "heading_open":
            self._heading(token, self.tokens[index + 1].content)
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self.passages.extend(self._items(index, end))
        elif token.type == "paragraph_open":
            self._paragraph(self.tokens[index + 1].content)
        elif token.type in ("fence", "code_block"):
            self._add("code", token.content, token.info.strip().lower())
        elif token.type == "html_block":
            self._html(token.content)
        else:
            self._add("paragraph", self._text(index, end))
        return end

    def _paragraph(self, text: str) -> None:
        """A paragraph, or a table with the lines above it; telling them apart here is thrice as fast as the parser."""
        lines = text.split("\n")
        rule = next((row for row, line in enumerate(lines) if row and _is_rule(line)), None)
        if rule is None or "|" not in lines[rule - 1]:
            self._add("paragraph", text)
            return
        self._add("paragraph", "\n".join(lines[: rule - 1]))
        self._add("table", "\n".join(lines[rule - 1 :]))

    def _end(self, index: int) -> int:
        """The index after the block that opens at `index`."""
        token = self.tokens[index]
        if token.nesting != 1:
            return index + 1
        end = index + 1
        while self.tokens[end].level != token.level or self.tokens[end].nesting != -1:
            end += 1
        return end + 1

    def _text(self, start: int, end: int) -> str:
        """All inline and code text of a range of tokens, a line each."""
        kinds = ("inline", "fence", "code_block", "html_block")
        return "\n".join(token.content for token in self.tokens[start:end] if token.type in kinds)

    def _items(self, start: int, end: int) -> list[Passage]:
        """The items of a list, with nested items as children."""
        found = []
        index = start + 1
        while index < end - 1:
            stop = self._end(index)
            found.append(self._item(index, stop))
            index = stop
        return found

    def _item(self, start: int, end: int) -> Passage:
        own: list[str] = []
        children: list[Passage] = []
        index = start + 1
        while index < end - 1:
            stop = self._end(index)
            if self.tokens[index].type in ("bullet_list_open", "ordered_list_open"):
                children.extend(self._items(index, stop))
            else:
                own.append(self._text(index, stop))
            index = stop
        return Passage(tuple(self.path), "item", without_comments("\n".join(own)), tuple(children))

    def _heading(self, token: Token, text: str) -> None:
        if token.markup in ("-", "=") and len(text) > _SETEXT_SENTENCE:
            self._add("paragraph", text)  # a sentence above a rule that its author forgot to part with a blank line
            return
        self._descend(int(token.tag[1]), text)

    def _descend(self, level: int, text: str) -> None:
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        shown = without_tags(without_comments(text)).strip()
        self.path.append((level, shown))
        self.headings.append((level, shown))

    def _html(self, content: str) -> None:
        """HTML: comments are nothing, `<h2>` and `<summary>` are headings, other tags leave their text."""
        rest = without_comments(content)
        position = 0
        for found in _HTML_HEADING.finditer(rest):
            self._add("paragraph", rest[position : found.start()])
            if found.group(1):
                self._descend(int(found.group(1)), found.group(2))
            elif found.group(4):
                self._fold()
            else:
                self._unfold(found.group(3))
            position = found.end()
        self._add("paragraph", rest[position:])

    def _unfold(self, summary: str) -> None:
        """What is folded away stands under its summary, one level below the heading that it stands under."""
        shown = without_tags(summary).strip()
        if len(self.folded) < _DEEPEST_FOLD and heading_key(shown) and not _NO_HEADING.search(heading_key(shown)):
            level = max(1, self.path[-1][0] if self.path else 0) + 1
            self.folded.append((level, shown))
            self.path.append((level, shown))

    def _fold(self) -> None:
        """The end of a part that folds: what follows stands where the part began."""
        if self.folded:
            heading = self.folded.pop()
            if heading in self.path:
                del self.path[self.path.index(heading) :]

    def _add(self, kind: PassageKind, text: str, language: str = "") -> None:
        kept = text if kind == "code" else without_comments(text)
        if kept.strip():
            self.passages.append(Passage(tuple(self.path), kind, kept, language=language))
