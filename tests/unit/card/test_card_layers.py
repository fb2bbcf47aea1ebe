"""In which layers the adapter is, as the card says it, and what chose them."""

from __future__ import annotations

from read_markdown import uncited

from tunecard.card.layers import layers_told
from tunecard.evidence import Findings, measured, not_measured

LAYERS = measured("base_model.layers", 6)
PROBES = [{"layer": layer, "score": score, "behind": 0.0, "error": 0.01} for layer, score in ((1, 0.5), (2, 0.75))]


def test_layers_that_the_recipe_names() -> None:
    (told,) = layers_told(Findings([LAYERS, measured("adapter.layers", "top-2")]))
    assert uncited(told) == "Adapters are in the top layers only, top-2 of 6; those below are the base's own."


def test_layers_that_probes_chose() -> None:
    choice = {"layers": "top-3", "reason": "layer 2 of 6 is level", "measure": "accuracy", "probes": PROBES}
    found = [LAYERS, measured("adapter.layers", "top-3"), measured("training.layer_choice", choice, n=9)]
    _, chosen, scores = map(uncited, layers_told(Findings(found)))
    assert chosen == "A linear probe of each frozen layer chose top-3: layer 2 of 6 is level."
    assert scores == "The probes' accuracy on validation, lowest layer first: layer 1 0.500, layer 2 0.750."


def test_all_layers_where_nothing_was_probed_are_told_with_the_reason() -> None:
    (told,) = layers_told(Findings([LAYERS, not_measured("training.layer_choice", reason="few labels")]))
    assert uncited(told) == "Adapters are in all layers: few labels."


def test_nothing_is_said_where_nobody_asked() -> None:
    assert list(layers_told(Findings([LAYERS]))) == []
