"""Probes are asked in turn, each for as much as its price and its share of the budget allow."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from tunecard.errors import RecipeError
from tunecard.evidence import Finding, RunFolder
from tunecard.examination import Subject, examine, known_probes, probes_named, registry, told
from tunecard.rows.dataset import Split
from tunecard.tasks.text_classification import TextClassification


class MadeUp:
    """Takes so many passes a row, makes all that it is allowed, and says how many that was."""

    def __init__(self, passes: int = 1) -> None:
        self.name, self.passes = f"made-up-{passes}", passes

    def price(self, subject: Subject) -> int:
        return len(subject.rows) * self.passes

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        subject.passes.count(budget)
        about: dict[str, Any] = {"section": "model_examination", "name": self.name, "status": "measured"}
        return [Finding(id=f"examination.made_up_{self.passes}", value=budget, **about)]


def subject_of(folder: Path, rows: int = 3) -> Subject:
    split = Split("test", list(range(rows)), {"text": ["a"] * rows}, ["x"] * rows, {}, "given", {})
    return Subject(
        RunFolder(folder), nn.Linear(1, 1), TextClassification(("x", "y")), split, None, lambda rows: None, 0
    )  # type: ignore[arg-type,return-value]


def test_a_budget_is_shared_out_before_the_first_is_asked(tmp_path: Path) -> None:
    asked = [MadeUp(2), MadeUp(0), MadeUp(3)]
    scarce = examine(subject_of(tmp_path), asked, budget=10)
    assert [(one.spent, one.allowed, one.full) for one in scarce] == [(5, 5, 6), (0, 0, 0), (5, 5, 9)]
    passes, *found = told(scarce)
    assert [finding.value for finding in found] == [5, 0, 5] and passes.n == 10
    assert [one["full"] for one in passes.value] == [6, 0, 9]
    assert told(examine(subject_of(tmp_path), asked, budget=100))[0].n == 15


def test_rows_are_drawn_alike_by_one_seed_and_in_order(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, rows=50)
    drawn = subject.sample(subject.rows, 7)
    assert drawn.rows == subject.sample(subject.rows, 7).rows == sorted(drawn.rows) and len(set(drawn.rows)) == 7
    assert subject.sample(subject.rows, 50) is subject.rows


def test_every_probe_has_a_name_of_its_own_and_an_unknown_one_is_told() -> None:
    assert all(name == probe.name for name, probe in known_probes().items())
    with pytest.raises(RecipeError, match=r"names of probes: .*Got 'update-size'\. Did you mean 'update-sizes'"):
        probes_named(["update-size"])


def test_a_probe_of_an_installed_package_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("made-up", f"{__name__}:MadeUp", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    known_probes.cache_clear()
    try:
        assert [probe.name for probe in probes_named(["made-up-1"])] == ["made-up-1"]
        broken = EntryPoint("gone", "no_such_module:Probe", registry.GROUP)
        monkeypatch.setattr(registry, "entry_points", lambda group: [broken])
        known_probes.cache_clear()
        with pytest.raises(RecipeError, match=r"probe no_such_module:Probe: must be importable"):
            known_probes()
    finally:
        monkeypatch.undo()
        known_probes.cache_clear()
