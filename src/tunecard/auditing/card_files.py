"""From paths to card files, and from a file to its text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tunecard.errors import DataError
from tunecard.evidence.ledger import CARD

LARGEST = 5_000_000
_MARKDOWN = (".md", ".markdown")
_SKIPPED = ("node_modules", "site-packages", "__pycache__")


def find_cards(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """The cards at or below some paths, each once.

    Args:
        paths: each a card (.md), a folder with a README.md, or a folder with such folders below.

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
    if (path / CARD).is_file():
        return [path / CARD]
    below = sorted(_below(path))
    if not below:
        raise DataError(f"no {CARD} in this folder or below. Give a folder that holds cards.", place=str(path))
    return below


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        if CARD in files:
            yield Path(root) / CARD
