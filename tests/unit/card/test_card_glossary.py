"""The glossary explains the technical words that the card uses, all of them and no others."""

from __future__ import annotations

import re

import pytest
from example_findings import text_run, token_run
from hypothesis import given
from hypothesis import strategies as st

from glossary_words import NAMES, glossary_of, metrics_of, prose_of, unexplained, unused, uses
from tunecard.card import render_card
from tunecard.card.glossary_terms import SPELLINGS, TERMS
from tunecard.card.sections import glossary
from tunecard.evidence import Findings, derived, measured

FOREIGN = {"DNA", "RNA", "JNLPBA"}  # labels and title of the example's data


def with_region() -> Findings:
    others = [f for f in token_run() if f.id not in ("co2.grams", "energy.meter")]
    about = {"section": "co2_emitted", "name": "Carbon", "method": "kWh x grid"}
    meter = measured("energy.meter", "RAPL package-0, NVML card", section="co2_emitted", name="Power meter")
    return Findings([*others, meter, derived("co2.grams", None, interval=(0.1, 3.0), **about)])


RUNS = {"token": token_run, "text": text_run, "region": with_region, "nothing": Findings}


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_every_technical_word_is_explained(make: type[Findings]) -> None:
    assert unexplained(render_card(make())) - FOREIGN == set()


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_nothing_is_explained_that_does_not_occur(make: type[Findings]) -> None:
    assert unused(render_card(make())) == set()


def test_the_two_tasks_need_different_words() -> None:
    token, text = (set(glossary_of(render_card(make()))) for make in (token_run, text_run))
    assert "IOB2" in token - text and "Support" not in token
    assert {"RAPL", "NVML", "CO2eq"} <= set(glossary_of(render_card(with_region()))) - token


def test_code_and_addresses_use_no_word() -> None:
    hidden = "`seed` ![](figures/f1.png) [x](https://example.org/lora) <https://example.org/gpu>\n\n```\npue\n```\n"
    assert glossary.answer([hidden], Findings()).text == "No term of this card needs one."


def test_the_recorded_method_is_explained() -> None:
    assert "**LoRA:**" in glossary.answer([], token_run()).text


def test_what_a_definition_uses_is_explained_too() -> None:
    shown = set(re.findall(r"\*\*(.+?):\*\*", glossary.answer(["mixed precision"], Findings()).text))
    assert {"Mixed precision", "fp32", "Precision"} <= shown


def test_a_score_has_one_meaning_and_that_is_the_tasks() -> None:
    entries = glossary_of(render_card(token_run()))
    assert not {"Accuracy", "Brier score", "Expected calibration error", "F1", "Precision", "Strict"} & set(entries)
    scores = metrics_of(render_card(token_run()))
    assert "predicted entity" in scores["Expected calibration error"]
    assert "Precision" in glossary_of(
        render_card(text_run())
    )  # a column of its classes' table, and no score of its own


@pytest.mark.parametrize("term", TERMS)
def test_what_definitions_use_is_explained_to_the_end(term: str) -> None:
    shown = set(re.findall(r"\*\*(.+?):\*\*", glossary.answer([term], Findings()).text))
    assert {other for one in shown for other in TERMS if uses(TERMS[one], other)} <= shown


@given(st.sets(st.sampled_from(sorted(TERMS))))
def test_each_word_that_is_used_is_there(words: set[str]) -> None:
    shown = set(re.findall(r"\*\*(.+?):\*\*", glossary.answer([" and ".join(words)], Findings()).text))
    assert words <= shown


def test_definitions_are_sentences_in_order() -> None:
    assert list(TERMS) == sorted(TERMS, key=str.lower)
    assert all(text.endswith(".") and text[0] != " " for text in TERMS.values())
    assert set(SPELLINGS) <= set(TERMS) and not NAMES & set(TERMS)


def test_the_search_itself_finds_what_is_missing() -> None:
    card = render_card(token_run()).replace("- **LoRA:**", "- LoRA:")
    assert "lora" in unexplained(card)
    assert "Perplexity" in unused(card.replace("\n## Glossary\n", "\n## Glossary\n\n- **Perplexity:** nothing.\n", 1))
    assert "sha256" not in prose_of("x\n---\n`sha256`")
