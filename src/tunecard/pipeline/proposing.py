"""Recipes that nobody wrote: the quick start's, and a first one for data that was looked at."""

from __future__ import annotations

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.pipeline.seeing import Seen
from tunecard.pipeline.wish import Wish
from tunecard.recipe import Recipe


def quickstart_recipe() -> Recipe:
    """Named entities on the embedded base and the embedded data."""
    return check_recipe(
        {
            "base_model": "embedded",
            "data": {"source": "embedded"},
            "training": {"epochs": 3, "learning_rate": 2e-3},
            "evaluation": {"factors": ["length", "theme", "auto"]},
            "card": {
                "direct_use": "Trying tunecard out, and reading what a full card says.",
                "out_of_scope_use": "Any decision: the data set is small and written for demonstration.",
                "license": "apache-2.0",
                "language": "en",
            },
        },
        place="quickstart",
    )


def propose_recipe(wish: Wish, seen: Seen) -> Recipe:
    """A recipe for data that was looked at: what was seen and said is written down, everything else stays `auto`.

    A column such as `document`, whose values repeat, is offered as the one that names rows that belong together.
    """
    content = wish.content()
    content["task"] = seen.task
    content["data"]["columns"] = dict(seen.columns)
    content["evaluation"] = {"cluster": seen.cluster}
    return check_recipe({"base_model": "embedded", **content}, place="recipe", settings=wish.settings)
