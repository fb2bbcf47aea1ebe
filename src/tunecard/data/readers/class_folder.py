"""A folder a class with a text a file, such as pro/1.txt and con/2.txt: the folder names the class."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.text_folder import FolderTexts, read_text
from tunecard.errors import DataError
from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Part, Table

UNLABELLED = ("unsup", "unlabeled", "unlabelled", "unsupervised")
_TEXTS = (".txt", ".text", "")


def class_folders(folder: Path) -> list[Path]:
    """The folders that name a class, by name; none unless there are two or more, each with texts alone."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))
    named = [path for path in folders if path.name.lower() not in UNLABELLED]
    return named if len(named) > 1 and all(map(_holds_texts, folders)) else []


def read_class_folders(folder: Path, split: str, options: ReadingOptions) -> FolderTexts:
    """The texts of every folder that names a class.

    Raises: DataError: files that are no text; all of them at once.
    """
    columns: dict[str, list[Any]] = {"text": [], "label": [], "file": []}
    read, parts, problems = FolderTexts(Table({}, ()), []), [], []
    for one in class_folders(folder):
        digest, size, names = hashlib.sha256(), 0, []
        for path in _files(one):
            try:
                written, content = read_text(path, options)
            except DataError as error:
                problems.extend(error.problems)
                continue
            digest.update(content)
            size += len(content)
            names.append(path.name)
            text = written.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
            for name, value in zip(columns, (text, one.name, path.name), strict=True):
                columns[name].append(value)
        parts.append(Part(f"{folder.name}/{one.name}", len(names), members=names))
        read.files.append(
            DataFile(
                f"{folder.name}/{one.name}/ ({len(names):,} files end to end)",
                split,
                size,
                digest.hexdigest(),
                len(names),
                as_is=False,
            )
        )
    if problems:
        raise DataError(problems)
    read.table = Table(columns, tuple(parts))
    for one in folder.iterdir():
        if one.is_dir() and one.name.lower() in UNLABELLED:
            read.left_out[f"without a label, in {one.name}/"] = len(list(_files(one)))
    return read


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.is_file() and _is_text(path))


def _holds_texts(folder: Path) -> bool:
    names = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return bool(names) and all(path.is_file() and _is_text(path) for path in names)


def _is_text(path: Path) -> bool:
    suffix = path.suffix.lower()
    return not path.name.startswith(".") and (suffix in _TEXTS or suffix[1:].isdigit())
