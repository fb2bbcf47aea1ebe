"""CoNLL files: a token and its tag a line, parted by a tab or spaces; a blank line ends a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from tunecard.data.readers.csv_file import open_tsv
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.text_file import open_text, without_ends

_COMMENT = re.compile(r"#\s*[\w.:-]+\s*=")  # "# text = ..."; a token "#" with its tag is no comment
_TAG = re.compile(r"(O|[BIESLU]-\S+)$")


def open_conll(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """Sentences as the columns `tokens` and `tags` (first and last field of each line).

    `-DOCSTART-` lines and comments are left out. A file with one field a line has no tags.

    Raises: DataError: UTF-16.
    """
    with ExitStack() as trial:
        separator = "\t" if any("\t" in line for line in open_text(path, trial)) else None
        sentences = _sentences(open_text(path, trial), separator)
        has_tags = any(len(fields) > 1 for _, sentence in sentences for fields in sentence)
    records = (_records(*found, has_tags) for found in _sentences(open_text(path, stack), separator))
    return Records(path.name, ["tokens", "tags"] if has_tags else ["tokens"], chain.from_iterable(records))


def open_conll_or_tsv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A .tsv file as CoNLL where its first line with content ends in a tag, else as a table."""
    return (open_conll if _is_conll(path) else open_tsv)(path, stack, options)


def _is_conll(path: Path) -> bool:
    with ExitStack() as stack:
        for line in open_text(path, stack):
            if line.strip() and not line.startswith(("-DOCSTART-", "#")):
                return "\t" in line and bool(_TAG.match(line.rsplit("\t", 1)[1].strip()))
    return False


def _sentences(lines: Iterable[str], separator: str | None) -> Iterator[tuple[int, list[list[str]]]]:
    """The first line of each sentence, and the fields of its lines."""
    sentence: list[list[str]] = []
    for number, line in enumerate(chain(without_ends(lines), [""]), 1):
        is_mark = line.startswith("-DOCSTART-") or (not sentence and _COMMENT.match(line))
        if line.strip(" \t") and not is_mark:
            sentence.append(_fields(line, separator))
        elif sentence:
            yield number - len(sentence), sentence
            sentence = []


def _fields(line: str, separator: str | None) -> list[str]:
    # Only ASCII blanks part fields: other white space may be part of a token.
    if separator:
        first, *rest = line.split("\t")
        return [first, *(field.strip(" ") for field in rest)]
    return re.split(r" +", line.strip(" "))


def _records(start: int, sentence: list[list[str]], has_tags: bool) -> list[Record]:
    """A sentence as one row, or a fault for each of its lines that lacks a token or a tag."""
    tokens = [fields[0] for fields in sentence]
    if not has_tags:
        return [Row({"tokens": tokens}, start)]
    faults: list[Record] = [
        Fault(
            f"line {start + i}",
            f"must hold a token and its tag, parted by a tab or a space. Got {fields[0]!r} only.",
        )
        for i, fields in enumerate(sentence)
        if len(fields) == 1 or not fields[0] or not fields[-1]
    ]
    return faults or [Row({"tokens": tokens, "tags": [fields[-1] for fields in sentence]}, start)]
