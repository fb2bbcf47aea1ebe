"""What already lies in an output folder."""

from __future__ import annotations

from pathlib import Path


def is_finished(path: Path) -> bool:
    """Whether a run ended here: its manifest is written last."""
    from tunecard.evidence import RunFolder

    folder = RunFolder(path)
    return folder.evidence.is_file() and folder.manifest.is_file()


def is_quickstart(path: Path) -> bool:
    """Whether the run here learned from the embedded data."""
    from tunecard.adapters.methods.recipes import read_recipe
    from tunecard.errors import RecipeError
    from tunecard.evidence import RunFolder

    try:
        recipe = read_recipe(RunFolder(path).recipe)
    except RecipeError:
        return False
    return (recipe.base_model, recipe.data.source) == ("embedded", "embedded")
