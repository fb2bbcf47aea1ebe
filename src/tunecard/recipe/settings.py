"""The settings of a recipe as one flat mapping: what a card lists and a verifier compares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tunecard.recipe.schema import Recipe

HEAD_RATE = "head_learning_rate"
RECORDED_APART = {"start_from", "new_tokens", "layers"}


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Every setting that shapes training, flat; lists as text.

    A rate of the head stands there only where it is its own; the adapter that a training starts from, and tokens
    that it adds, have records of their own, and so has in which layers it is.
    """
    blocks: Iterable[tuple[str, Any]] = [
        *recipe.adapter.model_dump(mode="json", exclude_none=True).items(),
        *recipe.training.model_dump(mode="json").items(),
        ("quality", recipe.quality),
        ("max_length", recipe.data.max_length),
        ("on_long", recipe.data.on_long),
    ]
    return {
        key: ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in blocks
        if key not in RECORDED_APART and not (key == HEAD_RATE and value is None)
    }
