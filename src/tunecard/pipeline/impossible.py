"""What a recipe asks that its base or its task cannot have, once every `auto` is a value."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.adapters.adding import choose_modules
from tunecard.adapters.methods.abilities import read_abilities
from tunecard.adapters.methods.registry import METHODS
from tunecard.adapters.targets import reaches_lowest_block
from tunecard.adapters.top_layers import ALL, count_blocks, layer_faults, top_layers
from tunecard.encoders import Encoder
from tunecard.errors import AdapterError, RecipeError, nearest
from tunecard.recipe import AdapterRecipe, Recipe
from tunecard.rows.vectors import APART
from tunecard.tasks import Task


def check_resolved(recipe: Recipe, task: Task, encoder: Encoder, *, compares_texts: bool) -> None:
    """Raises: RecipeError: values that this base or task cannot have, all at once."""
    faults = []
    if recipe.training.best_metric not in task.best_metrics:
        faults.append(
            f"training.best_metric must be one of {', '.join(task.best_metrics)} for {task.name}. "
            f"Got {recipe.training.best_metric!r}.{nearest(recipe.training.best_metric, task.best_metrics)}"
        )
    if recipe.data.on_long not in task.long_rows:
        faults.append(f"data.on_long must be {' or '.join(task.long_rows)} for {task.name}. Got {recipe.data.on_long}.")
    faults += _faults_of_length(recipe, encoder)
    if recipe.evaluation.protocol == "best-epoch-dev" and recipe.training.keep != "best":
        faults.append(
            "training.keep must be best or auto with evaluation.protocol best-epoch-dev, whose headline is the best "
            f"epoch's. Got {recipe.training.keep}."
        )
    if recipe.adapter.start_from is not None and recipe.training.warm_start != "none":
        faults.append(
            "training.warm_start must be none or auto where adapter.start_from names an adapter, which has learned to "
            f"read already. Got {recipe.training.warm_start}."
        )
    if recipe.training.warm_start == APART and not compares_texts:
        faults.append(
            "training.warm_start must be mean, none or auto for single texts. Got apart, which is of texts compared."
        )
    if recipe.training.class_weights != "none" and task.scoring.groups is None:
        faults.append(f"training.class_weights must be none for {task.name}, which has no classes. Got balanced.")
    faults += [
        f"evaluation.targets: metric must be one of {', '.join(known)} for {task.name}. Got {target.metric!r}."
        f"{nearest(target.metric, known)}"
        for known in [[score.key for score in task.scoring.scores]]
        for target in recipe.evaluation.targets
        if target.metric not in known
    ]
    if recipe.task not in {task.name, "auto"}:
        faults.append(f"task must be {task.name} for this data. Got {recipe.task}.")
    faults += _faults_of_adapter(recipe, task, encoder)
    if faults:
        raise RecipeError(faults, place="recipe")


def prompt_tokens(adapter: AdapterRecipe) -> int:
    """Tokens of a row that a learned prompt takes the place of."""
    return METHODS[adapter.method].virtual_tokens(adapter.settings)


def _faults_of_length(recipe: Recipe, encoder: Encoder) -> list[str]:
    prompt, asked = prompt_tokens(recipe.adapter), int(recipe.data.max_length)
    room = encoder.max_tokens - prompt
    if room < 1:
        return [
            f"adapter.virtual_tokens must be under {encoder.max_tokens}: this base reads as many with the row. "
            f"Got {prompt}."
        ]
    if asked <= room:
        return []
    which = "which this base can read" + (f" beside {prompt} learned tokens" if prompt else "")
    return [f"data.max_length must be at most {room}, {which}. Got {asked}."]


def _faults_of_adapter(recipe: Recipe, task: Task, encoder: Encoder) -> list[str]:
    why = read_abilities()[recipe.adapter.method].why_not(task.auto_class)
    if why:
        return [
            f"adapter.method must be one that learns {task.name}: {recipe.adapter.method} does not ({why}). "
            "`tunecard methods` lists which do."
        ]
    try:
        chosen = choose_modules(encoder.model, recipe.adapter.method, recipe.adapter.settings)
    except AdapterError as error:
        return error.problems
    faults = _faults_of_layers(recipe, encoder, [name for names in chosen.values() for name in names])
    if faults:
        return faults
    is_cut = top_layers(recipe.adapter.layers) not in (None, count_blocks(encoder.model))
    if recipe.training.cache_frozen_prefix is True and not is_cut:
        for key, names in chosen.items():
            if reaches_lowest_block(encoder.model, names):
                return [
                    f"training.cache_frozen_prefix needs adapters in the top layers only. Got adapter.{key} "
                    "that reach the lowest layer. Set adapter.layers to top-N, name layers of upper blocks, such as "
                    "layer.5.attention.self.query, or leave cache_frozen_prefix out."
                ]
    return []


def _faults_of_layers(recipe: Recipe, encoder: Encoder, targets: Sequence[str]) -> list[str]:
    layers = recipe.adapter.layers
    faults = layer_faults(encoder.model, recipe.adapter.method, layers)
    if layers != ALL and (numbered := [name for name in targets if any(map(str.isdigit, name.split(".")))]):
        faults.append(
            f"adapter.layers must be all where adapter.target_modules names layers by number, such as {numbered[0]}. "
            f"Got {layers}."
        )
    return faults
