"""One opened source: raw tables by split, and what the source declares about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tunecard.rows.dataset import DataFile
from tunecard.rows.table import Table


@dataclass(frozen=True)
class Source:
    """Raw rows by canonical split name.

    Attributes:
        name: Hub id or base name.
        tables: train, validation, test (those present).
        names: column to class names in id order, where declared; `names_from` says by what.
        ids: of them, those of columns that store ids, as the file itself declares (`ClassLabel`).
        declared: license, citation, description... with `declared_by`.
        revision: commit of a Hub data set; `config`: which of its configurations, where one was named.
        files: what was read from disk, in order; empty for what came from the Hub or as objects.
        notes: what was found and done in reading that a person must be told: a sentence each, naming its file.
        left_out: split to reason to number of rows that the reader left out.
    """

    name: str
    tables: dict[str, Table]
    names: dict[str, list[str]] = field(default_factory=dict)
    names_from: str = ""
    declared: dict[str, str] = field(default_factory=dict)
    revision: str | None = None
    files: tuple[DataFile, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    config: str | None = None
