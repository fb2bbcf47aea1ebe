"""Where an output goes: one file, or a folder with a part file for each of the input's; and where its shards wait."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tunecard.bulk.survey import Part
from tunecard.data.readers.kinds import kind_or_none, stem_of
from tunecard.errors import DataError, RunFolderError
from tunecard.inference.bulk.writing import ENDINGS, LINES, check_output

SHARDS, BOOK = "_shards", "_ledger.json"  # readers of part files pass over what begins so


@dataclass(frozen=True)
class Place:
    """Where everything lies.

    Attributes:
        out: the file or the folder.
        is_folder: which of them.
        suffix: of the files of rows.
        shards: the folder of shards until the output is whole.
        ledger: what tells which rows lie where, when it is.
    """

    out: Path
    is_folder: bool
    suffix: str
    shards: Path
    ledger: Path

    def file_of(self, part: Part, parts: tuple[Part, ...]) -> Path:
        """The part file for a part of the input: of the same stem, numbered where stems repeat."""
        stem = stem_of(part.path.name)
        repeated = Counter(stem_of(other.path.name) for other in parts)[stem] > 1
        number = f"{parts.index(part):05d}-" if repeated else ""
        return self.out / f"{number}{stem}{self.suffix}"


def place_of(out: Path, source: Path) -> Place:
    """A name that ends as a file of rows does is a file, any other a folder, whose parts are written as they came.

    Raises: DataError: another ending, or the input itself. RunFolderError: a folder with files of somebody else in it.
    """
    if out.is_dir() or not out.suffix:
        _check_folder(out, source)
        kind = kind_or_none(
            next((path for path in source.iterdir() if path.is_file()), out) if source.is_dir() else source
        )
        suffix = kind if kind in ENDINGS else LINES
        return Place(out, True, suffix, out / SHARDS, out / BOOK)
    check_output(out, source)
    return Place(out, False, out.suffix.lower(), out.with_name(out.name + SHARDS), out.with_name(out.name + BOOK))


def _check_folder(out: Path, source: Path) -> None:
    if out.exists() and not out.is_dir():
        raise DataError(f"{out.name}: the output must be a folder, or end in {', '.join(ENDINGS)}. Got a file.")
    if (
        out.is_dir()
        and source.exists()
        and (out.samefile(source) or (source.is_file() and out.samefile(source.parent)))
    ):
        raise DataError(f"{out.name}: the output must be another folder than the input's.")
    found = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if found and not {SHARDS, BOOK} & set(found):
        raise RunFolderError(
            f"holds other files ({', '.join(found[:3])}). Choose another folder with --out.", place=str(out)
        )
