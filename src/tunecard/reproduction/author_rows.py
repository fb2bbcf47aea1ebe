"""The rows that a run folder was made with, where its recipe still finds them: known by their recorded hashes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from tunecard.data import DataPlan, load_dataset
from tunecard.data.reachability import without_network
from tunecard.errors import DataError, TunecardError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.conditions import was_completed
from tunecard.pipeline.plans import Plans
from tunecard.rows.counting import content_sha256
from tunecard.rows.dataset import Dataset
from tunecard.verification.settings import read_recipe_strictly


def author_plan(folder: RunFolder, findings: Findings, data: str | None = None) -> DataPlan:
    """How the run read its rows.

    Args:
        data: where they lie; None takes the source that recipe.yaml names, relative to the working directory.
    Raises: FileNotFoundError: there is no recipe.yaml. RecipeError: it is none.
    """
    asked = Plans(read_recipe_strictly(folder)).data(data)
    # A completion read what was there: no split was made, and a single file was the test.
    return replace(asked, needs_train=not was_completed(findings))


def read_author_rows(folder: RunFolder, findings: Findings, *, fetches: bool) -> Dataset:
    """The data set as the run read it, with only those of its splits that have the recorded hashes.

    Args:
        fetches: whether what is not on this machine may be asked of the Hub.
    Raises: DataError: not at hand, or none of its splits is the recorded one; the reason.
    """
    network: AbstractContextManager[Any] = nullcontext() if fetches else without_network()
    try:
        with network:
            dataset = load_dataset(author_plan(folder, findings))
    except FileNotFoundError as error:
        raise DataError("there is no recipe.yaml, which would say how to read the author's data") from error
    except TunecardError as error:
        raise DataError(f"the author's data is not at hand ({'; '.join(error.problems).rstrip('.')})") from error
    same = {
        name: split for name, split in dataset.splits.items() if _is_recorded(findings, name, content_sha256(split))
    }
    if not same:
        raise DataError(f"what lies at {dataset.name} now are other rows than the author's, by their hashes")
    return replace(dataset, splits=same)


def _is_recorded(findings: Findings, split: str, sha256: str) -> bool:
    return bool(findings.value(f"data.{split}.sha256") == sha256)
