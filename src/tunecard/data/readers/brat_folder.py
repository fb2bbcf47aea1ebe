"""brat's standoff files: a text a document, such as 1.txt, beside the marked passages in 1.ann (its lines T)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tunecard.data.readers.annotations.marked_spans import canonical
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.text_folder import FolderTexts, read_text
from tunecard.errors import DataError
from tunecard.row_faults import fault_as_read
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Part, Table

MARKS, TEXT = ".ann", ".txt"
_PASSAGE = re.compile(r"T\S*\t(?P<label>\S+) (?P<places>\d+ \d+(?:;\d+ \d+)*)(?:\t(?P<text>.*))?$")
_OTHER = "events, relations, attributes and notes of brat are left out, of lines"
_PARTED = "passages of several pieces are left out"
_UNMARKED = f"a {TEXT} without its {MARKS}"


def holds_marks(folder: Path) -> bool:
    """Whether a folder holds texts beside their marks."""
    return any(path.suffix == MARKS and path.with_suffix(TEXT).is_file() for path in folder.iterdir())


def read_brat_folder(folder: Path, split: str, options: ReadingOptions) -> FolderTexts:
    """The documents of a folder, each with its marked passages, in the order of their names.

    A text without marks of its own is unlabelled and left out. Passages of several pieces are left out and counted.

    Raises: DataError: texts that cannot be read, and lines T that cannot be meant; all of them at once.
    """
    columns: dict[str, list[Any]] = {"text": [], "spans": [], "file": []}
    read = FolderTexts(Table({}, ()), [])
    digest, size, problems = hashlib.sha256(), 0, []
    for path in sorted(one for one in folder.iterdir() if one.suffix == TEXT and one.is_file()):
        if not path.with_suffix(MARKS).is_file():
            read.left_out[_UNMARKED] = read.left_out.get(_UNMARKED, 0) + 1
            continue
        try:
            (text, content), (marks, written) = (read_text(one, options) for one in (path, path.with_suffix(MARKS)))
            passages = list(_passages(text, marks, path.with_suffix(MARKS).name, read.notes))
        except DataError as error:
            problems.extend(error.problems)
            continue
        for one in (content, written):
            digest.update(one)
            size += len(one)
        for name, value in zip(columns, (text, canonical(text, passages, read.notes), path.name), strict=True):
            columns[name].append(value)
    if problems:
        raise DataError(problems)
    rows = len(columns["text"])
    read.table = Table(columns, (Part(folder.name, rows, members=columns["file"]),))
    name = f"{folder.name}/ ({rows:,} texts and their marks, file by file)"
    read.files.append(DataFile(name, split, size, digest.hexdigest(), rows, as_is=False))
    read.notes["read as brat's standoff files, a document a row"] = 0
    return read


def _passages(text: str, marks: str, file: str, notes: Notes) -> Iterator[dict[str, Any]]:
    """The passages of a file of marks. Raises: DataError: lines T that cannot be meant."""
    faults = []
    for number, line in enumerate(marks.splitlines(), 1):
        found = _PASSAGE.match(line)
        if found is not None and ";" in found["places"] and not _touch(found["places"], text):
            notes[_PARTED] = notes.get(_PARTED, 0) + 1
        elif found is not None:
            places = re.findall(r"\d+", found["places"])
            marked = {"text": found["text"]} if found["text"] else {}
            yield {"start": int(places[0]), "end": int(places[-1]), "label": found["label"], **marked}
        elif line.startswith("T"):
            reason = f"must hold T1, a type with its start and end, and the text, parted by tabs. Got {line[:40]!r}."
            faults.append(fault_as_read(reason, f"{file} line {number}"))
        elif line.strip():
            notes[_OTHER] = notes.get(_OTHER, 0) + 1
    if faults:
        raise DataError(faults)


def _touch(places: str, text: str) -> bool:
    """Whether only blanks part the pieces of a passage, as brat writes one that goes on in the next line."""
    pieces = [tuple(map(int, piece.split())) for piece in places.split(";")]
    return all(before[1] <= after[0] and not text[before[1] : after[0]].strip() for before, after in pairwise(pieces))
