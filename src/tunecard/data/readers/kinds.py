"""What kind of file lies there, by its name: `rows.csv.gz` is a csv, and so is a .zip that holds one csv alone."""

from __future__ import annotations

from pathlib import Path, PurePath

from tunecard.untrusted.bounded_packing import PACKED, ZIP, member_name
from tunecard.untrusted.plain_files import UnfitFile


def kind_of(path: Path) -> str:
    """The suffix that says how to read a file, in lower case; what it is packed with does not count.

    Raises: UnfitFile: a .zip that does not hold one file.
    """
    return PurePath(member_name(path) if path.suffix.lower() == ZIP else unpacked_name(path.name)).suffix.lower()


def kind_or_none(path: Path) -> str:
    """The same, "" where a .zip does not hold one file."""
    try:
        return kind_of(path)
    except (UnfitFile, OSError):
        return ""


def is_packed(path: Path) -> bool:
    """Whether a file is packed."""
    return path.suffix.lower() in PACKED


def stem_of(name: str) -> str:
    """A file's name without what says its kind.

    >>> stem_of("train-00000-of-00002.jsonl.gz"), stem_of("train.csv"), stem_of("owner/v1.5")
    ('train-00000-of-00002', 'train', 'owner/v1')
    """
    plain = unpacked_name(name)
    return plain.removesuffix(PurePath(plain).suffix)


def unpacked_name(name: str) -> str:
    """A file's name without the ending that says how it is packed."""
    return name.removesuffix(PurePath(name).suffix) if PurePath(name).suffix.lower() in PACKED else name
