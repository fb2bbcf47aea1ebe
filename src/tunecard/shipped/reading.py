"""The shipped recipes by name: their text, and what a list says of each. Nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.errors import RecipeError, nearest
from tunecard.recipe.strict_yaml import read_yaml

FOLDER = Path(__file__).parent / "recipes"
ENDING = ".yaml"


@dataclass(frozen=True)
class Shipped:
    """What a list says of a recipe.

    Attributes:
        source: where its settings and its first published score stand.
        target: that score: `metric`, `split` and `value`.
        differs: what differs from what was published.
        data: the data set, with its configuration.
        method: of PEFT.
    """

    name: str
    source: str
    task: str
    base_model: str
    target: Mapping[str, Any]
    differs: str
    data: str
    method: str


def names() -> list[str]:
    """All of them, in order."""
    return sorted(path.stem for path in FOLDER.glob(f"*{ENDING}"))


def path_of(name: str) -> Path:
    """The file of a recipe. Raises: RecipeError: there is none of that name."""
    path = FOLDER / f"{name}{ENDING}"
    if name not in names():
        hint = nearest(name, names())
        raise RecipeError(f"no recipe of this name is shipped.{hint} `tunecard recipes` lists them.", place=name)
    return path


def text_of(name: str) -> str:
    """Its YAML, word for word. Raises: RecipeError: there is none of that name."""
    return path_of(name).read_text(encoding="utf-8")


def shipped_name(given: Path) -> str | None:
    """The recipe that a path may mean which leads to no file: its name alone; None where it means none."""
    text = str(given)
    return text if not given.exists() and text in names() else None


def listed() -> list[Shipped]:
    """What a list says of each."""
    return [_read(name) for name in names()]


def _read(name: str) -> Shipped:
    content = read_yaml(path_of(name), "{}")
    data, published = content["data"], content["evaluation"]["targets"][0]
    return Shipped(
        name,
        source=published["source"],
        task=content["task"],
        base_model=content["base_model"],
        target={key: published[key] for key in ("metric", "split", "value")},
        differs=published["differs"],
        data=" ".join(part for part in (data["source"], data.get("config")) if part),
        method=content["adapter"]["method"],
    )
