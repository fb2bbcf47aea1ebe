"""What a recipe may ask of frozen layers: what cannot stand together is told with what to type, and so is what is not
here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import METHODS
from tunecard.errors import RecipeError
from tunecard.pipeline.plans import Plans


def check(**training: Any) -> None:
    Plans(check_recipe({"data": {"source": "x"}, "training": {"frozen_products": "int8", **training}})).check()


@pytest.fixture(autouse=True)
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.pipeline.frozen_layers.why_no_int8_products", lambda device: None)


@pytest.mark.parametrize("precision", ["auto", "fp32", "bf16-mixed", "fp16-mixed", "bf16", "fp16"])
def test_int8_goes_with_every_type_between_products(precision: str) -> None:
    check(precision=precision)


@pytest.mark.parametrize("stored", ["int8", "nf4"])
def test_layers_that_are_multiplied_in_int8_are_stored_so(stored: str) -> None:
    told = rf"base_weights must be full with training\.frozen_products int8, .* Got {stored}\. Type --set"
    with pytest.raises(RecipeError, match=told):
        check(base_weights=stored)


def test_nothing_is_multiplied_in_two_ways() -> None:
    told = r"frozen_products must be auto with training\.precision fp8-mixed, whose frozen layers are multiplied in"
    with pytest.raises(RecipeError, match=told):
        check(precision="fp8-mixed")


def test_a_method_that_starts_from_how_the_base_is_stored_keeps_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "lora", replace(METHODS["lora"], base_weights=("nf4", "int8")))
    with pytest.raises(RecipeError) as caught:
        check(base_weights="nf4")
    told = "training.frozen_products must be auto with adapter.method lora, whose base is stored in nf4. Got int8."
    assert any(problem.startswith(told) for problem in caught.value.problems)


def test_a_machine_that_does_not_multiply_int8_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.pipeline.frozen_layers.why_no_int8_products", lambda device: f"no units on {device}")
    with pytest.raises(RecipeError) as caught:
        check()
    assert str(caught.value) == (
        "recipe: training.frozen_products must be auto here: no units on cpu. Got int8. "
        "Type --set training.frozen_products=auto."
    )
    Plans(check_recipe({"data": {"source": "x"}})).check()
