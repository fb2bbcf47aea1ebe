"""What must not be there at all, whatever it says: states of training, and rows of the data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tunecard.card.eval_records.samples import NOT_SHOWN
from tunecard.evidence.ledger import EVAL_RECORDS, EVAL_SAMPLES, PREDICTIONS
from tunecard.publishing.privacy.columns import first_rows
from tunecard.publishing.privacy.passages import VOCABULARIES
from tunecard.publishing.privacy.patterns import CHECKPOINT, TEXT

COLUMNS = {"row", "label", "prediction", "probabilities", "unseen"}
FACTOR = "factor."
LONGEST_VALUE = 80  # characters; a bin or a tag is a word or two
MOST_VALUES = 64  # a factor has about thirty bins at most
ROWS_OF_DATA = {
    ".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".conll", ".bio", ".iob", ".txt", ".xlsx",
    ".sqlite", ".db",
}  # fmt: skip
_CHECKPOINT = re.compile(
    r"(?:^|/)(?:checkpoints?(?:-\d+)?/|(?:optimizer|scheduler|scaler|training_args|rng_state\w*|random)\."
    r"(?:pt|pth|bin|pkl|safetensors)$|trainer_state\.json$)"
)


def holdings(name: str, path: Path, *, allows_text: bool) -> Iterator[tuple[str, str, str]]:
    """(place, kind, what) of everything in a file that may not be published as it is."""
    if _CHECKPOINT.search(name):
        yield "the file", CHECKPOINT, path.name
    elif allows_text:
        return
    elif name.startswith(f"{PREDICTIONS}/") and path.suffix == ".parquet":
        yield from _texts(path)
    elif name.startswith(f"{EVAL_RECORDS}/") and name.endswith(EVAL_SAMPLES):
        yield from _shown(path)
    elif path.suffix in ROWS_OF_DATA and path.name not in VOCABULARIES and not path.name.endswith("LICENSE.txt"):
        yield "the file", TEXT, path.name


def _shown(path: Path) -> Iterator[tuple[str, str, str]]:
    """Rows of an evaluation's record that hold a text in the place of the note that it is not shipped."""
    begin = NOT_SHOWN.partition("{")[0]
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)["input"]["raw"]
            except (ValueError, KeyError, TypeError):
                raw = line
            if not str(raw).startswith(begin):
                yield f"line {number}", TEXT, f"{len(str(raw))} characters"
                return


def _texts(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        yield "the file", TEXT, "no parquet file"
        return
    for column in names:
        if column not in COLUMNS and not column.startswith(FACTOR):
            yield f"column {column}", TEXT, "no column of predictions"
        elif column.startswith(FACTOR):
            yield from _unbinned(path, column)


def _unbinned(path: Path, column: str) -> Iterator[tuple[str, str, str]]:
    values = first_rows(path, column)
    if len(values) > MOST_VALUES:
        yield f"column {column}", TEXT, f"{len(values)} different values"
    for value, row in values:
        if len(value) > LONGEST_VALUE:
            yield f"column {column}, row {row}", TEXT, f"{len(value)} characters"
            return
