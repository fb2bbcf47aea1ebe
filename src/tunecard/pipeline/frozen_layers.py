"""How frozen layers are stored and multiplied while an adapter learns: what cannot stand together, or not here."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tunecard.adapters.fused.int8_products import why_no_int8_products
from tunecard.adapters.methods.method import Method
from tunecard.adapters.methods.registry import METHODS
from tunecard.errors import RecipeError
from tunecard.recipe import Recipe
from tunecard.recipe.schema import TrainingRecipe

BY_PRECISION = "Type --set training.frozen_products=auto."


def faults_of_frozen_layers(recipe: Recipe) -> Iterator[str]:
    """What recipe and method alone tell; nothing of a method or a precision that there is none of."""
    training, method = recipe.training, METHODS.get(recipe.adapter.method)
    if method is not None:
        yield from _faults_of_method(method, training)
    if training.precision == "fp8-mixed":
        yield from _faults_in_float8(training)
    if training.frozen_products == "int8" and training.base_weights != "full":
        yield (
            "training.base_weights must be full with training.frozen_products int8, whose frozen layers are stored as "
            f"they are multiplied: a byte a weight. Got {training.base_weights}. Type --set training.base_weights=full."
        )


def check_products(recipe: Recipe, device: str) -> None:
    """Raises: RecipeError: products are asked for that `device` does not compute."""
    if recipe.training.frozen_products != "int8":
        return
    reason = why_no_int8_products(torch.device(device))
    if reason:
        raise RecipeError(
            f"training.frozen_products must be auto here: {reason}. Got int8. {BY_PRECISION}", place="recipe"
        )


def _faults_of_method(method: Method, training: TrainingRecipe) -> Iterator[str]:
    if not method.base_weights:
        return
    if training.base_weights not in method.base_weights:
        yield (
            f"training.base_weights must be {' or '.join(method.base_weights)} with adapter.method {method.name}, "
            f"which starts from what that takes from each weight. Got {training.base_weights}. "
            f"Type --set training.base_weights={method.base_weights[0]}."
        )
    elif training.frozen_products == "int8":
        yield (
            f"training.frozen_products must be auto with adapter.method {method.name}, whose base is stored in "
            f"{training.base_weights}. Got int8. {BY_PRECISION}"
        )


def _faults_in_float8(training: TrainingRecipe) -> Iterator[str]:
    if training.base_weights != "full":
        yield (
            "training.base_weights must be full with training.precision fp8-mixed, whose frozen layers are in float8. "
            f"Got {training.base_weights}."
        )
    if training.frozen_products == "int8":
        yield (
            "training.frozen_products must be auto with training.precision fp8-mixed, whose frozen layers are "
            f"multiplied in float8. Got int8. {BY_PRECISION}"
        )
