"""The folder of one evaluation on a reader's own rows: `evaluations/<name>/` of a run folder, outside its manifest."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import half_folder
from tunecard.evidence.ledger import COMPARISON, PREDICTED, RunFolder

ROWS = "test"  # what the scored rows are called in ids, whatever their split is called where they come from
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST = 60
_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".conll",
            ".txt", ".xlsx", ".arrow")  # fmt: skip


@dataclass(frozen=True, repr=False)
class EvaluationFolder(RunFolder):
    """One predictions file, its findings, and the comparison in words; read and written as a run folder's are."""

    @property
    def comparison(self) -> Path:
        """The comparison for a person, in Markdown."""
        return self.path / COMPARISON

    def predictions(self, split: str, predictor: str | None = None) -> Path:
        """The one file: there is one split, and nobody else predicts it."""
        return self.path / (f"{predictor}.parquet" if predictor else PREDICTED)

    def prediction_files(self) -> list[tuple[str, str | None, Path]]:
        """That file, where it is there."""
        path = self.predictions(ROWS)
        return [(ROWS, None, path)] if path.is_file() else []


def choose_place(folder: RunFolder, data: str, name: str | None, *, overwrite: bool) -> Path:
    """Where an evaluation goes. Asked before anything is computed.

    Args:
        data: what the data is called; gives the name where none is given, numbered where it is taken.
        name: as given by hand.
        overwrite: takes the place of an earlier one of that name.
    Raises: RunFolderError: no name for a folder, or taken.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise RunFolderError(f"--name takes letters, digits, dots, dashes and underscores. Got {name!r}.")
    wanted = folder.evaluations / (name or name_of(data))
    if overwrite or not wanted.exists():
        return wanted
    if name is not None:
        raise RunFolderError(
            "is an evaluation already. Use --overwrite to replace it, or another --name.", place=str(wanted)
        )
    number = 2
    while (numbered := wanted.with_name(f"{wanted.name}-{number}")).exists():
        number += 1
    return numbered


def name_of(data: str) -> str:
    """A name for a folder out of what data is called.

    >>> name_of("rows.csv.gz"), name_of("cardiffnlp/tweet_eval"), name_of("§")
    ('rows', 'cardiffnlp-tweet_eval', 'rows')
    """
    plain = data
    while plain.lower().endswith(_ENDINGS):
        plain = plain.rpartition(".")[0]
    return _UNFIT.sub("-", plain)[:_LONGEST].strip("-._") or "rows"


@contextmanager
def staged_evaluation(place: Path) -> Iterator[EvaluationFolder]:
    """A folder to fill; when the block ends well it stands at `place`, in that of an earlier one, else nothing changed.

    Raises: MachineError: the disk is full, or the run folder may not be written.
    """
    is_new = not place.parent.exists()
    with disk_faults(place):
        place.parent.mkdir(exist_ok=True)
    try:
        with half_folder(place.parent) as beside:
            made = beside / place.name
            made.mkdir()
            yield EvaluationFolder(made)
            with disk_faults(place):
                if place.exists():
                    os.replace(place, beside / f".{place.name}")  # goes with what is around it
                os.replace(made, place)
    finally:
        if is_new and not any(place.parent.iterdir()):
            shutil.rmtree(place.parent, ignore_errors=True)
