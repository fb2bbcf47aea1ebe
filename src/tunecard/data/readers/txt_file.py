"""Files called .txt, which may hold anything: words with their tags, fastText's lines, a table, plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tunecard.data.readers.conll_file import beginning, open_conll
from tunecard.data.readers.conll_layout import is_tagged
from tunecard.data.readers.csv_file import open_tsv
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.text_file import encoding_of, open_lines, open_text, without_ends

_LABELLED = re.compile(r"__label__(\S+)[ \t]+(.*)$", re.DOTALL)
_MARK = "__label__"


def open_txt(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .txt file to learn from. Raises: DataError: plain text, or what the reader of its form says."""
    lines = [line for line in beginning(path, options) if line.strip()]
    if lines and all(line.startswith(_MARK) for line in lines):
        return _open_labelled(path, stack, options)
    is_table = len(lines) > 1 and len({line.count("\t") for line in lines}) == 1 and "\t" in lines[0]
    if not is_table or is_tagged(lines) or not _is_of_texts(lines):
        return open_conll(path, stack, options)
    records = open_tsv(path, stack, options)
    records.notes["read as a table with tabs"] = 0
    return records


def open_txt_to_predict(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .txt file to predict: words of sentences where its first lines are words with their tags, else plain lines."""
    if not is_tagged(beginning(path, options)):
        return open_lines(path, stack, options)
    records = open_conll(path, stack, options)
    records.notes["read as words with their tags (CoNLL), and not line by line"] = 0
    return records


def _is_of_texts(lines: list[str]) -> bool:
    """Whether the first column of a table mostly holds more than one word."""
    first = [line.split("\t", 1)[0].strip() for line in lines[1:]]
    return sum(" " in value for value in first) * 2 > len(first)


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
