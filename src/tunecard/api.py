"""`tunecard.run`: what the command line does, for a recipe in any form that Python has at hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.errors import RecipeError

if TYPE_CHECKING:
    from tunecard.evidence import RunFolder
    from tunecard.pipeline import Listener
    from tunecard.recipe import Recipe

RUNS = Path("runs")


def run(
    recipe: str | os.PathLike[str] | Mapping[str, Any] | Recipe,
    *,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    listener: Listener | None = None,
) -> RunFolder:
    """From labelled data to an adapter with a full card.

    Args:
        recipe: a recipe file, a mapping like one, or a Recipe. Paths in a file are relative to its folder, in the
            others to the working directory.
        out: the folder to make; without it `runs/` and the name of the recipe file, or of the data.
        resume: goes on with a run that stopped.
        overwrite: clears what an earlier run left in `out`.
        listener: hears stages, steps and epochs.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    from tunecard.pipeline import run as run_recipe

    if resume and overwrite:
        raise RecipeError("resume goes on with a run and overwrite clears it. Give one of them.")
    asked, base_folder, name = _read(recipe)
    target = RUNS / name if out is None else Path(out)
    folder: RunFolder = run_recipe(
        asked, out=target, base_folder=base_folder, resume=resume, overwrite=overwrite, listener=listener
    )
    return folder


def _read(recipe: str | os.PathLike[str] | Mapping[str, Any] | Recipe) -> tuple[Recipe, Path, str]:
    """The recipe, what its paths are relative to, and a name for its run."""
    from tunecard.recipe import Recipe, check_recipe, read_recipe

    if isinstance(recipe, str | os.PathLike):
        path = Path(recipe)
        return read_recipe(path), path.parent, path.stem
    checked = recipe if isinstance(recipe, Recipe) else check_recipe(recipe)
    source = checked.data.source
    return checked, Path(), Path(source).stem if isinstance(source, str) and Path(source).stem else "recipe"
