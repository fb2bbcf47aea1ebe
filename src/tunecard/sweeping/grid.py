"""`--over KEY=V1,V2`: every combination of the values of all keys, as settings over a recipe."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import yaml

from tunecard.errors import RecipeError
from tunecard.recipe.strict_yaml import read_value

EXAMPLE = "adapter.rank=4,8,16"
MOST = 200  # trainings that nobody types by hand
SEED = "training.seed"
AS_IT_IS = "recipe"  # the setting of a sweep that tries seeds alone
_UNFIT = re.compile(r"[^A-Za-z0-9.=-]+")
_LONGEST = 80


@dataclass(frozen=True)
class Setting:
    """One combination: key to value, in the order in which the keys were named."""

    values: tuple[tuple[str, Any], ...]

    def as_options(self) -> list[str]:
        """As `--set` takes them, one a key; values are JSON, which YAML reads."""
        return [f"{key}={json.dumps(value)}" for key, value in self.values]

    @property
    def seedless(self) -> Setting:
        """The same without the seed: settings are compared, and a seed is one try of each."""
        return Setting(tuple((key, value) for key, value in self.values if key != SEED))

    @property
    def seed(self) -> Any:
        """The seed that it names; None where none is tried."""
        return dict(self.values).get(SEED)

    @property
    def name(self) -> str:
        """Of its folder: the last part of each key with its value, cut and told apart by a hash where it is long.

        >>> Setting((("adapter.rank", 4), ("training.learning_rate", 0.001))).name
        'rank=4_learning_rate=0.001'
        """
        said = "_".join(f"{key.rpartition('.')[2]}={_plain(value)}" for key, value in self.values) or AS_IT_IS
        if len(said) <= _LONGEST and not _UNFIT.search(said.replace("_", "")):
            return said
        digest = hashlib.sha256(json.dumps(self.values).encode()).hexdigest()[:8]
        return f"{_UNFIT.sub('-', said)[:_LONGEST]}-{digest}"


def read_over(texts: Sequence[str]) -> dict[str, list[Any]]:
    """`KEY=V1,V2,...`, one a key; values are read as YAML, so that a list is one value in brackets.

    Raises: RecipeError: what is none of that, all of them at once.

    >>> read_over(["adapter.rank=4,8", "adapter.target_modules=[query],[query, value]"])
    {'adapter.rank': [4, 8], 'adapter.target_modules': [['query'], ['query', 'value']]}
    """
    over: dict[str, list[Any]] = {}
    faults = []
    for one in texts:
        key, equals, text = one.partition("=")
        try:
            values = read_value(f"[{text}]") if equals and key.strip() else []
        except (yaml.YAMLError, RecipeError):
            values = []
        if not values:
            faults.append(f"--over takes a key and its values, such as {EXAMPLE}. Got {one!r}.")
        elif key.strip() in over:
            faults.append(f"--over names {key.strip()} twice. Give all of its values at once.")
        else:
            over[key.strip()] = values
    if not texts:
        faults.append(f"--over says what to try, such as --over {EXAMPLE}.")
    if faults:
        raise RecipeError(faults)
    return over


def settings_of(over: Mapping[str, Sequence[Any]]) -> list[Setting]:
    """Every combination, the last key changing fastest.

    Raises: RecipeError: a value that is named twice, several seeds as one, a single combination, or more than 200.

    >>> [setting.as_options() for setting in settings_of({"adapter.rank": [4, 8], "training.seed": [1]})]
    [['adapter.rank=4', 'training.seed=1'], ['adapter.rank=8', 'training.seed=1']]
    """
    twice = [key for key, values in over.items() if len({json.dumps(value) for value in values}) < len(values)]
    if twice:
        raise RecipeError([f"{key}: a value is named twice. Name each once." for key in twice])
    if any(isinstance(value, list) for value in over.get(SEED, ())):
        raise RecipeError(f"{SEED} takes seeds one by one, each a try of the other settings: --over {SEED}=1,2,3.")
    settings = [Setting(tuple(zip(over, values, strict=True))) for values in product(*over.values())]
    if len(settings) == 1:
        said = " ".join(f"--set {option}" for option in settings[0].as_options())
        raise RecipeError(f"one combination is nothing to compare. Train it by: tunecard run RECIPE {said}")
    if not 0 < len(settings) <= MOST:
        raise RecipeError(f"the values must make 2 to {MOST} combinations. Got {len(settings):,}.")
    return settings


def by_seedless(settings: Sequence[Setting]) -> list[tuple[Setting, list[Setting]]]:
    """Settings by what they are without the seed, in their order.

    >>> several = settings_of({"training.seed": [1, 2], "adapter.rank": [4, 8]})
    >>> [(one.name, len(seeds)) for one, seeds in by_seedless(several)]
    [('rank=4', 2), ('rank=8', 2)]
    """
    found: dict[str, tuple[Setting, list[Setting]]] = {}
    for setting in settings:
        found.setdefault(json.dumps(setting.seedless.values), (setting.seedless, []))[1].append(setting)
    return list(found.values())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
