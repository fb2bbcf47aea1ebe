"""Which reader opens which kind of file: a new kind is a file in this folder and a line in one of these tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tunecard.data.readers.annotations import open_export
from tunecard.data.readers.annotations.spacy import open_docbin
from tunecard.data.readers.conll_file import open_conll, open_conll_or_tsv
from tunecard.data.readers.csv_file import open_csv, open_tsv
from tunecard.data.readers.jsonl_file import open_json, open_jsonl
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.parquet_file import open_parquet
from tunecard.data.readers.records import Reader, Records
from tunecard.data.readers.text_file import open_lines, open_standard_input
from tunecard.errors import DataError, nearest

STDIN = "-"
_TABLES: dict[str, Reader] = {
    ".csv": open_csv,
    ".tsv": open_tsv,
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
    ".parquet": open_parquet,
}
TRAINING: dict[str, Reader] = {
    **_TABLES,
    ".tsv": open_conll_or_tsv,
    ".json": open_json,
    ".spacy": open_docbin,
    **dict.fromkeys((".conll", ".iob", ".iob2", ".bio", ".txt"), open_conll),
}
TOLD_ONLY = (".spacy",)  # whose reader only says how the file is converted
PREDICTION: dict[str, Reader] = {**_TABLES, ".txt": open_lines}


def open_rows(source: Path | str, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """Opens an input of rows to predict by its suffix, or standard input for `-`.

    Args:
        stack: closes the file.

    Raises: DataError: no such file, an unknown kind of file, an empty one, or what its reader says.
    """
    if str(source) == STDIN:
        return open_standard_input(stack, options)
    path = Path(source)
    if not path.is_file():
        raise no_such_file(path)
    return open_file(path, PREDICTION, stack, options, ", or - for lines")


def open_file(
    path: Path, readers: Mapping[str, Reader], stack: ExitStack, options: ReadingOptions = AS_FOUND, others: str = ""
) -> Records:
    """Opens a file with the reader of its suffix.

    Args:
        others: what else could be given, for the fault.

    Raises: DataError: an unknown kind of file, an empty one, or what its reader says.
    """
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise DataError(
            f"{path.name}: must be one of {', '.join(_read(readers))}{others}. Got {suffix or 'no suffix'!r}."
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: the file is empty. It must hold at least one row.")
    return open_export(readers[suffix](path, stack, options), options.columns, keeps_all=readers is PREDICTION)


def _read(readers: Mapping[str, Reader]) -> list[str]:
    return [suffix for suffix in readers if suffix not in TOLD_ONLY]


def no_such_file(path: Path) -> DataError:
    """The fault of a file that is not there, with the nearest name that is."""
    if not path.parent.is_dir():
        hint = " There is no such folder."
    else:
        hint = nearest(path.name, [other.name for other in path.parent.iterdir() if other.is_file()])
    return DataError(f"{path.name}: no such file in {folder_name(path.parent)}.{hint}")


def folder_name(folder: Path) -> str:
    """A folder as people name it: as given, or by its own name where a path is absolute."""
    return f"folder '{folder.name or folder.resolve().name}'"
