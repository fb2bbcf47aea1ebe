"""HTML that people write into Markdown, as the Markdown it stands for: tables, and parts that fold open."""

from __future__ import annotations

import html
import re

_ROW = re.compile(r"<tr\b[^<>]*>(.*?)(?=</tr\b|<tr\b|\Z)", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[hd]\b[^<>]*>(.*?)(?=</t[hd]\b|<t[hd]\b|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,300}>")
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)
_MOST_TABLES = 200
_LONGEST_TABLE = 200_000


def with_plain_tables(body: str) -> str:
    """The Markdown with each HTML table as a table of Markdown; tables in code stay as they are.

    >>> with_plain_tables("<table><tr><th>split</th></tr><tr><td>test</td></tr></table>").split()
    ['|split|', '|---|', '|test|']
    """
    if "<table" not in body.lower():
        return body
    parts, end = [], 0
    fences = [match.start() for match in _FENCE.finditer(body)]
    for found in list(_tables(body))[:_MOST_TABLES]:
        if sum(fence < found[0] for fence in fences) % 2 == 0:
            parts += [body[end : found[0]], _as_markdown(found[2])]
            end = found[1]
    return "".join([*parts, body[end:]])


def _tables(body: str) -> list[tuple[int, int, str]]:
    """Start, end and inside of each table that is closed; found by looking for the bounds, never from every `<`."""
    lowered, found, position = body.lower(), [], 0
    while (start := lowered.find("<table", position)) >= 0:
        end = lowered.find("</table>", start)
        if end < 0:
            break
        found.append((start, end + len("</table>"), body[start:end]))
        position = end + 1
    return found


def _as_markdown(table: str) -> str:
    rows = [[_cell(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(table[:_LONGEST_TABLE])]
    rows = [row for row in rows if row]
    if not rows:
        return "\n\n" + _TAG.sub(" ", table[:_LONGEST_TABLE]) + "\n\n"
    width = max(map(len, rows))
    lines = ["|" + "|".join([*row, *[""] * (width - len(row))]) + "|" for row in rows]
    return "\n\n" + "\n".join([lines[0], "|" + "---|" * width, *lines[1:]]) + "\n\n"


def _cell(content: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", content)).replace("|", "/").split())
