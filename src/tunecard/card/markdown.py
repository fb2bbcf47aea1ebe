"""Strings from outside into Markdown: labels, file names and declared prose may say anything and format nothing.

Every string that a person, a file or a data set chose passes through `escape`, `code`, `prose` or `paragraphs` before
it enters a card. What comes out shows the same characters to a reader and makes no tag, link, heading, table cell or
status mark.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

HUB = "https://huggingface.co/"
_INERT = str.maketrans(
    {**{mark: "\\" + mark for mark in "`*{}[]|~$"}, "&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;"}
)
_BARE_LINK = re.compile(r"(?i)(?:(?<=https)|(?<=http)|(?<=ftp)|(?<=mailto)|(?<=xmpp)):|(?<=www)\.|@")
_EDGE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINE_START = re.compile(r"^(?:[-+=#]|\d+(?=[.)](?:\s|$)))")
_SAFE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,:;/=+%'()-]*")
_CODE_SPAN = re.compile(r"`([A-Za-z0-9][A-Za-z0-9 _.,:;/=+%-]*)`")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/?#@&=+%:,;-]*)?")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_LINK = re.compile(r"\[((?:[^\]\\]|\\.)*)\](?:\[\d+\]|\([^)\s]*\))")
_HIDDEN = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_UNSHOWN_CATEGORIES = {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}


def one_line(text: object, limit: int | None = None) -> str:
    """The text without control characters, direction marks or line breaks, cut to `limit` characters.

    >>> one_line("a\\n\\tb")
    'a b'
    """
    shown = str(text)
    if not (shown.isascii() and shown.isprintable()):  # else there is nothing to hide
        shown = "".join(" " if unicodedata.category(c) in _UNSHOWN_CATEGORIES else c for c in shown if c not in _HIDDEN)
    line = " ".join(shown.split())
    return line if limit is None or len(line) <= limit else line[: limit - 3].rstrip() + "..."


def escape(text: object, limit: int | None = None) -> str:
    """The text as inert Markdown on one line, fit for a paragraph, a list item or a table cell.

    >>> escape("B-cell_type | <b>")
    'B-cell_type \\\\| &lt;b&gt;'
    """
    line = one_line(text, limit).translate(_INERT)
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    line = _BARE_LINK.sub(lambda match: "\\" + match.group(), line)
    return _LINE_START.sub(_guard_line_start, line)


def prose(text: object, limit: int | None = None) -> str:
    """Like `escape`, for our own reasons and methods: `simple code` between backticks stays code."""
    pieces = _CODE_SPAN.split(one_line(text, limit))
    return "".join(f"`{piece}`" if index % 2 else _inner(piece) for index, piece in enumerate(pieces)).strip()


def paragraphs(text: object) -> str:
    """Declared prose: blank lines part paragraphs, everything else is inert."""
    return "\n\n".join(escape(part) for part in re.split(r"\n\s*\n", str(text).replace("\r", "\n")) if part.strip())


def code(text: object, limit: int | None = None) -> str:
    """The text as a code span where that is safe, else escaped."""
    line = one_line(text, limit)
    return f"`{line}`" if _SAFE_CODE.fullmatch(line) else escape(line)


def is_web_address(text: object) -> bool:
    """Whether this is a plain http(s) address and nothing else."""
    return isinstance(text, str) and bool(_WEB_ADDRESS.fullmatch(text))


def web_link(address: object) -> str:
    """A declared web address as a link when it is a plain http(s) one, else as inert text."""
    line = one_line(address)
    return f"<{line}>" if is_web_address(line) else escape(line)


def is_repository_id(name: object) -> bool:
    """Whether the Hub would take this as `name` or `owner/name`."""
    return isinstance(name, str) and bool(_REPOSITORY.fullmatch(name)) and "--" not in name and ".." not in name


def hub_link(repository: str, *, kind: str = "") -> str:
    """A link to a repository on the Hub (`kind` is "datasets/" for data), or the escaped name."""
    return f"[{escape(repository)}]({HUB}{kind}{repository})" if is_repository_id(repository) else escape(repository)


def fenced(text: str, language: str = "") -> str:
    """A fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table from cells that are Markdown already; the first column is left-aligned, the others right."""
    rule = ["---", *["--:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def left_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words: all columns left-aligned."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *rows])


def bullets(items: Iterable[str]) -> str:
    """A list from Markdown items."""
    return "\n".join(f"- {item}" for item in items)


def details(summary: str, body: str) -> str:
    """A block that a reader opens; `summary` is our own words."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def listing(words: Sequence[str], most: int = 8) -> str:
    """Words in a row: "a, b and c", or the first ones "and others".

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) > most:
        return ", ".join(words[: most - 3]) + " and others"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def plain_words(markdown: str) -> str:
    """Inert Markdown as text for readers that know no Markdown: links are their words, marks are gone.

    >>> plain_words("**Weak:** a\\\\_b [0.90][12] (n = [3][4]), `x y`")
    'Weak: a_b 0.90 (n = 3), x y'
    """
    text = _LINK.sub(r"\1", markdown).replace("**", "").replace("`", "")
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


def _inner(piece: str) -> str:
    """Escapes a piece between code spans; keeps the blanks at its ends."""
    body = piece.strip()
    if not body:
        return piece
    return piece[: len(piece) - len(piece.lstrip())] + escape(body) + piece[len(piece.rstrip()) :]


def _guard_line_start(match: re.Match[str]) -> str:
    found = match.group()
    return found + "\\" if found.isdigit() else "\\" + found
