"""Files called .txt or without an ending: words with their tags, fastText's lines, a table, or plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tunecard.data.readers.conll_file import beginning, open_conll
from tunecard.data.readers.conll_layout import is_tagged
from tunecard.data.readers.csv_file import open_csv, open_tsv
from tunecard.data.readers.inline_words import are_inline
from tunecard.data.readers.kinds import kind_or_none
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.text_file import encoding_of, open_lines, open_text, without_ends

TABLES = (".data", ".dat")  # which hold a table more often than text
_LABELLED = re.compile(r"__label__(\S+)[ \t]+(.*)$", re.DOTALL)
_MARK = "__label__"


def open_txt(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .txt file to learn from. Raises: DataError: plain text, or what the reader of its form says."""
    lines = [line for line in beginning(path, options) if line.strip()]
    if lines and all(line.startswith(_MARK) for line in lines):
        return _open_labelled(path, stack, options)
    return _open_table(path, lines, stack, options) or open_conll(path, stack, options)


def open_txt_to_predict(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .txt file to predict: words of sentences where its first lines are words with their tags, else plain lines."""
    first = beginning(path, options)
    is_named = any(name != "text" for name in options.columns.values())  # lines have no other columns to name
    if is_named and (table := _open_table(path, [line for line in first if line.strip()], stack, options)) is not None:
        return table
    if not is_tagged(first) and not are_inline([line for line in first if line.strip()]):
        return open_lines(path, stack, options)
    records = open_conll(path, stack, options)
    records.notes["read as words with their tags (CoNLL), and not line by line"] = 0
    return records


def _open_table(path: Path, lines: list[str], stack: ExitStack, options: ReadingOptions) -> Records | None:
    """The file as a table, where its first lines are rows of one; else None."""
    if is_tagged(lines) or len(lines) < 2:
        return None
    if "\t" in lines[0] and len({line.count("\t") for line in lines}) == 1:
        if not _is_of_texts(lines):
            return None
        records = open_tsv(path, stack, options)
        records.notes["read as a table with tabs"] = 0
        return records
    is_table = kind_or_none(path) in TABLES and not are_inline(lines) and _are_parted(lines)
    return open_csv(path, stack, options) if is_table else None


def _is_of_texts(lines: list[str]) -> bool:
    """Whether a column of a table mostly holds more than one word."""
    columns = zip(*(line.split("\t") for line in lines[1:]), strict=True)
    return any(sum(" " in value.strip() for value in values) * 2 > len(values) for values in columns)


def _are_parted(lines: list[str]) -> bool:
    """Whether every line holds what parts columns, so that it is a table and no prose."""
    return any(all(mark in line for line in lines) for mark in ",;|")


def _open_labelled(path: Path, stack: ExitStack, options: ReadingOptions) -> Records:
    notes: Notes = {**encoding_of(path, options).notes, f"read as fastText's lines, {_MARK} before the class": 0}
    rows = _labelled(without_ends(open_text(path, stack, options)))
    return Records(path.name, ["text", "label"], rows, is_turned=True, notes=notes)


def _labelled(lines: Iterator[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        found = _LABELLED.match(line)
        if not line.strip():
            continue
        if found is None or found[2].startswith(_MARK):
            yield Fault(f"line {number}", f"must be one {_MARK}CLASS and a text. Got {line[:40]!r}.")
        else:
            yield Row({"text": found[2], "label": found[1]})
