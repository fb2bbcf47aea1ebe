"""What an annotation tool exports, as rows: which tool by the shape of the first rows, and what of each is gold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tunecard.data.readers.notes import Notes

Values = Mapping[str, Any]


class LeftOut(NamedTuple):
    """A row that its annotators did not vouch for: why, and what it holds all the same, for whoever only predicts."""

    reason: str
    values: dict[str, Any]


class Broken(NamedTuple):
    """A row whose annotations cannot be read, in a sentence."""

    reason: str


Found = dict[str, Any] | LeftOut | Broken


Rows = Callable[[Values], Iterator[Found]]  # one row of the file to one row or several of the table


class Export(Protocol):
    """One tool's form of file."""

    def __call__(self, sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
        """How to read rows of this form; None where the sample is of another.

        Args:
            sample: the first rows of the file.
            columns: role to column, as far as somebody named them.
            notes: told what a person must know, with counts that are complete once the rows are read.
        Raises: DataError: a form of this tool that leaves open which of its answers is meant, with what to type.
        """
        ...


def count(notes: Notes, phrase: str, number: int = 1) -> None:
    """Adds to the count of a note."""
    if number:
        notes[phrase] = notes.get(phrase, 0) + number


def plain(values: Values) -> dict[str, Any]:
    """What of a row is a text, a number or nothing, such as its id: it may identify, slice or group rows."""
    return {
        name: value
        for name, value in values.items()
        if not name.startswith("_") and (value is None or isinstance(value, str | int | float))
    }


def one_of(names: Sequence[Any]) -> Any:
    """A label that a tool wraps in a list: the one in it, None for none; several stay a list, which can be no label."""
    return None if not names else names[0] if len(names) == 1 else list(names)
