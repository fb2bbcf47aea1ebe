"""`tunecard.run` and `tunecard.complete`: what the command line does, for what Python has at hand."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.errors import RecipeError
from tunecard.pipeline.progress import SILENCE, ProgressListener

if TYPE_CHECKING:
    from peft import PeftModel

    from tunecard.evidence import RunFolder
    from tunecard.recipe import Recipe

RUNS = Path("runs")
IN_MEMORY = "data in memory"


def run(
    recipe: str | os.PathLike[str] | Mapping[str, Any] | Recipe,
    *,
    data: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    listener: ProgressListener = SILENCE,
) -> RunFolder:
    """From labelled data to an adapter with a full card.

    Args:
        recipe: a recipe file, a mapping like one, or a Recipe. Paths in a file are relative to its folder, in the
            others to the working directory.
        data: a `datasets.DatasetDict`, or splits by name, in the place of `data.source`.
        out: the folder to make; without it `runs/` and the name of the recipe file, or of the data.
        resume: goes on with a run that stopped.
        overwrite: clears what an earlier run left in `out`.
        listener: hears stages, steps and epochs.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    from tunecard.pipeline import run as run_recipe
    from tunecard.pipeline.in_memory import splits_of

    if resume and overwrite:
        raise RecipeError("resume goes on with a run and overwrite clears it. Give one of them.")
    if data is not None and isinstance(recipe, Mapping):
        recipe = {**recipe, "data": {"source": IN_MEMORY, **(recipe.get("data") or {})}}
    asked, base_folder, name = _read(recipe)
    target = RUNS / name if out is None else Path(out)
    splits = None if data is None else splits_of(data)
    folder: RunFolder = run_recipe(
        asked, out=target, base_folder=base_folder, data=splits, resume=resume, overwrite=overwrite, listener=listener
    )
    return folder


def complete(  # noqa: PLR0913 - each is an answer that a file may lack
    model: str | os.PathLike[str] | PeftModel,
    dataset: Any,
    *,
    task: str | None = None,
    base: str | os.PathLike[str] | None = None,
    labels: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    out: str | os.PathLike[str] | None = None,
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    listener: ProgressListener = SILENCE,
) -> RunFolder:
    """A full card for an adapter that was made elsewhere with stock PEFT; nothing is trained.

    Args:
        model: the adapter's folder, or a PeftModel in memory, such as a Trainer's; its label names are then those of
            its config.
        dataset: labelled rows: a path, a Hub id, a `datasets.DatasetDict`, or a mapping of splits to paths or
            `datasets.Dataset`; one `datasets.Dataset` is the test split.
        task: "token-classification" or "text-classification"; without it what adapter_config.json says.
        base: folder, Hub id or "embedded"; without it what the adapter names.
        labels: names in the order of their ids, where no file says them.
        columns: role to name, such as `{"text": "body"}`; guessed where the names are usual.
        out: the folder to make; without it `runs/` and the adapter's name with "-completed".
        record: a folder that tells of the training (a Trainer's output_dir); the adapter's own is always read.
        overwrite: replaces what an earlier completion left in `out`.
    Raises: TunecardError: what does not fit or is not known; nothing is written then.
    """
    from tunecard.pipeline import Completion
    from tunecard.pipeline import complete as complete_adapter
    from tunecard.pipeline.in_memory import adapter_folder, splits_of

    with adapter_folder(model) as folder:
        name = Path(folder).resolve().name if isinstance(model, str | os.PathLike) else "adapter"
        asked = Completion(
            adapter=folder,
            data=splits_of(dataset),
            out=RUNS / f"{name}-completed" if out is None else Path(out),
            task=task,
            base=None if base is None else str(base),
            labels=labels,
            columns=columns,
            record=None if record is None else Path(record),
            overwrite=overwrite,
        )
        made: RunFolder = complete_adapter(asked, listener)
    return made


def _read(recipe: str | os.PathLike[str] | Mapping[str, Any] | Recipe) -> tuple[Recipe, Path, str]:
    """The recipe, what its paths are relative to, and a name for its run."""
    from tunecard.adapters.methods.recipes import check_recipe, read_recipe
    from tunecard.recipe import Recipe

    if isinstance(recipe, str | os.PathLike):
        path = Path(recipe)
        return read_recipe(path), path.parent, path.stem
    checked = recipe if isinstance(recipe, Recipe) else check_recipe(recipe)
    source = checked.data.source
    return checked, Path(), Path(source).stem if isinstance(source, str) and Path(source).stem else "recipe"
