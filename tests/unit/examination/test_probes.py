"""Probes are asked in turn, each for as much as its price and what is left allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from tunecard.evidence import Finding, RunFolder
from tunecard.examination import PROBES, Subject, examine
from tunecard.rows.dataset import Split


class MadeUp:
    """Takes so many passes a row, and says how many it was allowed."""

    def __init__(self, passes: int) -> None:
        self.name, self.passes = f"made up {passes}", passes

    def price(self, rows: int) -> int:
        return rows * self.passes

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        about: dict[str, Any] = {"section": "model_examination", "name": self.name, "status": "measured"}
        return [Finding(id=f"examination.made_up_{self.passes}", value=budget, **about)]


def test_the_budget_is_spent_in_turn(tmp_path: Path) -> None:
    rows = Split("test", [0, 1, 2], {"text": ["a", "b", "c"]}, ["x", "y", "x"], {}, "given", {})
    subject = Subject(RunFolder(tmp_path), nn.Linear(1, 1), rows)
    asked = [MadeUp(2), MadeUp(0), MadeUp(3)]
    assert [finding.value for finding in examine(subject, asked, budget=10)] == [6, 0, 4]
    assert [finding.value for finding in examine(subject, asked)] == [6, 0, 9]


def test_every_probe_has_a_name_of_its_own() -> None:
    names = [probe.name for probe in PROBES]
    assert len(names) == len(set(names))
