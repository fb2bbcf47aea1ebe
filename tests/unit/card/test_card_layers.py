"""In which layers the adapter is, as the card says it."""

from __future__ import annotations

from read_markdown import uncited

from tunecard.card.layers import layers_told
from tunecard.evidence import Findings, measured

LAYERS = measured("base_model.layers", 6)


def test_layers_that_the_recipe_names() -> None:
    (told,) = layers_told(Findings([LAYERS, measured("adapter.layers", "top-2")]))
    assert uncited(told) == "Adapters are in the top layers only, top-2 of 6; those below are the base's own."


def test_nothing_is_said_where_nobody_asked() -> None:
    assert list(layers_told(Findings([LAYERS]))) == []
