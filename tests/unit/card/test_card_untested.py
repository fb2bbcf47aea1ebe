"""What the card calls untested follows from the records that probes left, never from what an id or a factor is called."""

from __future__ import annotations

import pytest
from example_findings import text_run, token_run

from tunecard.card.sections import limitations
from tunecard.card.sections.limitations import untested
from tunecard.evidence import Finding, Findings, measured
from tunecard.evidence.catalogue import risks_tested
from tunecard.evidence.record import Record

TYPING, GROUPS = "typing errors", "differences between groups of people"
PROBED = Record("examination.typos", "Score with typing errors", "model_examination", tests=TYPING)


def probed(status: str) -> Finding:
    about = {"id": "examination.typos", "section": "model_examination", "name": "x", "status": status}
    return Finding(**about, **({"reason": "the budget was spent"} if status == "not measured" else {"value": 0.5}))  # type: ignore[arg-type]


@pytest.mark.parametrize("run", [text_run, token_run])
def test_no_probe_has_tested_either(run) -> None:
    assert {TYPING, GROUPS} <= set(untested(run()))


def test_a_class_or_factor_that_is_called_so_tests_nothing() -> None:
    named = [
        measured("results.test.class.typo.f1", 0.5, section="results", name="F1: typo", n=40),
        measured("results.test.slice.perturbed=yes.accuracy", 0.5, section="results", name="Accuracy", n=40),
    ]
    told = Findings([f for f in text_run() if f.id != "data.factors"])
    told.extend([*named, measured("data.factors", ["identity"])])
    assert {TYPING, GROUPS} <= set(untested(told))


def test_what_a_probe_measured_is_tested_and_its_gap_is_not() -> None:
    assert risks_tested(Findings([probed("measured")]), [PROBED]) == {TYPING}
    assert risks_tested(Findings([probed("not measured")]), [PROBED]) == set()
    assert risks_tested(Findings([probed("measured")]), []) == set()


def test_the_card_asks_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limitations, "risks_tested", lambda findings: {GROUPS})
    assert TYPING in untested(token_run())
    assert GROUPS not in untested(token_run())
