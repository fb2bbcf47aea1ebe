"""CoNLL files: a word a line with its tag and whatever else, parted by tabs or blanks; a blank line ends a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from tunecard.data.readers.conll_columns import RANGE, TAG
from tunecard.data.readers.conll_layout import DOCSTART, Layout, find_layout, is_tagged
from tunecard.data.readers.csv_file import open_tsv
from tunecard.data.readers.inline_words import are_inline, fields_of, one_a_line
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.separators import first_lines
from tunecard.data.readers.text_file import encoding_of, open_text, without_ends
from tunecard.data.readers.word_prefixes import prefix_of_words, without_prefix
from tunecard.errors import DataError

SAMPLE_LINES = 5_000
LONGEST = 100_000  # lines of a sentence, which is held whole
_COMMENT = re.compile(r"#\s*[\w.:-]+\s*=")  # "# text = ..."
_SKIPPED = "comment lines skipped"
_RANGES = "words written as one, or not written (CoNLL-U), skipped"
Lines = list[tuple[int, list[str]]]  # the number of a line, and its fields


def open_conll(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """Sentences as the columns `tokens` and `tags`, and every column of the file as `column 1`, `column 2`...

    `-DOCSTART-` lines, comments and a header are left out. A file with one field a line has no tags. A column with one
    value a sentence is that value, any other a list.

    Raises: DataError: plain text, or columns that cannot be told.
    """
    first = beginning(path, options)
    lines = without_ends(open_text(path, stack, options))
    told = dict(encoding_of(path, options).notes)
    is_inline = are_inline([line for line in first if line.strip()])
    prefix = prefix_of_words(path, first, options)
    if is_inline:
        told["read as a sentence a line, each word with its tag after |"] = 0
        first = one_a_line(first)
    elif prefix:
        told[f"{prefix!r} before every word is left out"] = 0
        first, lines = list(without_prefix(first, prefix)), without_prefix(lines, prefix)
    layout = find_layout(first, path.name, options)
    notes = {**told, **layout.notes}
    sentences = _inline(lines) if is_inline else _sentences(lines, path.name, layout, notes)
    rows = chain.from_iterable(_records(sentence, layout, notes) for sentence in sentences)
    further = [f"column {place + 1}" for place in range(layout.width)] if layout.width > 2 else []
    return Records(
        path.name,
        ["tokens", *(["tags"] if layout.tags is not None else []), *further],
        rows,
        is_turned=True,
        notes=notes,
    )


def open_conll_or_tsv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .tsv file as CoNLL where its first lines are words with their tags, else as a table."""
    return (open_conll if is_tagged(beginning(path, options)) else open_tsv)(path, stack, options)


def beginning(path: Path, options: ReadingOptions) -> list[str]:
    """The first lines of a file, without their ends."""
    with ExitStack() as stack:
        return first_lines(without_ends(open_text(path, stack, options)), SAMPLE_LINES)


def _sentences(lines: Iterable[str], file: str, layout: Layout, notes: Notes) -> Iterator[Lines]:
    sentence: Lines = []
    has_header = layout.has_header
    for number, line in enumerate(chain(lines, [""]), 1):
        if not line.strip(" \t") or DOCSTART in line[:40]:
            if sentence:
                yield sentence
            sentence = []
        elif _is_comment(line, layout, bool(sentence)):
            notes[_SKIPPED] = notes.get(_SKIPPED, 0) + 1
        elif has_header:
            has_header = False
        else:
            sentence.append((number, _fields(line, layout)))
            if len(sentence) > LONGEST:
                raise DataError(f"{file} line {number}: a blank line must end a sentence within {LONGEST:,} lines.")


def _inline(lines: Iterable[str]) -> Iterator[Lines]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield [(number, fields) for fields in fields_of(line)]


def _fields(line: str, layout: Layout) -> list[str]:
    fields = layout.split(line)
    while len(fields) > layout.width and not fields[-1]:
        fields.pop()
    return fields


def _is_comment(line: str, layout: Layout, is_inside: bool) -> bool:
    """Whether a line that begins with # is none of a word. Inside a sentence only "# ..." is asked."""
    if not line.startswith("#"):
        return False
    fields = _fields(line, layout)
    if layout.word > 0:
        return True  # a line of words begins with something else
    if len(fields) == layout.width:
        is_tagged_word = layout.tags is None or bool(TAG.match(fields[layout.tags])) or layout.width == 1
        return not is_tagged_word or bool(_COMMENT.match(line))
    return not is_inside or fields[0] == "#"


def _records(sentence: Lines, layout: Layout, notes: Notes) -> list[Record]:
    """A sentence as one row, or a fault for each of its lines that cannot be read."""
    words = [(number, fields) for number, fields in sentence if not _is_range(fields, layout)]
    if len(words) < len(sentence):
        notes[_RANGES] = notes.get(_RANGES, 0) + len(sentence) - len(words)
    faults: list[Record] = [
        Fault(f"line {number}", reason) for number, fields in words if (reason := _fault(fields, layout))
    ]
    if faults or not words:
        return faults
    rows = [fields for _, fields in words]
    varied = next((place for place in layout.constants if len({row[place] for row in rows}) > 1), None)
    if varied is not None:
        return [Fault(f"line {words[0][0]}", f"must have one value of column {varied + 1} in all of a sentence.")]
    return [Row(_values(rows, layout), words[0][0])]


def _is_range(fields: list[str], layout: Layout) -> bool:
    return bool(layout.counters) and len(fields) == layout.width and bool(RANGE.match(fields[layout.counters[0]]))


def _fault(fields: list[str], layout: Layout) -> str:
    if any("\r" in value for value in fields):
        return "must end its lines with \\n or \\r\\n. Got \\r alone, as old Macs write it. Save the file again."
    if len(fields) == layout.width:
        is_whole = fields[layout.word] and (layout.tags is None or fields[layout.tags])
        return "" if is_whole else _no_tag(fields[layout.word])
    if len(fields) == 1 or len([value for value in fields if value]) == 1:
        return _no_tag(fields[0])
    return f"must hold {layout.width} columns as the other lines. Got {len(fields)}."


def _no_tag(word: str) -> str:
    return f"must hold a token and its tag, parted by a tab or a space. Got {word!r} only."


def _values(rows: list[list[str]], layout: Layout) -> dict[str, Any]:
    columns = list(map(list, zip(*rows, strict=True)))
    values: dict[str, Any] = {"tokens": columns[layout.word]}
    if layout.tags is not None:
        values["tags"] = columns[layout.tags]
    if layout.width > 2:
        for place, column in enumerate(columns):
            values[f"column {place + 1}"] = column[0] if place in layout.constants else column
    return values
