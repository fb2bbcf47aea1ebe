"""A text a line in train_text.txt and its label in the same line of train_labels.txt, as TweetEval has them.

Names of the labels may stand beside them in mapping.txt: an id and a name a line.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.text_folder import FolderTexts, read_text
from tunecard.errors import DataError
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Part, Table

MAPPING = "mapping.txt"
_TEXTS, _LABELS = ("text.txt", "texts.txt"), ("labels.txt", "label.txt")


def paired_files(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """The file of the texts and that of the labels of a split that may have these names; none without both.

    >>> paired_files(Path("no-such-folder"), ("train",))
    []
    """
    files = {path.name.lower(): path for path in folder.iterdir()} if folder.is_dir() else {}
    for name in names:
        found = [
            next((files[f"{name}_{kind}"] for kind in kinds if f"{name}_{kind}" in files), None)
            for kinds in (_TEXTS, _LABELS)
        ]
        if None not in found:
            return [path for path in found if path is not None]
    return []


def are_paired(paths: list[Path]) -> bool:
    """Whether files are one of texts and one of their labels."""
    kinds = [path.name.lower().rpartition("_") for path in paths]
    return [kind in several for (_, _, kind), several in zip(kinds, (_TEXTS, _LABELS), strict=False)] == [
        True,
        True,
    ] and len({name for name, _, _ in kinds}) == 1


def read_paired(paths: list[Path], split: str, options: ReadingOptions) -> FolderTexts:
    """The rows of a split, each label by its name where mapping.txt has one.

    Raises: DataError: another number of labels than of texts, or a file that cannot be read.
    """
    read = FolderTexts(Table({}, ()), [])
    columns = []
    for path in paths:
        written, content = read_text(path, options)
        lines = [line.removesuffix("\r") for line in written.removesuffix("\n").split("\n")]
        digest = hashlib.sha256(content).hexdigest()
        read.files.append(DataFile(path.name, split, len(content), digest, len(lines), as_is=False))
        columns.append(lines)
    texts, labels = columns
    if len(texts) != len(labels):
        raise DataError(
            f"{paths[0].name} and {paths[1].name}: must have as many lines. Got {len(texts):,} texts and "
            f"{len(labels):,} labels."
        )
    names = _names(paths[0].parent / MAPPING, options)
    if names:
        read.notes[f"the names of the labels are those of {MAPPING}"] = 0
    read.notes[f"its lines are the texts, those of {paths[1].name} their labels"] = 0
    labels = [names.get(label.strip(), label.strip()) for label in labels]
    read.table = Table({"text": texts, "label": labels}, (Part(paths[0].name, len(texts)),))
    return read


def _names(path: Path, options: ReadingOptions) -> dict[str, str]:
    """Id to name; nothing where there is no such file."""
    if not path.is_file():
        return {}
    rows = [line.strip().split(None, 1) for line in read_text(path, options)[0].splitlines() if line.strip()]
    if any(len(row) == 1 for row in rows) or len({row[0] for row in rows}) < len(rows):
        raise DataError(f"{path.name}: must hold an id and a name in each line, every id once.")
    return {number: name.strip() for number, name in rows}
