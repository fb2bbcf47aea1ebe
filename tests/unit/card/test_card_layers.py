"""In which layers the adapter is, as the card says it."""

from __future__ import annotations

from read_markdown import uncited

from tunecard.card.layers import layers_told
from tunecard.evidence import Findings, measured, not_measured

LAYERS = measured("base_model.layers", 6)


def test_layers_that_the_recipe_names() -> None:
    (told,) = layers_told(Findings([LAYERS, measured("adapter.layers", "top-2")]))
    assert uncited(told) == "Adapters are in the top layers only, top-2 of 6; those below are the base's own."


def test_nothing_is_said_where_nobody_asked() -> None:
    assert list(layers_told(Findings([LAYERS]))) == []


TRIED = {
    "layers": "top-3", "of": 6, "steps": 50, "rows": 800, "held": 500, "loss_all": 0.4, "loss_top": 0.444,
    "loss_above": 0.044, "loss_error": 0.0034, "metric": "f1", "score_all": 0.395, "score_top": 0.352,
    "score_apart": -0.043, "score_interval": [-0.065, -0.021], "chosen": "all",
}  # fmt: skip


def test_a_trial_is_told_with_what_it_cost_in_loss_and_score() -> None:
    (told,) = layers_told(Findings([LAYERS, measured("adapter.layers_tried", TRIED)]))
    assert uncited(told) == (
        "Adapters in top-3 were tried against all layers before training: after 50 steps over 800 rows the mean loss on "
        "500 rows of validation differed by +0.044, with a standard error of 0.0034, and the score that chooses the epoch "
        "was 0.352 against 0.395 (95 % interval of the difference -0.065 to -0.021). Chosen was all."
    )


def test_why_nothing_was_tried_is_told() -> None:
    (told,) = layers_told(Findings([LAYERS, not_measured("adapter.layers_tried", reason="it would cost more")]))
    assert uncited(told) == "Adapters are in all layers; fewer were not tried: it would cost more."
