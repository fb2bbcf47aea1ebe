"""The adapters that a server holds, by name: those that stack share one base and one pass, others stand alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tunecard.errors import AdapterError, DataError, TunecardError, nearest
from tunecard.inference import ManyAdapters, Predictor, load, load_many
from tunecard.inference.adapter_folder import read_adapter_folder

Row = tuple[str, Any]
Answer = dict[str, Any]


class Shelf(Protocol):
    """Adapters whose rows go through one model together."""

    @property
    def predictors(self) -> Mapping[str, Predictor]: ...

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """The answer to each row, by the adapter that it names."""
        ...


@dataclass(frozen=True)
class Alone:
    """One adapter that does not stack."""

    name: str
    predictor: Predictor

    @property
    def predictors(self) -> Mapping[str, Predictor]:
        """It."""
        return {self.name: self.predictor}

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """All rows are its."""
        return self.predictor.predict_checked([row for _, row in rows])


@dataclass(frozen=True)
class Library:
    """Every adapter by its name.

    Attributes:
        shelves: in no order that matters.
        folders: name to where it lies.
    """

    shelves: Sequence[Shelf]
    folders: Mapping[str, Path]

    @property
    def names(self) -> list[str]:
        """In the order of their names."""
        return sorted(self.folders)

    def shelf_of(self, name: str) -> Shelf:
        """Raises: KeyError: no such adapter."""
        return next(shelf for shelf in self.shelves if name in shelf.predictors)

    def predictor(self, name: str) -> Predictor:
        """Raises: AdapterError: no such adapter, with the nearest name."""
        if name not in self.folders:
            raise AdapterError(f"no adapter {name[:80]!r}.{nearest(name, self.names)} GET /adapters lists them.")
        return self.shelf_of(name).predictors[name]

    def fault_of(self, name: str, row: Any) -> str | None:
        """What keeps a row from being predicted by that adapter, in a sentence."""
        return self.predictor(name).fault_of(row)

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """The answer to each row, whatever adapters they name; one that fails has `error`."""
        answers: list[Answer] = [{} for _ in rows]
        for shelf in self.shelves:
            places = [place for place, (name, _) in enumerate(rows) if name in shelf.predictors]
            if places:
                found = _by_kind(shelf, [rows[place] for place in places])
                for place, answer in zip(places, found, strict=True):
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


def open_library(folders: Sequence[Path], base: str | None = None, device: str = "auto") -> Library:
    """Loads every folder, those that stack together.

    Raises: TunecardError: a folder that is none, or two of one name.
    """
    named: dict[str, Path] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in named:
            raise AdapterError(f"two folders are called {name}: {named[name]} and {folder}. Rename one of them.")
        named[name] = folder
    groups: dict[tuple[Any, ...], dict[str, Path]] = {}
    for name, folder in named.items():
        facts = read_adapter_folder(folder)
        groups.setdefault((facts.task.name, facts.base_id, facts.revision), {})[name] = folder
    shelves = [shelf for group in groups.values() for shelf in _shelves(group, base, device)]
    return Library(shelves, named)


def _shelves(group: Mapping[str, Path], base: str | None, device: str) -> list[Shelf]:
    """One shelf where all of them stack; else one for those that do, and one for each other."""
    if len(group) > 1:
        try:
            return [_renamed(load_many(list(group.values()), base, device), group)]
        except AdapterError:
            pass
    stacks = {name: folder for name, folder in group.items() if len(group) > 1 and _stacks(folder, base, device)}
    shelves: list[Shelf] = [_renamed(load_many(list(stacks.values()), base, device), stacks)] if len(stacks) > 1 else []
    alone = [name for name in group if len(stacks) <= 1 or name not in stacks]
    return [*shelves, *(Alone(name, load(group[name], base, device)) for name in alone)]


def _stacks(folder: Path, base: str | None, device: str) -> bool:
    try:
        load_many([folder], base, device)
    except AdapterError:
        return False
    return True


def _renamed(many: ManyAdapters, group: Mapping[str, Path]) -> ManyAdapters:
    """By the names of this library."""
    return ManyAdapters(many.model, dict(zip(group, many.predictors.values(), strict=True)))
