"""What an old card said is quoted word for word, shown as somebody's words, and formats nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from markdown_it import MarkdownIt

from tunecard.card import render_card
from tunecard.card.sections.inherited import extras
from tunecard.evidence import Finding, Findings, declared

METHOD = "declared by the README.md that came with the adapter"
HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "# A heading\n\n## Another",
    "```python\nprint('run me')\n```",
    "| a | b |\n|---|---|",
    "*measured*",
    "</details><img src=x>",
    "![picture](https://evil.example/x.png)",
    "- **License:** mit\n\n> quote",
]


def old(variable: str, value: str) -> Finding:
    return declared(f"declared.old.{variable}", value, section=variable, name="Results, by the old card", method=METHOD)


def test_each_text_follows_the_field_it_stood_in() -> None:
    found = extras(Findings([old("results", "0.9 on mine."), old("hours_used", "3 hours"), old("other", "Thanks.")]))
    assert set(found) == {"results", "co2_emitted", "more_information"}
    assert found["results"] == f"**Results, by the old card** ({METHOD}):\n\n> 0.9 on mine."


def test_text_and_tables_of_ours_below_one_field_stay_both() -> None:
    settings = declared(
        "training.hyperparameters", {"seed": 1}, section="training_regime", name="Settings", method="declared by x"
    )
    text = render_card(Findings([settings, old("training_regime", "Warm-up by hand.")]))
    assert "[`seed` 1][1]" in text and "> Warm-up by hand." in text


def test_code_is_shown_and_not_taken_for_the_cards_own() -> None:
    said = extras(Findings([old("get_started_code.code", "run()\n```\nprint(1)")]))["get_started_code"]
    assert said.endswith("````text\nrun()\n```\nprint(1)\n````")


@pytest.mark.parametrize("payload", HOSTILE)
@pytest.mark.parametrize("variable", ["results", "other", "get_started_code.code"])
def test_nothing_in_it_formats_anything(variable: str, payload: str) -> None:
    plain = render_card(Findings([old(variable, "nothing of note")]))
    hostile = render_card(Findings([old(variable, payload)]))
    first, second = _structure(plain), _structure(hostile)
    for kind in (
        "heading_open",
        "fence",
        "table_open",
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "bullet_list_open",
    ):
        assert second[kind] == first[kind], kind


def _structure(text: str) -> Counter[str]:
    """How often each kind of block and inline element occurs."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return Counter(token.type for block in tokens for token in [block, *(block.children or [])])
