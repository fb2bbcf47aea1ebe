"""What Python code calls: the same doors as the command line, with Python's own values."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.errors import RecipeError

if TYPE_CHECKING:
    from tunecard.audit import AuditReport
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
    return run_recipe(asked, out=target, base_folder=base_folder, resume=resume, overwrite=overwrite, listener=listener)


def audit(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], require: Sequence[str] | None = None
) -> AuditReport:
    """How complete and valid is any model card, field by field of the Hub's template; offline.

    Args:
        paths: a card, a folder with cards, or several of them.
        require: only these states count as filled, such as ["measured", "declared"].
    Raises: DataError: a path that holds no card, or an unknown state.
    """
    from tunecard.audit import audit_cards

    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    return audit_cards(several, None if require is None else frozenset(require))


def _read(recipe: str | os.PathLike[str] | Mapping[str, Any] | Recipe) -> tuple[Recipe, Path, str]:
    """The recipe, what its paths are relative to, and a name for its run."""
    from tunecard.recipe import Recipe, check_recipe, read_recipe

    if isinstance(recipe, str | os.PathLike):
        path = Path(recipe)
        return read_recipe(path), path.parent, path.stem
    checked = recipe if isinstance(recipe, Recipe) else check_recipe(recipe)
    source = checked.data.source
    return checked, Path(), Path(source).stem if isinstance(source, str) and Path(source).stem else "recipe"
