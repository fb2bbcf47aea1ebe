"""YAML that somebody else wrote: counted before it is built, since a few aliases of aliases fill any memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

MOST_CHARACTERS = 5_000_000
MOST_VALUES = 200_000  # the results of a card on the Hub may be tens of thousands
DEEPEST = 50
MOST_ALIASES = 100
MOST_MERGES = 3


class ExcessiveYaml(yaml.YAMLError):
    """YAML that has more of something than anybody writes by hand. Says, for example: "at most 50 levels"."""


def fastest_loader() -> Any:
    """PyYAML's safe loader, in C where it was built with it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str, loader: Any = None, most_values: int = MOST_VALUES, most_aliases: int = MOST_ALIASES) -> Any:
    """The value of a YAML text.

    Args:
        loader: a safe loader of PyYAML, or a subclass of one; None takes the fastest.
        most_values: how many keys, values, lists and mappings it may hold.
        most_aliases: how many times it may repeat a part of itself.
    Raises: yaml.YAMLError: it is not YAML, or has too much of something (`ExcessiveYaml`).
    """
    check_extent(text, most_values, most_aliases)
    try:
        return yaml.load(text, Loader=loader or fastest_loader())  # one of the safe ones
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        # PyYAML's word for a day such as 2024-02-31, a number such as 0x_, and the like
        raise yaml.YAMLError(f"a value cannot be read: {error}") from error


def check_extent(text: str, most_values: int = MOST_VALUES, most_aliases: int = MOST_ALIASES) -> None:
    """Raises: ExcessiveYaml: too long, deep, or full of values, aliases or merge keys. YAMLError: it is not YAML."""
    if len(text) > MOST_CHARACTERS:
        raise ExcessiveYaml(f"at most {MOST_CHARACTERS:,} characters")
    extent = _Extent(most_values, most_aliases)
    try:
        for event in yaml.parse(text, Loader=fastest_loader()):
            extent.add(event)
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError(f"it cannot be read: {error}") from error


@dataclass
class _Extent:
    """What was counted so far; an alias counts as all that it stands for."""

    most_values: int
    most_aliases: int
    values: int = 0
    aliases: int = 0
    merges: int = 0
    open: list[tuple[str | None, int]] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.aliases += 1
            if self.most_aliases == 0:
                raise ExcessiveYaml("no aliases: it repeats parts of itself by aliases, which no run writes")
            self.values += self._size(str(event.anchor))
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, self.values))
            self.values += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open.pop()
            self._name(anchor, self.values - before)
        elif isinstance(event, yaml.ScalarEvent):
            self.values += 1
            self.merges += event.value == "<<"
            self._name(event.anchor, 1)
        self._check()

    def _size(self, anchor: str) -> int:
        if any(name == anchor for name, _ in self.open):
            raise yaml.YAMLError(f"{anchor} contains itself")
        return self.sizes.get(anchor, 1)

    def _name(self, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self.sizes[anchor] = size

    def _check(self) -> None:
        found = (len(self.open), self.values, self.aliases, self.merges)
        bounds = (DEEPEST, self.most_values, self.most_aliases, MOST_MERGES)
        for count, most, what in zip(found, bounds, ("levels", "values", "aliases", "merge keys"), strict=True):
            if count > most:
                raise ExcessiveYaml(f"at most {most:,} {what}")
