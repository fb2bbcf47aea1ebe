"""What was asked: the recipe, its defaults, and how it is read and written.

This room stores `auto` and names; whether a method, task or device exists is known by the rooms that own them. So are
a method's settings: `adapters/methods/recipes.py` is what reads a recipe.
"""

from tunecard.recipe.reading import check_mapping
from tunecard.recipe.schema import (
    AdapterRecipe,
    CardRecipe,
    DataRecipe,
    EvaluationRecipe,
    OpenAdapterRecipe,
    OutOfScopeRecipe,
    Recipe,
    SuiteRecipe,
    TargetRecipe,
    TrainingRecipe,
)
from tunecard.recipe.settings import hyperparameters
from tunecard.recipe.settings_over import apply_settings
from tunecard.recipe.strict_yaml import read_yaml
from tunecard.recipe.writing import recipe_to_mapping, recipe_to_yaml

__all__ = [
    "AdapterRecipe",
    "CardRecipe",
    "DataRecipe",
    "EvaluationRecipe",
    "OpenAdapterRecipe",
    "OutOfScopeRecipe",
    "Recipe",
    "SuiteRecipe",
    "TargetRecipe",
    "TrainingRecipe",
    "apply_settings",
    "check_mapping",
    "hyperparameters",
    "read_yaml",
    "recipe_to_mapping",
    "recipe_to_yaml",
]
