"""CoNLL files: a token and its tag a line, parted by a tab or spaces; a blank line ends a sentence."""

from __future__ import annotations

import re
from pathlib import Path

from tunecard.data.readers.text_file import read_lines
from tunecard.errors import DataError
from tunecard.rows.table import Table, table_of

_COMMENT = re.compile(r"#\s*[\w.:-]+\s*=")  # "# text = ..."; a token "#" with its tag is no comment
_TAG = re.compile(r"(O|[BIESLU]-\S+)$")


def read_conll(path: Path) -> Table:
    """Reads sentences as the columns `tokens` and `tags` (first and last field of each line).

    `-DOCSTART-` lines and comments are left out. A file with one field a line has no tags.

    Raises: DataError: empty, not UTF-8, or a line with a token and no tag (each named).
    """
    lines = read_lines(path)
    separator = "\t" if any("\t" in line for line in lines) else None
    sentences = _sentences(lines, separator)
    if not sentences:
        raise DataError(f"{path.name}: has no sentences. Each line must hold a token and its tag.")
    fields = [row for _, rows in sentences for row in rows]
    has_tags = any(len(row) > 1 for row in fields)
    problems = [
        f"{path.name} line {start + i}: must hold a token and its tag, parted by a tab or a space. Got {row[0]!r} only."
        for start, rows in sentences
        for i, row in enumerate(rows)
        if has_tags and (len(row) == 1 or not row[0] or not row[-1])
    ]
    if problems:
        raise DataError(problems)
    columns = {"tokens": [[row[0] for row in rows] for _, rows in sentences]}
    if has_tags:
        columns["tags"] = [[row[-1] for row in rows] for _, rows in sentences]
    return table_of(path.name, columns, [start for start, _ in sentences])


def is_conll(path: Path) -> bool:
    """Whether a .tsv file is CoNLL rather than a table: its first line with content ends in a tag."""
    for line in read_lines(path):
        if line.strip() and not line.startswith(("-DOCSTART-", "#")):
            return "\t" in line and bool(_TAG.match(line.rsplit("\t", 1)[1].strip()))
    return False


def _sentences(lines: list[str], separator: str | None) -> list[tuple[int, list[list[str]]]]:
    sentences: list[tuple[int, list[list[str]]]] = []
    current: list[list[str]] = []
    for number, line in enumerate([*lines, ""], 1):
        is_mark = line.startswith("-DOCSTART-") or (not current and _COMMENT.match(line))
        if line.strip(" \t") and not is_mark:
            current.append(_fields(line, separator))
        elif current:
            sentences.append((number - len(current), current))
            current = []
    return sentences


def _fields(line: str, separator: str | None) -> list[str]:
    # Only ASCII blanks part fields: other white space may be part of a token.
    if separator:
        first, *rest = line.split("\t")
        return [first, *(field.strip(" ") for field in rest)]
    return re.split(r" +", line.strip(" "))
