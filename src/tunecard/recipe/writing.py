"""Recipe to YAML, every key written out, so that the file shows all that was decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tunecard.recipe.schema import Recipe


def recipe_to_yaml(recipe: Recipe, *, header: str = "", trained: bool = True) -> str:
    """The recipe as YAML with every default; absolute paths are cut to their last part (they are nobody's business).

    Args:
        trained: False where nothing was trained by it: of `training` only what was set is written, and no default.
    """
    content = recipe_to_mapping(recipe)
    if not trained:
        content["training"] = recipe.training.model_dump(mode="json", exclude_unset=True)
    comment = "".join(f"# {line}\n" for line in header.splitlines())
    return comment + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def recipe_to_mapping(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values with every default; absolute paths are cut to their last part."""
    content = recipe.model_dump(mode="json")
    content["base_model"] = _last_part(content["base_model"])
    content["data"]["source"] = _last_part(content["data"]["source"])
    if content["adapter"]["start_from"]:
        content["adapter"]["start_from"] = _last_part(content["adapter"]["start_from"])
    for suite in content["evaluation"]["suites"]:
        suite["path"] = _last_part(suite["path"])
    for outside in content["evaluation"]["out_of_scope"]:
        outside["source"] = _last_part(outside["source"])
    if content["card"]["citation_file"]:
        content["card"]["citation_file"] = _last_part(content["card"]["citation_file"])
    return content


def _last_part(value: Any) -> Any:
    if isinstance(value, list):
        return [_last_part(item) for item in value]
    if isinstance(value, dict):
        return {key: _last_part(item) for key, item in value.items()}
    if value is None:  # of a joined source what is not its own, of rows out of scope the scored split
        return None
    path = Path(value)
    is_somewhere_else = path.is_absolute() or value.startswith("~") or ".." in path.parts
    return path.name if is_somewhere_else else value
