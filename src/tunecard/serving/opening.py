"""From folders to a library: each folder is checked and read once, and again only when its files have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from tunecard.adapters.learned_parts import LearnedParts
from tunecard.errors import AdapterError, TunecardError
from tunecard.evidence import RunFolder
from tunecard.inference import ManyAdapters, Predictor, load
from tunecard.inference.adapter_folder import AdapterFolder, read_adapter_folder
from tunecard.inference.products import FP32
from tunecard.inference.stack_loader import StackLoader
from tunecard.serving.kept import Kept
from tunecard.serving.shelf import Alone, Known, Library, Shelf

Stamp = tuple[tuple[int, int], ...]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Entry:
    """One folder as it was read.

    Attributes:
        stamp: when its config and weights were written, and their sizes.
        predictor: what it says of itself and of rows; without a model where it does not stack.
        facts: its statements.
        loader: of the stack that it is in; None where it does not stack.
    """

    stamp: Stamp
    predictor: Predictor
    facts: AdapterFolder
    loader: StackLoader | None


class Opener:
    """Opens folders, and keeps what they hold within so many bytes.

    Args:
        base: a folder or id for all of them, in place of the one that each names.
        most_bytes: of what adapters learned, in memory; bases come on top.
        told: is given how many adapters are in memory and their bytes.
        precision: as `load` takes it; in int8 each adapter is merged into a base of its own, and none shares passes.
    """

    def __init__(
        self,
        base: str | None,
        device: str,
        most_bytes: int,
        told: Told = lambda count, size: None,
        precision: str = FP32,
    ) -> None:
        self._base, self._device, self._precision = base, device, precision
        self._loaders: dict[tuple[Any, ...], StackLoader] = {}
        self._entries: dict[Path, Entry] = {}
        self._kept: Kept[Any] = Kept(most_bytes, told)

    def open(self, folders: Sequence[Path]) -> tuple[Library, list[TunecardError]]:
        """All that can be opened, and why others cannot: one that could be before is answered as it was, as long as it
        is in memory. Of two folders of one name the first is taken."""
        named: dict[str, Path] = {}
        faults: list[TunecardError] = []
        for folder in folders:
            name = folder.resolve().name
            try:
                if name in named:
                    raise AdapterError(
                        f"two folders are called {name}: {named[name]} and {folder}. Rename one of them."
                    )
                self._entries[folder] = self._entry(folder)
            except TunecardError as error:
                faults.append(error)
            if folder in self._entries:
                named.setdefault(name, folder)
        for gone in self._entries.keys() - set(named.values()):
            self._kept.drop(str(gone))
            del self._entries[gone]
        return self._library(named), faults

    def _entry(self, folder: Path) -> Entry:
        """As it is known, if its files are as they were. Raises: TunecardError: it cannot be opened."""
        known, now = self._entries.get(folder), stamp_of(folder)
        if known is not None and known.stamp == now:
            return known
        facts = read_adapter_folder(folder)
        if self._precision != FP32:
            return self._alone(folder, now, facts)
        try:
            loader = self._loader_of(facts)
            loader.check(facts)
            parts = loader.parts(facts)
        except AdapterError:
            return self._alone(folder, now, facts)
        self._kept.put(str(folder), parts, parts.bytes)
        return Entry(now, loader.predictor(facts), facts, loader)

    def _alone(self, folder: Path, stamp: Stamp, facts: AdapterFolder) -> Entry:
        """One that shares no pass. Raises: TunecardError: it cannot be loaded at all."""
        predictor = load(folder, self._base, self._device, self._precision)
        self._kept.put(str(folder), predictor, _bytes_of(predictor))
        bare = replace(predictor, engine=replace(predictor.engine, model=nn.Identity()))
        return Entry(stamp, bare, facts, None)

    def _loader_of(self, facts: AdapterFolder) -> StackLoader:
        """One for each base and task; all tasks of a base share its weights."""
        base = (facts.base_id, facts.revision)
        key = (*base, facts.task.name)
        if key not in self._loaders:
            lender = next((loader.model for (*other, _), loader in self._loaders.items() if tuple(other) == base), None)
            self._loaders[key] = StackLoader(facts, self._base, self._device, lender)
        return self._loaders[key]

    def _library(self, named: Mapping[str, Path]) -> Library:
        shelves: dict[str, Shelf] = {}
        stacks: dict[int, list[str]] = {}
        for name, folder in named.items():
            entry = self._entries[folder]
            if entry.loader is None:
                shelves[name] = Alone(partial(self._predictor_of, folder))
            else:
                stacks.setdefault(id(entry.loader), []).append(name)
        predictors = {name: self._entries[folder].predictor for name, folder in named.items()}
        for names in stacks.values():
            loader = self._entries[named[names[0]]].loader
            parts = Known({name: partial(self._parts_of, named[name], self._entries[named[name]]) for name in names})
            shelf = ManyAdapters(loader.model, {name: predictors[name] for name in names}, parts)  # type: ignore[union-attr]
            shelves |= dict.fromkeys(names, shelf)
        return Library(shelves, predictors, dict(named))

    def _parts_of(self, folder: Path, entry: Entry) -> LearnedParts:
        """Raises: AdapterError: the files have changed since they were read; the next look takes them in."""

        def read() -> LearnedParts:
            if entry.loader is None or stamp_of(folder) != entry.stamp:
                raise AdapterError("its files have changed, and are not taken in yet.", place=str(folder))
            return entry.loader.parts_again(entry.facts)

        parts: LearnedParts = self._kept.get(str(folder), read, lambda parts: parts.bytes)
        return parts

    def _predictor_of(self, folder: Path) -> Predictor:
        predictor: Predictor = self._kept.get(
            str(folder), lambda: load(folder, self._base, self._device, self._precision), _bytes_of
        )  # fmt: skip
        return predictor


def stamp_of(folder: Path) -> Stamp:
    """When config and weights were written, and their sizes; of what is not there zeros."""
    run = RunFolder(folder)
    stamps = []
    for path in (run.adapter_config, run.adapter_weights, run.model_config, run.evidence):
        try:
            found = path.stat()
            stamps.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((0, 0))
    return tuple(stamps)


def _bytes_of(predictor: Predictor) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in predictor.engine.model.parameters())
