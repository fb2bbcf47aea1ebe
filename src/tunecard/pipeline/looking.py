"""A look at data that is only named: opened once, each column by what it holds, before anything is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.data.column_profile import LOOKED_AT, ColumnProfile, profile
from tunecard.data.columns import roles_of_tasks
from tunecard.data.plan import DataPlan, check_plan
from tunecard.data.source import Source
from tunecard.data.sources import open_sources
from tunecard.errors import DataError, nearest
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.wish import AUTO, Wish
from tunecard.rows.table import Table, table_of
from tunecard.tasks import TASKS
from tunecard.tasks.columns import listed
from tunecard.tasks.label_sets import columns_in
from tunecard.tasks.registry import unknown_task


@dataclass(frozen=True)
class Look:
    """Opened sources, and the columns of the split that decides.

    Attributes:
        sources: as they were read, in order.
        table: the first of the rows whose columns decide: those of train.
        profiles: a profile for each of its columns.
    """

    sources: list[Source]
    table: Table
    profiles: list[ColumnProfile]

    @property
    def by_name(self) -> Mapping[str, ColumnProfile]:
        """The profiles by column."""
        return {profile.name: profile for profile in self.profiles}

    def columns_of(self, name: str) -> list[str]:
        """The columns that a role names: one, or several that are read as one."""
        return columns_in(name, self.table)

    def profile_of(self, column: str) -> ColumnProfile:
        """The profile of a column; of several that are read as one, theirs together."""
        return self.by_name.get(column) or ColumnProfile(column, "lists", rows=len(self.table))

    @property
    def notes(self) -> list[str]:
        """What the readers found and did."""
        return [note for source in self.sources for note in source.notes]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each split as it is given."""
        splits = dict.fromkeys(split for source in self.sources for split in source.tables)
        return {split: sum(len(source.tables.get(split, ())) for source in self.sources) for split in splits}

    def repeats(self, name: str, others: Collection[str]) -> bool:
        """Whether a column holds what one of the others holds, as one of a file does beside what it is read as."""
        values = self.table.columns[name]
        return any(other != name and self.table.columns.get(other) == values for other in others)

    def declared_names(self, column: str) -> list[str] | None:
        """Names in id order that the source declares for a column."""
        return next((source.names[column] for source in self.sources if column in source.names), None)


def plan_of(wish: Wish, base_folder: Path) -> DataPlan:
    """How the data is read. Raises: RecipeError, DataError: what was said cannot be meant."""
    if wish.task not in (AUTO, *TASKS):
        raise DataError(unknown_task(wish.task))
    plan = Plans(check_recipe(wish.content(), place="options", settings=wish.settings), base_folder).data()
    check_plan(plan)
    return plan


def look(wish: Wish, base_folder: Path) -> Look:
    """Opens the data. Raises: DataError, MachineError: it cannot be read, or has no column that was named."""
    sources = open_sources(plan_of(wish, base_folder))
    tables = sources[0].tables
    whole = tables.get("train") or next(iter(tables.values()))
    _check_columns(wish, whole)
    table = table_of(whole.file, {name: values[:LOOKED_AT] for name, values in whole.columns.items()})
    return Look(sources, table, [profile(name, values) for name, values in table.columns.items()])


def _check_columns(wish: Wish, table: Table) -> None:
    roles = roles_of_tasks()
    faults = [
        f"--column {role}={name}: {role!r} is no role.{nearest(role, roles)} Use {', '.join(roles)}."
        for role, name in wish.columns.items()
        if role not in roles
    ]
    faults += [
        f"--column {role}={name}: there is no such column.{nearest(name, table.columns)} {listed(table.columns)}"
        for role, name in wish.columns.items()
        if role in roles and not columns_in(name, table)
    ]
    if faults:
        raise DataError(faults)
