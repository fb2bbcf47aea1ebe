"""Settings that several methods share, and numbers for them that fit the layers which they name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from tunecard.adapters.methods.lora import TARGETS
from tunecard.adapters.methods.method import Layers, Rule, Setting, Settings
from tunecard.recipe.schema import Auto, Number, Whole

__all__ = ["TARGETS"]
EVERYWHERE = {"auto", "all-linear"}


def whole_number(
    key: str, peft: str, name: str, bounds: tuple[int, int], default: int | Rule, *, comment: str = ""
) -> Setting:
    """A setting that is a whole number within bounds; a rule in the place of its default is that of `auto`."""
    number = Annotated[Whole, Field(ge=bounds[0], le=bounds[1])]
    setting = Setting(key, peft, name, number, f"an integer in [{bounds[0]}, {bounds[1]}]", comment=comment)
    return _with_default(setting, default)


def positive_number(key: str, peft: str, name: str, default: float | Rule, *, comment: str = "") -> Setting:
    """A setting that is a number above 0."""
    number = Annotated[Number, Field(gt=0)]
    return _with_default(Setting(key, peft, name, number, "a number above 0", comment=comment), default)


def rank_of(default: int, peft: str = "r") -> Setting:
    """The rank; `auto` is the default, or the narrowest layer that has an update where that is less."""
    rule = Rule(
        f"{default}, or the narrowest layer where that is less",
        lambda settings, layers: min(default, narrowest(settings, layers)),
    )
    return whole_number("rank", peft, "Rank", (1, 4096), rule, comment="the size of the update; more learns more")


def dropout_of(peft: str) -> Setting:
    """Dropout of what the update reads."""
    kind = Annotated[Number, Field(ge=0, lt=1)]
    return Setting("dropout", peft, "Dropout of the adapter", kind, "a number in [0, 1)", default=0.0)


def _with_default(setting: Setting, default: Any) -> Setting:
    if isinstance(default, Rule):
        return replace(setting, type=setting.type | Auto, must_be=f"{setting.must_be}, or auto", rule=default)
    return replace(setting, default=default)


def adapted(settings: Settings, layers: Layers) -> Layers:
    """The layers that `target_modules` names."""
    targets = settings["target_modules"]
    if isinstance(targets, str) and targets in EVERYWHERE:
        return layers
    ends = tuple("." + name for name in ([targets] if isinstance(targets, str) else targets))
    return {name: sizes for name, sizes in layers.items() if ("." + name).endswith(ends)}


def narrowest(settings: Settings, layers: Layers) -> int:
    """The smallest number of inputs or outputs of a layer that has an update; 1 where there is none."""
    return min((min(sizes) for sizes in adapted(settings, layers).values()), default=1)


def common_divisor(settings: Settings, layers: Layers, sides: Sequence[int] = (0, 1)) -> int:
    """The greatest number that divides inputs (0), outputs (1) or both, of every layer that has an update."""
    return math.gcd(*(sizes[side] for sizes in adapted(settings, layers).values() for side in sides)) or 1


def largest_divisor(number: int, most: int, *, even: bool = False) -> int:
    """The largest divisor of `number` up to `most`.

    >>> largest_divisor(384, 32), largest_divisor(300, 64, even=True), largest_divisor(7, 4)
    (32, 60, 1)
    """
    step = 2 if even else 1
    return max((size for size in range(step, most + 1, step) if number % size == 0), default=step)


def divides(setting: str, sides: Sequence[int] = (0, 1)) -> Callable[[Settings, Layers], list[str]]:
    """Whether a setting divides inputs (0), outputs (1) or both, of every layer that has an update."""
    what = {(0,): "inputs", (1,): "outputs", (0, 1): "inputs and outputs"}[tuple(sides)]

    def misfits(settings: Settings, layers: Layers) -> list[str]:
        whole, size = common_divisor(settings, layers, sides), int(settings[setting])
        if whole % size == 0:
            return []
        return [f"adapter.{setting} must divide the {what} of every layer with an update, so {whole}. Got {size}."]

    return misfits


def at_most_narrowest(setting: str) -> Callable[[Settings, Layers], list[str]]:
    """Whether a setting is no larger than the narrowest layer that has an update."""

    def misfits(settings: Settings, layers: Layers) -> list[str]:
        most, size = narrowest(settings, layers), int(settings[setting])
        if size <= most:
            return []
        return [
            f"adapter.{setting} must be at most {most}, the width of the narrowest layer with an update. Got {size}."
        ]

    return misfits


def at_most_weights(setting: str) -> Callable[[Settings, Layers], list[str]]:
    """Whether a setting is no larger than the number of weights of the smallest layer that has an update."""

    def misfits(settings: Settings, layers: Layers) -> list[str]:
        most, count = smallest(settings, layers), int(settings[setting])
        if count <= most:
            return []
        return [
            f"adapter.{setting} must be at most {most}, the weights of the smallest layer with an update. Got {count}."
        ]

    return misfits


def smallest(settings: Settings, layers: Layers) -> int:
    """The number of weights of the smallest layer that has an update; 1 where there is none."""
    return min((math.prod(sizes) for sizes in adapted(settings, layers).values()), default=1)


IN_FRONT = "a learned prompt stands in front of every row"
NOT_A_WEIGHT = "what it learned stands in front of the text, and is added to no weight"


def virtual_tokens(default: int) -> Setting:
    """How many learned tokens stand in front of a row."""
    return whole_number(
        "virtual_tokens", "num_virtual_tokens", "Learned tokens in front of a row", (1, 1000), default,
        comment="each takes the place of a token of the text",
    )  # fmt: skip


def projections(what: str, names: Sequence[str]) -> Setting:
    """The layers to update; `auto` is those of these last names that the base has, else every layer of its blocks."""

    def chosen(settings: Settings, layers: Layers) -> list[str] | str:
        last_parts = {name.rpartition(".")[2] for name in layers}
        return [name for name in names if name in last_parts] or "all-linear"

    return replace(TARGETS, rule=Rule(f"{what}, where the base names them as usual, else every linear layer", chosen))
