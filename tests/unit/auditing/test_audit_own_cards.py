"""The cards we write pass the audit we publish: every field answered, nothing for the Hub to refuse."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tunecard.auditing import audit_text
from tunecard.card import render_card

STATES = {"measured", "derived", "declared", "explained"}


def example_findings() -> ModuleType:
    path = Path(__file__).parents[1] / "card" / "example_findings.py"
    spec = importlib.util.spec_from_file_location("audited_example_findings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["token_run", "text_run"])
def test_our_own_card_is_full_and_valid(name: str) -> None:
    card = audit_text(render_card(getattr(example_findings(), name)()))
    assert [field.field for field in card.fields if not field.filled] == []
    assert card.metadata_errors == ()
    assert {field.field for field in card.fields if field.state not in STATES} <= {"model_id"}


def test_a_run_without_findings_is_all_explanations() -> None:
    from tunecard.evidence import Findings

    card = audit_text(render_card(Findings()), require=frozenset({"measured", "declared"}))
    assert card.filled == 0
