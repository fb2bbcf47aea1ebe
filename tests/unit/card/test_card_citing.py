"""From a figure to its record: the link's line, what it says on hover, and what foreign strings can do to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from example_findings import text_run, token_run
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from read_markdown import parse

from tunecard.card import count_card, render_card, render_dataset_card
from tunecard.card.record_links import cite, definitions, linked_cells
from tunecard.card.table_links import record_of, shared_links
from tunecard.evidence import Findings, RunFolder, measured

RUNS = {"token": token_run, "text": text_run}
DEFINITION = re.compile(r"^\[(\d+)\]: evidence\.json#L(\d+)$", re.MULTILINE)


def one(id: str, name: str = "F1") -> Findings:
    return Findings([measured("run.name", "x", section="more_information", name="Run"),
                     measured(id, 0.74123, section="results", name=name, n=812)])  # fmt: skip


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_each_definition_is_the_line_on_which_the_record_begins(make: type[Findings], tmp_path: Path) -> None:
    findings = make()
    folder = RunFolder(tmp_path)
    folder.write_findings(findings)
    lines = folder.evidence.read_text(encoding="utf-8").split("\n")
    records = json.loads(folder.evidence.read_text(encoding="utf-8"))["findings"]
    found = DEFINITION.findall(render_card(findings))
    assert len(found) > 50
    for number, line in found:
        assert lines[int(line) - 1].strip() == "{"
        assert json.loads("{" + lines[int(line)].rstrip(",") + "}")["id"] == records[int(number) - 1]["id"]


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_no_citation_is_left_without_a_definition(make: type[Findings]) -> None:
    card = render_card(make())
    texts = [token.content for token in parse(card) if token.type == "text"]
    assert not [text for text in texts if re.search(r"\]\[\d+\]|^\[\d+\]:", text)]
    links = [token.attrGet("href") or "" for token in parse(card) if token.type == "link_open"]
    assert len([link for link in links if str(link).startswith("evidence.json#L")]) > 100


def test_a_figure_without_a_record_stays_plain() -> None:
    assert cite(one("results.test.f1"), "results.test.recall", "0.5") == "0.5"
    assert definitions(one("results.test.f1"), "0.5") == ""


def test_a_definition_is_the_place_and_nothing_else() -> None:
    findings = one("results.test.f1")
    shown = cite(findings, "results.test.f1", "0.741")
    assert shown == "[0.741][2]"
    assert definitions(findings, shown) == "[2]: evidence.json#L21"


@given(st.text(min_size=1, max_size=40))
def test_a_label_in_an_id_formats_nothing(label: str) -> None:
    findings = one(f"results.test.type.{label}.f1")
    shown = cite(findings, f"results.test.type.{label}.f1", "0.741")
    tokens = parse(f"{shown}\n\n{definitions(findings, shown)}\n")
    kinds = [token.type for token in tokens]
    assert kinds == ["paragraph_open", "inline", "link_open", "text", "link_close", "paragraph_close"]
    assert tokens[2].attrGet("href") == "evidence.json#L21"


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_what_the_card_says_of_itself_is_counted_from_the_rest(make: type[Findings]) -> None:
    findings = make()
    counted = count_card(findings)
    assert [finding.id for finding in counted] == ["card.fields", "card.checks"]
    assert sum(counted[0].value.values()) == 43  # type: ignore[union-attr]
    known = Findings([*findings, *counted])
    assert count_card(known) == counted  # counting again sees only the rest
    assert f"[{counted[0].value['measured']}][{known.position('card.fields')}] measured" in render_card(known)  # type: ignore[index,call-overload]


def test_a_cell_belongs_to_the_link_on_its_left_and_else_to_that_of_its_heading() -> None:
    assert linked_cells([None, "#h", None], [None, None, None]) == [None, "#h", None]
    assert linked_cells([None, "#h", "#i"], [None, "#a", None]) == [None, "#a", "#a"]
    assert linked_cells([], [None, "#a", None, "#b", None]) == [None, "#a", "#a", "#b", "#b"]


@pytest.mark.parametrize("render", [render_card, render_dataset_card])
@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_no_figure_in_a_table_is_without_its_record(make: type[Findings], render: Callable[[Findings], str]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(render(make()).split("---\n", 2)[2])
    shared = shared_links(tokens)
    loose = []
    for place, token in enumerate(tokens):
        is_cell = token.type == "inline" and tokens[place - 1].type == "td_open"
        is_first = is_cell and tokens[place - 2].type == "tr_open"
        if is_cell and not is_first and place not in shared and record_of(token.children or []) is None:
            loose.append(token.content)
    assert [text for text in loose if re.search(r"(?<!`)\d", text)] == []
