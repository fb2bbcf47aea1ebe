"""What Tab offers: paths by what they hold, and values by name where there are few. Nothing heavy is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

RECIPES = (".yaml", ".yml")
EXPORTS = ("safetensors", "onnx", "onnx-int8", "peft-0.7.1")
DEVICES = ("auto", "cpu", "cuda", "mps")
MOST = 500  # entries of a folder


def folders(incomplete: str) -> list[str]:
    """Folders; where one is left that holds only folders, those."""
    return _paths(incomplete, ())


def recipe_files(incomplete: str) -> list[str]:
    """Recipes, folders on the way to them, and, once a name is begun, those that are shipped."""
    return [*_paths(incomplete, RECIPES), *(shipped_recipes(incomplete) if incomplete else [])]


def shipped_recipes(incomplete: str) -> list[str]:
    """Names of the recipes that come with the package."""
    found = sorted(file.name.removesuffix(".yaml") for file in (files("tunecard") / "shipped" / "recipes").iterdir())
    return [name for name in found if name.startswith(incomplete)]


def any_files(incomplete: str) -> list[str]:
    """Files of any kind, and folders on the way to them."""
    return _paths(incomplete, None)


def devices(incomplete: str) -> list[str]:
    """Where it may compute."""
    return [name for name in DEVICES if name.startswith(incomplete)]


def export_formats(incomplete: str) -> list[str]:
    """What an adapter can be handed over as; spelt here, since looking them up imports torch."""
    return [name for name in EXPORTS if name.startswith(incomplete)]


def task_names(incomplete: str) -> list[str]:
    """The keys of the table of tasks, read from its source, since importing it takes half a second."""
    source = (files("tunecard") / "tasks" / "registry.py").read_text(encoding="utf-8")
    values = [node.value for node in ast.parse(source).body if isinstance(node, ast.AnnAssign) and _names(node.target)]
    keys = [key for table in values if isinstance(table, ast.Dict) for key in table.keys]
    names = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
    return [name for name in names if name.startswith(incomplete)]


def _names(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "TASKS"


def settings(incomplete: str) -> list[str]:
    """KEY= of a recipe; where one key is left, with the words that it takes, or its default to be changed."""
    known = dict(_all_settings())
    matching = [key for key in known if f"{key}=".startswith(incomplete) or incomplete.startswith(f"{key}=")]
    if len(matching) != 1:
        return [f"{key}=" for key in matching]
    offered = [f"{matching[0]}={word}" for word in known[matching[0]]] or [f"{matching[0]}="]
    return [word for word in offered if word.startswith(incomplete)]


def _all_settings() -> Iterator[tuple[str, list[str]]]:
    """Key to the words that it takes; what the methods add to `adapter` once, as the first that has it means it."""
    from tunecard.adapters.methods.registry import METHODS
    from tunecard.recipe.schema import Recipe

    yield from _settings_of(Recipe, "")
    several = [setting for method in METHODS.values() for setting in method.settings]
    for setting in {setting.key: setting for setting in reversed(several)}.values():
        yield f"adapter.{setting.key}", _words(setting.type, setting.default)
    yield "adapter.method", list(METHODS)


def _settings_of(block: Any, above: str) -> Iterator[tuple[str, list[str]]]:
    for name, field in block.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from _settings_of(field.annotation, f"{above}{name}.")
        else:
            yield above + name, _words(field.annotation, field.default)


def _words(annotation: Any, default: Any) -> list[str]:
    """The literals of a type, and the default where it is a word or a number."""
    found = [*_literals(annotation), *([default] if isinstance(default, str | int | float) else [])]
    spelled = (str(word).lower() if isinstance(word, bool) else str(word) for word in found)
    return list(dict.fromkeys(spelled))


def _literals(annotation: Any) -> Iterator[Any]:
    if annotation is bool:
        yield from (True, False)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        words = [word for part in get_args(annotation) for word in _literals(part)]
        yield from (f"[{word}]" for word in words) if get_origin(annotation) is list else words


def _paths(incomplete: str, endings: tuple[str, ...] | None) -> list[str]:
    """Entries that go on from what was typed; a single folder without files is gone into, so that no Tab is lost.

    Args:
        endings: of the files that are wanted; None for all.
    """
    begun = incomplete.rpartition("/")[2]
    above = incomplete[: len(incomplete) - len(begun)]
    found = []
    for entry in _entries(Path(above).expanduser() if above else Path()):
        hidden = entry.name.startswith(".") and not begun.startswith(".")
        if entry.name.startswith(begun) and not hidden and _is_wanted(entry, endings):
            found.append((above + entry.name + ("/" if entry.is_dir() else ""), entry))
    if len(found) == 1 and found[0][1].is_dir() and (endings != () or _holds_only_folders(found[0][1])):
        return _paths(found[0][0], endings) or [found[0][0]]
    return sorted(path for path, _ in found)


def _is_wanted(entry: Path, endings: tuple[str, ...] | None) -> bool:
    return entry.is_dir() or endings is None or entry.name.lower().endswith(endings or ("\0",))


def _holds_only_folders(folder: Path) -> bool:
    entries = _entries(folder)
    return bool(entries) and all(entry.is_dir() for entry in entries)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(islice(folder.iterdir(), MOST))
    except OSError:
        return []
