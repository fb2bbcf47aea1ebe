"""One opened source: raw tables by split, and what the source declares about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tunecard.data.table import Table


@dataclass(frozen=True)
class DataFile:
    """One file that rows were read from, by its own name and never by its path.

    Attributes:
        columns: role (text, label...) to the column's name and the kind of its values, e.g. `("intent", "text")`.
    """

    name: str
    split: str
    bytes: int
    sha256: str
    rows: int
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Raw rows by canonical split name.

    Attributes:
        name: Hub id or base name.
        tables: train, validation, test (those present).
        names: column to class names in id order, where declared; `names_from` says by what.
        declared: license, citation, description... with `declared_by`.
        revision: commit of a Hub data set.
        files: what was read from disk, in order; empty for what came from the Hub or as objects.
    """

    name: str
    tables: dict[str, Table]
    names: dict[str, list[str]] = field(default_factory=dict)
    names_from: str = ""
    declared: dict[str, str] = field(default_factory=dict)
    revision: str | None = None
    files: tuple[DataFile, ...] = ()
