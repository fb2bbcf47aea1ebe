"""Exports of annotation tools: known by the shape of their rows, whatever file they stand in.

What an annotator rejected, ignored or cancelled is left out and counted; whoever only predicts gets every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

from tunecard.data.readers.annotations.export import Broken, Export, LeftOut, Rows, Values
from tunecard.data.readers.annotations.label_studio import read_annotation_rows, read_tasks
from tunecard.data.readers.annotations.marked_texts import read_classed_texts, read_marked_texts
from tunecard.data.readers.annotations.prodigy import read_prodigy
from tunecard.data.readers.annotations.spacy import read_documents
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.errors import DataError
from tunecard.row_faults import RowFault

_SAMPLE = 200
# The first that knows the shape reads the file.
EXPORTS: dict[str, Export] = {
    "an export of Prodigy": read_prodigy,
    "an export of Label Studio": read_tasks,
    "an export of Label Studio, one annotation a row": read_annotation_rows,
    "spaCy's training documents": read_documents,
    "texts with marked spans, as doccano and spaCy write them": read_marked_texts,
    "texts with their class in a list, as doccano and spaCy write them": read_classed_texts,
}


def open_export(records: Records, columns: Mapping[str, str], *, keeps_all: bool = False) -> Records:
    """The rows of an export as rows to learn from; any other table as it is.

    Args:
        columns: role to column, as far as somebody named them.
        keeps_all: gives the rows, too, that are left out, for whoever only predicts.
    Raises: DataError: an export that leaves open which of its answers is meant.
    """
    first = list(islice(records.rows, _SAMPLE))
    again = chain(first, records.rows)
    sample = [row.values for row in first if isinstance(row, Row)]
    rows = _known(records, sample, columns)
    if rows is None:
        return replace(records, rows=again)
    read = _read(rows, again, records.left_out, keeps_all)
    start = list(islice(read, _SAMPLE))
    names = list(dict.fromkeys(column for row in start if isinstance(row, Row) for column in row.values))
    return replace(records, names=names, rows=chain(start, read))


def _known(records: Records, sample: Sequence[Values], columns: Mapping[str, str]) -> Rows | None:
    """How to read the rows, with a note on whose they are."""
    for name, export in EXPORTS.items() if sample else ():
        try:
            rows = export(sample, columns, records.notes)
        except DataError as error:
            raise DataError([RowFault(problem, records.file) for problem in error.problems]) from error
        if rows is not None:
            records.notes[f"read as {name}"] = 0
            return rows
    return None


def _read(rows: Rows, records: Iterator[Record], left_out: dict[str, int], keeps_all: bool) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if isinstance(record, Fault):
            yield record
            continue
        for found in rows(record.values):
            if isinstance(found, Broken):
                yield Fault(f"row {number}", found.reason)
            elif not isinstance(found, LeftOut):
                yield Row(found, None, number)
            elif keeps_all:
                yield Row(found.values, None, number)
            else:
                left_out[found.reason] = left_out.get(found.reason, 0) + 1
