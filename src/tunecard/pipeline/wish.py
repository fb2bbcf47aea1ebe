"""What a person has said of data so far: the start of a recipe, and the options that say the same on a command line."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

AUTO = "auto"


@dataclass(frozen=True)
class Wish:
    """Data by name, and what was said about it.

    Attributes:
        source: a file, a folder or a Hub id.
        columns: role to column, as `--column` gives them.
        labels: names in id order, as `--labels` gives them; None where nobody named them.
        task: the name of a task, or auto.
        settings: `key=value`, as `--set` gives them.
        settled: questions that were answered, also where the answer changed nothing.
    """

    source: str
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] | None = None
    task: str = AUTO
    settings: tuple[str, ...] = ()
    settled: frozenset[str] = frozenset()

    def content(self) -> dict[str, Any]:
        """The beginning of a recipe, without the settings."""
        data = {"source": self.source, "columns": dict(self.columns) or None, "labels": _listed(self.labels)}
        return {"task": self.task, "data": data}

    def said(self) -> list[tuple[str, ...]]:
        """The same as options of a command line, each with what it takes."""
        columns = [("--column", f"{role}={name}") for role, name in self.columns.items()]
        labels = [] if self.labels is None else [labels_option(self.labels)]
        task = [] if self.task == AUTO else [("--task", self.task)]
        return [*columns, *labels, *task, *(("--set", one) for one in self.settings)]

    def options(self) -> list[str]:
        """The words of these options."""
        return [word for one in self.said() for word in one]

    def with_column(self, role: str, name: str) -> Wish:
        """The same with a column for a role."""
        return replace(self, columns={**self.columns, role: name})

    def having_settled(self, question: str) -> Wish:
        """The same with a question that is open no more."""
        return replace(self, settled=self.settled | {question})


def labels_option(names: Sequence[str]) -> tuple[str, ...]:
    """`--labels` for names in id order; one that holds a comma stands in quotation marks.

    >>> labels_option(["-1", "0"]), labels_option(["a, b", "c"])
    (('--labels=-1,0',), ('--labels', '"a, b",c'))
    """
    text = ",".join(f'"{name}"' if "," in name or name != name.strip() else name for name in names)
    return (f"--labels={text}",) if text.startswith("-") else ("--labels", text)


def command_line(source: str, options: Sequence[str]) -> str:
    """The line to type for `init`, quoted for a shell."""
    return shlex.join(["tunecard", "init", source, *options])


def _listed(labels: tuple[str, ...] | None) -> list[str] | None:
    return None if labels is None else list(labels)
