"""`tunecard recipes`: the recipes of papers and guides that come with the package."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunecard.cli import completions
from tunecard.cli.arguments import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tunecard.shipped import Shipped

WIDTH = 80
LAST = """
A published score is a target, not a promise: each recipe says what differs.
Read one: tunecard recipes NAME      Train it: tunecard run NAME
Change it: tunecard recipes NAME > recipe.yaml"""

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[RECIPE-NAME]",
        help="Print the YAML of this one.",
        show_default=False,
        autocompletion=completions.shipped_recipes,
    ),
]


def recipes(name: Name = None, json: AsJson = False) -> None:
    """Recipes of papers and guides, each with the score that was published, or the YAML of one.

    To train one, give its name to `run` in the place of a file; with --dry-run only what it would take is told.
    """
    from tunecard.cli.output import print_json
    from tunecard.shipped import listed, text_of

    if name is not None:
        typer.echo(text_of(name), nl=False)
    elif json:
        print_json({"recipes": [as_json(recipe) for recipe in listed()]})
    else:
        typer.echo("\n".join(shown(listed())))


def as_json(recipe: Shipped) -> dict[str, Any]:
    """What scripts read of a recipe."""
    keys = ("name", "source", "task", "base_model")
    return {
        **{key: getattr(recipe, key) for key in keys},
        "target": dict(recipe.target),
        "differs": recipe.differs,
    }


def shown(recipes: Sequence[Shipped]) -> Iterator[str]:
    """Lines of at most 80 columns, one a recipe, below where its score was published."""
    yield f"{'recipe':<27}{'data set':<20}published score"
    for source, several in groupby(sorted(recipes, key=_by_source), key=lambda recipe: recipe.source):
        yield f"\n{source if len(source) <= WIDTH else source[: WIDTH - 3] + '...'}"
        yield from (f"  {one.name:<25}{one.data:<20}{_score(one)}" for one in several)
    bases = sorted({recipe.base_model for recipe in recipes})
    yield f"\nBase: {', '.join(bases)}."
    yield LAST.strip("\n")


def _by_source(recipe: Shipped) -> tuple[str, str]:
    return recipe.source, recipe.name


def _score(recipe: Shipped) -> str:
    return f"{recipe.target['metric']} {recipe.target['value']:.3f} {recipe.target['split']}"
