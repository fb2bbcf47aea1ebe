"""The card and the closing lines say where the time went, the longest stage first, each figure led to its record."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from example_findings import text_run
from hypothesis import given
from hypothesis import strategies as st

from tunecard.card import pictures, render_card
from tunecard.card.markdown import one_line
from tunecard.card.where_time_went import longest_stages
from tunecard.evidence import Finding, Findings, measured
from tunecard.evidence.files import json_lines, json_text

STAGES = [{"stage": "pictures", "seconds": 3.25}, {"stage": "optimisation", "seconds": 61.0},
          {"stage": "checkpoints", "seconds": 0.0}, {"stage": "validation", "seconds": 0.125}]  # fmt: skip


def with_stages(value: Any) -> Findings:
    return Findings(measured("run.stages", value) if one.id == "run.stages" else one for one in text_run())


def test_the_longest_come_first_and_what_took_no_time_is_not_told() -> None:
    findings = with_stages(STAGES)
    assert longest_stages(findings) == "optimisation 61 s, pictures 3.2 s, validation 0.12 s"
    assert longest_stages(findings, 1) == "optimisation 61 s"


def test_the_card_leads_to_the_record() -> None:
    findings = with_stages(STAGES)
    said = "Longest stages: [optimisation 61 s, pictures 3.2 s, "
    line = next(line for line in render_card(findings).splitlines() if said in line)
    assert line.startswith("- ") and "validation 0.12 s](" in line and "evidence.json#L" in line


@pytest.mark.parametrize("value", [[], [{"stage": "pictures"}], {"pictures": 2.0}, "long", [{"seconds": "a"}]])
def test_a_record_that_tells_no_seconds_says_nothing(value: Any) -> None:
    findings = with_stages(value)
    assert longest_stages(findings) == ""
    assert "Longest stages" not in render_card(findings)


def test_pictures_are_drawn_once_for_whoever_makes_a_card_and_verifies_it() -> None:
    pictures._drawn_of.cache_clear()
    findings, drawn = text_run(), []

    def draw(findings: Findings, name: str) -> bytes:
        drawn.append(name)
        return name.encode()

    with patch.object(pictures, "draw_picture", draw):
        first = pictures.draw_pictures(findings)
        late = [measured("run.date", "2027-01-01") if one.id == "run.date" else one for one in findings]
        assert pictures.draw_pictures(Findings(late)) == first
        assert sorted(drawn) == sorted(pictures.pictures_of(findings))
        changed = [with_another_curve(one) if one.id == "training.curve" else one for one in findings]
        pictures.draw_pictures(Findings(changed))
        assert len(drawn) == 2 * len(first)
    pictures._drawn_of.cache_clear()


def with_another_curve(finding: Finding) -> Finding:
    curve = [line | {"train_loss": 9.0} for line in finding.value]
    return finding.model_copy(update={"value": curve})


def test_no_picture_shows_what_is_recorded_after_it_is_drawn() -> None:
    findings = text_run()
    without = Findings(one for one in findings if not one.id.startswith(pictures.NEVER_DRAWN))
    for name in pictures.pictures_of(findings):
        assert not [id for id in pictures.sources_of(findings, name) if id.startswith(pictures.NEVER_DRAWN)]
        assert pictures.draw_picture(without, name) == pictures.draw_picture(findings, name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_lines_of_json_are_counted_without_writing_them(value: Any) -> None:
    assert json_lines(value) == json_text(value).count("\n")


@given(st.text(max_size=40))
def test_a_plain_text_is_one_line_by_the_same_rule_as_any(text: str) -> None:
    marked = "\ufeff" + text  # a mark that is hidden, and sends any text the long way
    assert one_line(text) == one_line(marked)
