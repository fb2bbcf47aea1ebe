"""A value that its key cannot have: what must hold, what came, and the trap of YAML that may have made it so."""

from __future__ import annotations

from typing import Any

from pydantic_core import ErrorDetails

SHOWN = 60


def must_be(key: str, description: str | None, detail: ErrorDetails) -> str:
    """The sentence "KEY must be ...", from pydantic's account of a fault.

    Args:
        description: completes the sentence.
    """
    if detail["type"] == "missing":
        return f"{key} is missing. It must be {description}."
    value = detail["input"]
    shown = repr(list(value) if isinstance(value, tuple) else value)
    shown = shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."
    return f"{key} must be {description}. Got {shown}.{_hint(key, value, detail)}"


def _hint(key: str, value: Any, detail: ErrorDetails) -> str:
    name = key.rpartition(".")[2]
    if isinstance(value, bool) and detail["type"] == "string_type":
        word = "yes" if value else "no"
        return f' YAML reads a bare yes, no, on or off as true or false: quote it, such as "{word}".'
    if isinstance(value, int | float) and detail["type"] == "string_type":
        return f' YAML reads it as a number: quote it, as "{value}".'
    if isinstance(value, list | tuple) and len(value) == 1 and not isinstance(value[0], list | dict):
        return f" Write {name}: {value[0]}, without the brackets."
    if isinstance(value, str) and "," in value and detail["type"] in {"list_type", "tuple_type"}:
        return f" Write a list: {name}: [{', '.join(part.strip() for part in value.split(','))}]."
    return ""
