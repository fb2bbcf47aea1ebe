"""Sentences that reviewers look for: what a model wrote, what is open, where a heading of the law finds its records."""

from __future__ import annotations

import re

import pytest
from example_findings import text_run, token_run
from read_markdown import uncited

from tunecard.card import render_card
from tunecard.card.sections import duties
from tunecard.card.sections.data import made_by_a_model
from tunecard.card.sections.uses import measured_limits
from tunecard.evidence import Finding, Findings, declared, measured
from tunecard.evidence.records.declared import BEYOND

BY = "declared by A. Author in recipe.yaml on 2026-11-20"


def said(key: str, value: str) -> Finding:
    return declared(f"data.{key}", value, method="declared by metadata.json beside the data")


def first_screen(findings: Findings) -> str:
    return render_card(findings).partition("\n## ")[0]


def test_what_a_language_model_made_stands_on_the_first_screen() -> None:
    findings = Findings([*token_run(), said("language_model", "sentences and labels")])
    told = r"\*\*Made by a language model:\*\* \[sentences and labels\]\(evidence\.json#L\d+\) of the data, as its source says\."
    assert re.search(told, first_screen(findings))
    assert "language model" not in first_screen(token_run())


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("A large language model wrote them.", True),
        ("Labelled with GPT-4 and read again.", True),
        ("Three students; no language model was used.", False),
        ("Written without the help of an LLM.", False),
        ("Three students.", False),
    ],
)
def test_a_source_that_names_a_model_is_quoted_and_one_that_denies_it_is_not(value: str, is_told: bool) -> None:
    told = made_by_a_model(Findings([said("annotators", value)]))
    assert ("A language model had a part in the data" in told and value.rstrip(".") in told) is is_told
    assert made_by_a_model(Findings([said("language_model", "none"), said("annotators", value)])) == ""


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("provider", "Provider"),
        ("version_history", "Version History"),
        ("foreseeable_misuse", "Foreseeable Misuse"),
        ("human_oversight", "Human Oversight"),
    ],
)
def test_what_the_template_has_no_field_for_has_a_heading_of_its_own(key: str, heading: str) -> None:
    assert key in BEYOND
    assert f"### {heading}\n\nOpen.\n" in render_card(token_run())
    declared_now = declared(f"declared.{key}", "Acme <b>", name=heading, section=BEYOND[key], method=BY)
    card = render_card(Findings([*(f for f in token_run() if f.id != f"declared.{key}"), declared_now]))
    assert f"### {heading}\n\nAcme &lt;b&gt; ([by A. Author, 2026-11-20][" in card
    assert f"`{key}`" not in card


@pytest.mark.parametrize("make", [token_run, text_run, Findings])
def test_the_index_leads_to_records_and_claims_nothing(make: type[Findings]) -> None:
    findings = make()
    card = render_card(findings)
    index = card.partition(f"### {duties.HEADING}\n\n")[2].partition("\n### ")[0]
    assert [f"{number}. " in index for number in range(1, 10)] == [True] * 9
    for number in re.findall(r"\]\[(\d+)\]", index):
        assert 0 < int(number) <= len(findings)
    assert not re.search(r"(?i)complian|compliant|conforms", card)


def test_open_records_are_said_to_be_open_in_the_index() -> None:
    risks, direct = text_run().position("declared.risks"), token_run().position("declared.direct_use")
    assert f"[risks][{risks}] (open)" in render_card(text_run())
    assert f"[intended purpose][{direct}] (open)" not in duties.extras(token_run())["more_information"]


def test_the_longest_text_that_it_met_is_told_no_longer_than_the_limit() -> None:
    lengths = [measured(f"data.{split}.tokens", {"max": longest}) for split, longest in (("train", 33), ("test", 1034))]
    limits = " ".join(measured_limits(Findings([*token_run(), *lengths])))
    assert re.search(
        r"the longest text that it has read had \[33\]\[\d+\] tokens in train and \[128\]\[\d+\] tokens \(cut\) in test",
        limits,
    )
    elsewhere = [*token_run(), *lengths, measured("adapter.origin", "made elsewhere", method="x")]
    assert "in train" not in " ".join(measured_limits(Findings(elsewhere)))


def test_entities_that_training_named_stand_beside_those_it_never_saw() -> None:
    seen = measured(
        "results.test.seen.recall", 0.9, name="Strict recall", n=40, split="test", interval=(0.8, 0.95), level=0.95
    )
    card = render_card(Findings([*token_run(), seen]))
    assert re.search(r"\| Entities that training named \(recall\) \| \[0\.900\]\[\d+\] \| 0\.800-0\.950 \|", card)
    assert card.index("Entities that training named") < card.index("Entities never seen in training")


def test_a_description_is_marked_as_a_quotation() -> None:
    others = [f for f in token_run() if f.id != "data.description"]
    card = render_card(Findings([*others, said("description", "The best data.\n\nNo doubt.")]))
    assert "As described by metadata.json beside the data:\n\n> The best data.\n>\n> No doubt." in card


def test_types_and_tags_are_told_apart() -> None:
    card = render_card(token_run())
    assert "- 5 entity types (11 tags), in the order of their ids: `O`" in uncited(card)
    assert re.search(r"- \[77\]\[\d+\] classes, listed below", render_card(text_run()))


def test_what_a_baseline_does_is_said() -> None:
    assert "Frequent-tag baseline: gives each word the tag that it most often has in train" in render_card(token_run())


def test_a_card_of_entities_weighs_under_thirty_kilobytes() -> None:
    assert len(render_card(token_run()).encode()) < 30_000


def test_none_below_the_whole_does_not_hide_a_class_never_right() -> None:
    id = "results.test.class.intent_07_card_payment.f1"
    run = Findings(f.model_copy(update={"value": 0.0, "n": 9}) if f.id == id else f for f in text_run())
    told = "scores clearly below the whole; but no answer was right for intent_07_card_payment 0.000 (n=9"
    assert told in uncited(render_card(run)).replace("\\_", "_")
    assert "small ones could hide it" in uncited(render_card(text_run()))
