"""Patterns of an adapter's config: what `re` says, or a refusal that names the pattern; never a search without end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.name_patterns import PatternError, matches, pattern_faults

NAMES = [
    "roberta.encoder.layer.11.attention.self.query", "bert.encoder.layer.1.output.dense", "classifier.out_proj", "a", "",
    "model.layers.3.mlp.Wi", "distilbert.transformer.layer.0.ffn.lin1",
]  # fmt: skip
HONEST = [
    r".*layer\.1\..*(query|dense)", r"^(?!.*classifier).*(query|key)$", r"(.*\.)?(query)", r"\w+(?:\.\w+)*", r"(a|)*",
    r".*\.(0|1|1\d)\..*?query", r"[^.]+\.encoder\.layer\.[0-9]{1,2}\.(?P<what>attention|output)\..*", r"a?|.*\bmlp\b.*",
    r"(?:.*?(?:language|text).*?(?:self_attn|mlp|ffn).*?(?:q_proj|lin1).*?)|(?:\bmodel\.layers\.[\d]{1,}\.(?:mlp)\.Wi)",
]  # fmt: skip
ENDLESS = [r"(.*)*x", r"(\w|\w\w|\.)+!", r"(.*.*)*#", r".*.*.*.*.*.*.*!", r"((\w+)*\.?)*!", r"(.?){60}(\w*){40}!"]
BROKEN = ["(", ")", "*a", "[", "a)(", "(?"]
UNREAD = [r"(a)\1", r"(?<=a)b", "(?i)a", "a*+", "x" * 3_000, "(" * 30 + "a" + ")" * 30, "a{2,5000}"]

pieces = st.sampled_from(["a", "b", r"\.", ".", "[ab]", "[^a]", r"\w", "(?:a|b)", "(ab)", "(?=a)", "(?!b)", r"\b", "|"])
repeats = st.sampled_from(["", "", "", "*", "+", "?", "*?", "{1,2}", "{2}"])


@pytest.mark.parametrize("pattern", HONEST)
@pytest.mark.parametrize("name", NAMES)
def test_honest_patterns_mean_what_re_says(pattern: str, name: str) -> None:
    assert matches(pattern, name) == bool(re.fullmatch(pattern, name))


@given(st.lists(st.tuples(pieces, repeats), max_size=6), st.text("ab.", max_size=8))
def test_any_pattern_means_what_re_says(parts: list[tuple[str, str]], name: str) -> None:
    pattern = "".join(piece + ("" if piece in {"|", r"\b", "(?=a)", "(?!b)"} else repeat) for piece, repeat in parts)
    assert matches(pattern, name) == bool(re.fullmatch(pattern, name)), pattern


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_search_without_end_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="is not decided"):
        [matches(pattern, name) for name in NAMES]


@pytest.mark.parametrize("pattern", [*BROKEN, *UNREAD])
def test_what_is_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        matches(pattern, "bert.encoder")


def test_every_key_that_peft_reads_as_a_pattern_is_asked() -> None:
    config = {
        "target_modules": "(.*)*x", "exclude_modules": "(", "feedforward_modules": "(.*)*x", "rank_pattern": {"(.*)*x": 4},
        "alpha_pattern": {")": 4}, "modules_to_save": ["classifier", "(a+)+"], "layers_pattern": ["layer", 3],
    }  # fmt: skip
    faults = pattern_faults(config, NAMES)
    assert len(faults) == 7
    for key in config:
        assert any(fault.startswith(key) for fault in faults), key


def test_names_and_honest_patterns_have_no_faults() -> None:
    config = {
        "target_modules": ["query", "attention.self.value"], "rank_pattern": {r"layer\.0\..*": 2, "value": 3},
        "alpha_pattern": {"query": 3}, "modules_to_save": ["classifier", "score-head"], "layers_pattern": "layer",
    }  # fmt: skip
    assert pattern_faults(config, NAMES) == []
    assert pattern_faults(config | {"target_modules": HONEST[0], "layers_pattern": None}, NAMES) == []


def test_the_scaling_of_a_module_is_found_in_bounds() -> None:
    assert LORA.product is not None
    config = {"lora_alpha": 8, "alpha_pattern": {r"layer\.0\..*": 2}}
    assert LORA.product.scaling("bert.encoder.layer.0.query", 4, config) == 0.5
    assert LORA.product.scaling("bert.encoder.layer.1.query", 4, config) == 2.0
    with pytest.raises(PatternError):
        LORA.product.scaling(NAMES[0], 4, {"alpha_pattern": {"(.*)*x": 2}})
