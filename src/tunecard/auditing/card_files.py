"""From paths to card files, and from a file to its text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tunecard.errors import DataError
from tunecard.evidence.ledger import CARD

LARGEST = 5_000_000
_MARKDOWN = (".md", ".markdown")
_NO_CARDS = frozenset(
    {"license", "licence", "notice", "changelog", "changes", "contributing", "code_of_conduct", "security", "authors"}
)
_SKIPPED = ("node_modules", "site-packages", "__pycache__")


def find_cards(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """The cards at or below some paths, each once.

    Args:
        paths: each a card (.md), a folder with a README.md, or a folder with cards of any name, there or below.

    Raises: DataError: a path does not exist or holds no card; all such paths at once.
    """
    cards: dict[Path, None] = {}
    problems = []
    for path in paths:
        try:
            cards.update(dict.fromkeys(_cards_at(Path(path))))
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError(problems)
    return list(cards)


def read_card(path: Path) -> str:
    """The text of a card.

    Raises: DataError: it is no file, larger than `LARGEST` bytes, not UTF-8, or cannot be opened.
    """
    try:
        if not path.is_file():
            raise DataError("the card is no file that can be read.", place=str(path))
        if path.stat().st_size > LARGEST:
            raise DataError(f"a card is at most {LARGEST // 1_000_000} MB of text. Give a README.md.", place=str(path))
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"a card must be UTF-8, but byte {error.start} is not. Save it as UTF-8.", place=str(path)
        ) from error
    except OSError as error:
        raise DataError(f"the card cannot be read ({error.strerror}).", place=str(path)) from error


def _cards_at(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix.lower() not in _MARKDOWN:
            raise DataError("a card must be a Markdown file (.md). Give a README.md or a folder.", place=str(path))
        return [path]
    if not path.is_dir():
        raise DataError("no such file or folder. Give a README.md, or a folder that holds some.", place=str(path))
    found = _below(path)
    if not found:
        raise DataError("no Markdown file (.md) in this folder or below. Give one that holds cards.", place=str(path))
    return found


def _below(folder: Path) -> list[Path]:
    """The README.md of a folder; else those below and its own files with metadata; else every Markdown file below."""
    if (folder / CARD).is_file():
        return [folder / CARD]
    files = sorted(_markdown(folder))
    return [file for file in files if file.name == CARD or (file.parent == folder and _has_metadata(file))] or files


def _has_metadata(file: Path) -> bool:
    """Whether a file begins as a card does; one that cannot be read is told later."""
    try:
        with file.open("rb") as opened:
            return opened.read(100).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"---")
    except OSError:
        return False


def _markdown(folder: Path) -> Iterator[Path]:
    """The Markdown files of a folder and below that may be cards; what every repository has beside them is none."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        for name in files:
            stem, suffix = os.path.splitext(name.lower())
            if suffix in _MARKDOWN and stem not in _NO_CARDS and not name.startswith("."):
                yield Path(root) / name
