"""Values of a bill of materials that more than one part of it uses."""

from __future__ import annotations

from typing import Any

from tunecard.card.markdown import one_line


def without_nothing(record: dict[str, Any]) -> dict[str, Any]:
    """The record without the keys that hold nothing."""
    return {key: value for key, value in record.items() if value not in (None, [], {}, "")}


def licences_of(named: object) -> list[dict[str, Any]] | None:
    """Licences by name: the Hub's ids are not SPDX's, and the schema takes only those as ids."""
    names = named if isinstance(named, list) else [named]
    return [{"license": {"name": one_line(name, 120)}} for name in names if name] or None


def organisation_of(named: str | None) -> dict[str, str] | None:
    """Who, as the schema has it; None where nobody was declared."""
    return {"name": one_line(named, 200)} if named else None
