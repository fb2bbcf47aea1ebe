"""`metadata.json` beside the data: class names in id order, and what the source states about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.errors import DataError
from tunecard.evidence.records.data import STATEMENTS
from tunecard.untrusted.bounded_json import read_json

FILE = "metadata.json"
LARGEST = 20_000_000


@dataclass(frozen=True)
class Metadata:
    """Class names by column, and statements by key; both empty where there is no such file."""

    names: dict[str, list[str]]
    declared: dict[str, str]


def read_metadata(folder: Path) -> Metadata:
    """Reads `metadata.json` in `folder`, if there is one.

    `columns.<name>.names` (or `columns.<name>.of.names` for lists) declares label names in id order; the keys of
    `STATEMENTS` are kept as declared where they are text, or lists of text (joined by commas).

    Raises: DataError: the file is not a JSON object, or names are not a list of different strings.
    """
    path = folder / FILE
    if not path.is_file():
        return Metadata({}, {})
    try:
        content = read_json(path, LARGEST)
    except ValueError as error:
        raise DataError(f"{FILE}: must be a JSON object in UTF-8 ({error}). Mend it or move it away.") from error
    if not isinstance(content, dict):
        raise DataError(f"{FILE}: must be a JSON object. Mend it or move it away.")
    declared = statements_in(content)
    if declared:
        declared["declared_by"] = f"{FILE} beside the data"
    return Metadata(_names(content.get("columns")), declared)


def statements_in(content: Mapping[str, Any]) -> dict[str, str]:
    """Key to text of everything in `content` that a source may state; what is neither text nor a list of it is left."""
    texts = {key: _text_of(content.get(key)) for key in STATEMENTS}
    return {key: text for key, text in texts.items() if text}


def _text_of(value: Any) -> str:
    several = value if isinstance(value, list) else [value]
    return ", ".join(text.strip() for text in several) if several and all(map(_is_text, several)) else ""


def _names(columns: Any) -> dict[str, list[str]]:
    if not isinstance(columns, dict):
        return {}
    found = {}
    for column, about in columns.items():
        names = _find_names(about)
        if names is None:
            continue
        if not all(_is_text(name) for name in names) or len(set(names)) != len(names):
            raise DataError(f"{FILE}: columns.{column}.names must be a list of different names.")
        found[column] = names
    return found


def _find_names(about: Any) -> list[Any] | None:
    if not isinstance(about, dict):
        return None
    if isinstance(about.get("names"), list):
        names: list[Any] = about["names"]
        return names
    return _find_names(about.get("of"))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
