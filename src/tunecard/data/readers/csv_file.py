"""CSV and TSV: every field is text, as written; "null", "NA", "" and 007 mean themselves."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from tunecard.data.readers.headers import Header, read_header
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.data.readers.separators import find_separator, first_lines, rows_or_errors, shown, stated_separator
from tunecard.data.readers.text_file import encoding_of, open_text
from tunecard.data.readers.word_rows import sentences_of
from tunecard.data.readers.written_lists import with_lists
from tunecard.errors import DataError

MAX_FIELD = 2**24  # characters; an unclosed quotation mark must not swallow a whole file into memory


@dataclass(frozen=True)
class _Form:
    """How a table is written: what parts its columns, whether quotation marks quote, lines before its header."""

    separator: str
    quoting: int = csv.QUOTE_MINIMAL
    skipped: int = 0
    notes: Notes = field(default_factory=dict)


def open_csv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A table with a header (RFC 4180 quoting), whose columns are parted by commas, semicolons, tabs or pipes.

    Raises: DataError: no header, a column name twice, a separator that cannot be told.
    """
    return _open(path, stack, options, _form_of(path, options, own=","))


def open_tsv(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """A table with a header, whose columns are parted by tabs unless others part it clearly better.

    Raises: DataError: as `open_csv`.
    """
    return _open(path, stack, options, _form_of(path, options, own="\t"))


def _form_of(path: Path, options: ReadingOptions, own: str) -> _Form:
    with ExitStack() as stack:
        first = first_lines(open_text(path, stack, options, newline=""))
    stated = stated_separator(first[0]) if first else None
    skipped = 1 if stated else 0
    separator = options.delimiter or stated or find_separator(first, own, path.name)
    notes = {} if separator == own or options.delimiter else {f"read with {shown(separator)} between columns": 0}
    return _quoted(path, options, _Form(separator, csv.QUOTE_MINIMAL, skipped, notes))


def _quoted(path: Path, options: ReadingOptions, form: _Form) -> _Form:
    """The same with quoting where that breaks no row or gives more of them than without.

    Two habits exist: writers that quote as in CSV, and files in which a quotation mark is only a character. Where
    commas part columns, the first one is the rule.
    """
    if form.separator == ",":
        return form
    plain = _Form(form.separator, csv.QUOTE_NONE, form.skipped, form.notes)
    read, broken = _count_rows(path, options, form)
    if not broken and not _quotes_lines(path, options, form):
        return form
    plainly, broken_plainly = _count_rows(path, options, plain)
    # Where each line alone is a whole row, marks that open in one and close in a later one are no quotation.
    return plain if plainly > read and (broken or not broken_plainly) else form


def _quotes_lines(path: Path, options: ReadingOptions, form: _Form) -> bool:
    """Whether a quoted field goes over several lines."""
    with ExitStack() as stack:
        stack.callback(csv.field_size_limit, csv.field_size_limit(MAX_FIELD))
        fields = _fields(path, stack, options, form)
        return any(not isinstance(row, Fault) and any("\n" in field_ for field_ in row) for row in fields)


def _count_rows(path: Path, options: ReadingOptions, form: _Form) -> tuple[int, int]:
    """Rows of a table that can be read in this form, and those that cannot."""
    with ExitStack() as stack:
        try:
            rows = _open(path, stack, options, form).rows
        except DataError:
            return -1, 1  # no header is worse than no row
        is_broken = Counter(isinstance(row, Fault) for row in rows)
        return is_broken[False], is_broken[True]


def _open(path: Path, stack: ExitStack, options: ReadingOptions, form: _Form) -> Records:
    stack.callback(csv.field_size_limit, csv.field_size_limit(MAX_FIELD))
    fields = _fields(path, stack, options, form)
    first = next(fields, [])
    if isinstance(first, Fault) or not first:
        found = f"The first row {first.reason}" if isinstance(first, Fault) else "Got an empty line."
        raise DataError(f"{path.name}: must begin with a header that names the columns. {found}")
    with ExitStack() as looking:
        rows = (row for row in _fields(path, looking, options, form) if isinstance(row, list) and row)
        header = read_header(first, islice(rows, 1, None), path.name, options.columns)
    if header.is_row:
        fields = chain([first], fields)
    notes = {**encoding_of(path, options).notes, **form.notes, **header.notes}
    records = Records(path.name, header.columns, _rows(header, fields, notes, form.separator), notes=notes)
    return with_lists(sentences_of(records))


def _fields(path: Path, stack: ExitStack, options: ReadingOptions, form: _Form) -> Iterator[list[str] | Fault]:
    lines = islice(open_text(path, stack, options, newline=""), form.skipped, None)
    kind = "TSV" if form.separator == "\t" else "CSV"
    reader = csv.reader(lines, delimiter=form.separator, quoting=form.quoting, strict=True)  # type: ignore[arg-type]
    for row in rows_or_errors(reader):
        if isinstance(row, csv.Error):
            yield Fault(
                f"line {reader.line_num + form.skipped}",
                f"cannot be read as {kind} ({row}). A field with a quotation mark, the "
                'separator or a line end is written in quotation marks, with "" inside.',
            )
        else:
            yield row


def _rows(header: Header, records: Iterable[list[str] | Fault], notes: Notes, separator: str) -> Iterator[Record]:
    number = blank = 0  # in a file of one column a blank line is an empty text, unless only blank lines follow
    for record in records:
        if record == []:
            blank += header.width == 1
            continue
        yield from (Row({header.names[0]: ""}) for _ in range(blank))
        number, blank = number + blank + 1, 0
        yield record if isinstance(record, Fault) else _row(header, record, number, notes, separator)


def _row(header: Header, fields: list[str], number: int, notes: Notes, separator: str) -> Record:
    if fields == header.repeated:
        return Fault(f"row {number}", "repeats the header, as joined files do. Remove it.")
    beyond = fields[header.width :]
    if beyond and not any(field_.strip() for field_ in beyond):
        notes[_BEYOND] = notes.get(_BEYOND, 0) + 1
    elif len(fields) != header.width:
        which = "the separator" if separator == "," else shown(separator)
        return Fault(
            f"row {number}",
            f"must have {header.width} columns as in the header. Got {len(fields)}. "
            f"Put a text that holds {which} in quotation marks.",
        )
    return Row({name: fields[place] for place, name in header.names.items()})


_BEYOND = "rows with empty fields beyond the header, which are left out"
