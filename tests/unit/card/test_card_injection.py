"""Hostile strings in every finding that may hold one: the card keeps the structure it has with harmless ones."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
import yaml
from example_findings import token_run
from hypothesis import given, settings
from hypothesis import strategies as st
from read_markdown import front_matter, headings, structure
from test_card_markdown import PAYLOADS

from tunecard.card import render_card, render_dataset_card
from tunecard.evidence import Finding, Findings

OURS = {"results.headline", "results.worst", "results.protocol", "task.name", "adapter.method", "start.code"}
OURS |= {
    "training.precision",
    "training.best_metric",
    "adapter.head_start",
    "environment.accelerator",
    "declared.language",
}
HARMLESS = "harmless"
REPEATED = ("data.validation", "results.test.type.DNA", "results.test.type.RNA", "declared.a", "energy.e", "software.s")


def poisoned(payload: str) -> Findings:
    """The token run with `payload` before every string that a person, a file or a data set may choose."""
    found = []
    for finding in token_run():
        if finding.id.startswith(REPEATED):
            continue
        if finding.id in OURS:
            found.append(finding)
            continue
        update: dict[str, Any] = {"value": _poison(finding.value, payload)}
        for key in ("slice", "method", "reason"):
            if getattr(finding, key):
                update[key] = f"{payload} {getattr(finding, key)}"
        found.append(Finding.model_validate(finding.model_dump() | update))
    return Findings(found)


def _poison(value: Any, payload: str) -> Any:
    if isinstance(value, str):
        return f"{payload} {value}"
    if isinstance(value, list):
        return [_poison(item, payload) for item in value]
    if isinstance(value, dict):
        if {"labels", "epoch", "module", "mean", "seed"} & set(value):
            return {key: _poison(item, payload) for key, item in value.items()}
        return {f"{payload} {key}": _poison(item, payload) for key, item in value.items()}
    return value


@cache
def expected(render: Any) -> tuple[list[tuple[str, str]], list[str]]:
    return _seen(render(poisoned(HARMLESS)))


def _seen(card: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The structure without code spans (what is no safe code is shown as plain text), and the keys of the YAML."""
    kept = [token for token in structure(card) if token[0] != "code_inline" and not token[0].startswith("fence")]
    keys = set(yaml.safe_load(front_matter(card))) - {"license_name"}  # a slug of the payload may be a known licence
    return kept, sorted(keys)


def check(payload: str) -> None:
    payload = re.sub(r"[\n\r]\s*[\n\r]", "\n", payload)  # blank lines part paragraphs of declared prose, as they should
    for render in (render_card, render_dataset_card):
        assert _seen(render(poisoned(payload))) == expected(render)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_change_no_structure(payload: str) -> None:
    check(payload)


@settings(max_examples=6, deadline=None)
@given(st.text(alphabet="`*_{}[]()#+-.!|~$<>&;\\/:@=\"' \n\tabw1", min_size=1, max_size=30).filter(str.strip))
def test_no_string_changes_the_structure(payload: str) -> None:
    check(payload)


def test_rows_of_tables_keep_their_cells() -> None:
    blocks = re.findall(r"(?:^\|.*\|\n)+", render_card(poisoned("a | b \\| c")), re.MULTILINE)
    assert len(blocks) >= 6
    for block in blocks:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1, block


def test_code_and_output_cannot_leave_their_fence() -> None:
    findings = token_run()
    hostile = {"start.code": "print('''\n```\n# Heading\n''')\n", "start.output": "```\n<script>x</script>\n````"}
    changed = Findings(f.model_copy(update={"value": hostile[f.id]}) if f.id in hostile else f for f in findings)
    card = render_card(changed)
    assert [text for _, text in headings(card)] == [text for _, text in headings(render_card(findings))]
    assert hostile["start.code"] in card
    assert not any(kind.startswith("html") and "script" in text for kind, text in structure(card))
