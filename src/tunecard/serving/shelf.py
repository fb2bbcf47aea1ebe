"""The adapters that a server answers with, by name: those that stack share one base and its passes, others take turns.

All are known; what they learned is in memory for those that were asked lately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from tunecard.errors import AdapterError, DataError, TunecardError, nearest
from tunecard.inference import Predictor

Row = tuple[str, Any]
Answer = dict[str, Any]


class Shelf(Protocol):
    """Adapters whose rows go through one model together."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """The answer to each row, by the adapter that it names."""
        ...


@dataclass(frozen=True)
class Alone:
    """One adapter that does not stack.

    Attributes:
        predictor: gives it, from memory or disk.
    """

    predictor: Callable[[], Predictor]

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """All rows are its."""
        return self.predictor().predict_checked([row for _, row in rows])


@dataclass(frozen=True)
class Known(Mapping[str, Any]):
    """Names to what can be asked for by name, from memory or disk."""

    names: Mapping[str, Callable[[], Any]]

    def __getitem__(self, name: str) -> Any:
        return self.names[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Library:
    """Every adapter by its name.

    Attributes:
        shelves: name to where its rows go; stacked adapters have one in common.
        predictors: name to what it says of itself and of rows; those of `Alone` without their model.
        folders: name to where it lies.
    """

    shelves: Mapping[str, Shelf]
    predictors: Mapping[str, Predictor]
    folders: Mapping[str, Path]

    @cached_property
    def names(self) -> list[str]:
        """In the order of their names; every request asks for them."""
        return sorted(self.folders)

    def predictor(self, name: str) -> Predictor:
        """Raises: AdapterError: no such adapter, with the nearest name."""
        if name not in self.folders:
            raise AdapterError(f"no adapter {name[:80]!r}.{nearest(name, self.names)} GET /adapters lists them.")
        return self.predictors[name]

    def fault_of(self, name: str, row: Any) -> str | None:
        """What keeps a row from being predicted by that adapter, in a sentence."""
        return self.predictor(name).fault_of(row)

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """The answer to each row, whatever adapters they name; one that fails has `error`."""
        answers: list[Answer] = [{} for _ in rows]
        of_shelf: dict[int, list[int]] = {}
        for place, (name, _) in enumerate(rows):
            of_shelf.setdefault(id(self.shelves[name]), []).append(place)
        for places in of_shelf.values():
            shelf = self.shelves[rows[places[0]][0]]
            for place, answer in zip(places, _by_kind(shelf, [rows[place] for place in places]), strict=True):
                answers[place] = answer
        return answers


def _by_kind(shelf: Shelf, rows: Sequence[Row]) -> list[Answer]:
    """Each row in a pass with those of its kind: texts and pairs do not go together, and one at fault goes alone."""
    try:
        return shelf.predict(rows)
    except TunecardError as error:
        if len(rows) == 1:
            said = error.problems[0] if isinstance(error, DataError) else "the row could not be predicted."
            return [{"error": said.removeprefix("row 0: ")}]
        return [answer for row in rows for answer in _by_kind(shelf, [row])]
