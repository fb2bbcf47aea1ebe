"""Which name belongs to which output of a head: as somebody declared it, and never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tunecard.data import DataPlan, load_dataset
from tunecard.errors import AdapterError, DataError, nearest
from tunecard.foreign.adapter import ForeignAdapter
from tunecard.rows.dataset import Dataset

SHOWN = 30


@dataclass(frozen=True)
class LabelledData:
    """A data set whose labels are those of the head, and who declared their order."""

    dataset: Dataset
    declared_by: str


def read_labelled(adapter: ForeignAdapter, asked: DataPlan, labels: Sequence[str] | None) -> LabelledData:
    """Reads the data under the label names of the adapter.

    Args:
        asked: which data, and how to read it; labels and task are the adapter's.
        labels: names in id order as given by hand; None where none were.
    Raises:
        DataError: rows, columns or labels that are wrong.
        AdapterError: names that contradict each other or do not fit the head, or no names at all.
    """
    known, declared_by = _stated(adapter, labels)
    plan = replace(asked, labels=list(known) if known else None, task=adapter.task.name)
    try:
        dataset = load_dataset(plan)
    except DataError as error:
        if known and not any("data.labels_alike" in problem for problem in error.problems):
            tell_other_names(plan, known, str(declared_by))
        raise DataError([in_options(problem) for problem in error.problems], place=error.place) from error
    if not any(split.is_labelled for name, split in dataset.splits.items() if name != "train"):
        raise DataError(
            f"neither validation nor test of {dataset.name} has labels: nothing can be scored. Give labelled rows; a "
            "single file counts as the test split."
        )
    if known:
        return LabelledData(dataset, str(declared_by))
    if not adapter.task.labels_are_names:
        said = "what the head gives needs no names" if adapter.width else "there is no head"
        return LabelledData(dataset, said)
    _check_declared(adapter, dataset)
    return LabelledData(dataset, f"{dataset.declared['label_names']} of the data given")


def _stated(adapter: ForeignAdapter, labels: Sequence[str] | None) -> tuple[tuple[str, ...] | None, str | None]:
    """Names and who declared them: the adapter's own config.json, else the command line."""
    given = tuple(labels) if labels else None
    place = str(adapter.folder.path)
    if given and not adapter.task.labels_are_names:
        raise AdapterError(
            f"the outputs of {adapter.task.words.head} need no names. Got --labels {','.join(given)}. Leave it out."
        )
    if given and len(set(given)) < len(given):
        raise AdapterError(f"--labels must name each label once. Got {','.join(given)}.")
    if adapter.labels and given and adapter.labels != given:
        raise AdapterError(
            f"config.json of the adapter names the labels {', '.join(adapter.labels)}. Got --labels {','.join(given)}. "
            "Leave --labels out, or mend config.json.",
            place=place,
        )
    found = adapter.labels or given
    if adapter.task.labels_are_names and found and len(found) != adapter.width:
        who = "config.json names" if adapter.labels else "--labels names"
        raise AdapterError(
            f"the head tells {adapter.width} labels apart, and {who} {len(found)}: {', '.join(found[:SHOWN])}. "
            f"{_form(adapter.width)}",
            place=place,
        )
    return found, "the adapter's config.json" if adapter.labels else "--labels" if given else None


def tell_other_names(plan: DataPlan, known: Sequence[str], declared_by: str, advice: str = "") -> None:
    """One sentence for names that the adapter does not have, in the place of one a row.

    Args:
        declared_by: whose names `known` are.
        advice: what to do, with a blank in front.
    Raises: AdapterError: that sentence; nothing where the rows have other faults, which are told.
    """
    try:
        others = [name for name in load_dataset(replace(plan, labels=None)).labels if name not in known]
    except DataError:
        return  # the rows have other faults: those are told
    if others:
        raise AdapterError(
            f"the data has labels that the adapter does not: {', '.join(others[:SHOWN])}.{nearest(others[0], known)} "
            f"{declared_by[0].upper()}{declared_by[1:]} names {', '.join(known[:SHOWN])}.{advice}"
        )


def _check_declared(adapter: ForeignAdapter, dataset: Dataset) -> None:
    names = ", ".join(dataset.labels[:SHOWN])
    if "label_names" not in dataset.declared:
        raise AdapterError(
            f"nothing says which name belongs to which of the head's {adapter.width} outputs, and a guess would score "
            f"the wrong labels. The data has {len(dataset.labels)} names, in no declared order: {names}. "
            f"{_form(adapter.width)}",
            place=str(adapter.folder.path),
        )
    if len(dataset.labels) != adapter.width:
        raise AdapterError(
            f"the head tells {adapter.width} labels apart, and the data declares {len(dataset.labels)}: {names}. "
            f"{_form(adapter.width)}",
            place=str(adapter.folder.path),
        )


def _form(width: int) -> str:
    last = f",...,NAME-{width - 1}" if width > 3 else "".join(f",NAME-{id}" for id in range(2, width))
    return f"Say --labels NAME-0,NAME-1{last} in the order of the ids in training."


def in_options(problem: str) -> str:
    """A sentence of the data room in the words of this command, which has no recipe."""
    problem = re.sub(r"Set `data\.columns\.(\w+)`", r"Say --column \1=NAME", problem)
    problem = re.sub(r"`data\.columns\.(\w+)`", r"`--column \1`", problem)
    problem = problem.replace("Set `data.labels_alike: merge`", "Say --labels-alike merge")
    options = {
        "data.labels": "--labels", "data.source": "--data", "data.config": "--config", "data.separator": "--separator",
        "data.encoding": "--encoding", "evaluation.cluster": "--cluster", "evaluation.factors": "--factor",
    }  # fmt: skip
    for key, option in options.items():
        problem = problem.replace(f"`{key}`", f"`{option}`")
    return problem
