"""The catalogue says what an id means, and what evidence must hold, going by what else it holds."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.evidence import Finding, Findings, declared, derived, measured, not_measured
from tunecard.evidence.catalogue import UnknownRecordError, faults_of, find_entry, required
from tunecard.evidence.records import RECORDS
from tunecard.hub.fields import BY_VARIABLE

MADE = {"method": "test"}


def from_file(id: str, **fields: Any) -> Finding:
    return Finding(**{"id": id, "section": "results", "name": id, "status": "measured", "value": 1} | fields)


def needed(*findings: Finding) -> set[str]:
    return set(required(Findings(findings)))


def test_name_section_and_unit_come_from_the_entry() -> None:
    of_train, of_test = measured("data.train.rows", 3), measured("data.test.rows", 2)
    assert (of_train.name, of_train.section, of_train.unit) == ("Rows of train", "training_data", "rows")
    assert (of_test.name, of_test.section) == ("Rows of test", "testing_data")
    assert measured("energy.failed_kwh", 1).name == "Energy of stages cut short by an interruption or an error"


def test_what_an_entry_leaves_open_the_writer_names() -> None:
    assert measured("results.test.f1", 0.5, name="F1").name == "F1"
    with pytest.raises(ValueError, match="name"):
        measured("results.test.f1", 0.5)


@pytest.mark.parametrize(
    "id", ["run.nmae", "results.test.brilliance", "data.middle.rows", "results.test.class.x.brilliance", "data.rows"]
)
def test_an_unknown_id_is_an_error_where_it_is_made(id: str) -> None:
    with pytest.raises(UnknownRecordError, match="no entry of the record catalogue"):
        measured(id, 1)


@pytest.mark.parametrize(
    ("id", "pattern"),
    [
        ("results.test.f1", "results.{split}.{measure}"),
        ("results.test.slice.length=1.5-8 words.f1", "results.{split}.slice.{group}.{measure}"),
        ("results.test.slice.author", "results.{split}.slice.{factor}"),
        ("results.test.class.a.b\nc.f1", "results.{split}.class.{label}.{measure}"),
        ("energy.total_kwh", "energy.total_kwh"),
        ("co2.evaluation_grams", "co2.{stage}_grams"),
    ],
)
def test_the_nearest_entry_is_found(id: str, pattern: str) -> None:
    entry = find_entry(id)
    assert entry is not None
    assert entry.record.pattern == pattern


def test_every_section_is_a_variable_of_the_template() -> None:
    sections = {record.section.format(part=part) for record in RECORDS for part in ("training", "testing")}
    assert sections <= set(BY_VARIABLE)


def test_no_pattern_stands_twice() -> None:
    patterns = [record.pattern for record in RECORDS]
    assert len(patterns) == len(set(patterns))


def test_each_fault_is_told() -> None:
    told = faults_of(
        Findings(
            [
                from_file("results.test.brilliance"),
                from_file("run.date", status="declared"),
                from_file("run.seconds", unit="hours"),
                from_file("run.name", n=3),
                from_file("adapter.files"),
            ]
        )
    )
    assert told[:5] == [
        "results.test.brilliance is no record that tunecard writes",
        "run.date is declared, and can only be measured",
        "run.seconds has the unit 'hours', and must have seconds",
        "run.name counts 3, and there is nothing to count",
        "adapter.files is only written by tunecard complete, and this folder was not",
    ]
    assert "task.name must be recorded and is missing" in told


def test_code_to_get_started_is_missing_where_it_would_misread_the_method_and_nowhere_else() -> None:
    gap = not_measured("start.code", reason="a prompt")

    def told(*others: Finding) -> bool:
        return any(fault.startswith("start.code is not measured") for fault in faults_of(Findings([gap, *others])))

    assert told() and told(measured("adapter.rank", 4, name="Rank"))
    assert not told(measured("adapter.virtual_tokens", 4, name="Prompt")) and not told(
        measured("adapter.skills", 4, name="Skills")
    )


def test_a_gap_needs_no_unit() -> None:
    told = faults_of(Findings([not_measured("energy.total_kwh", reason="no meter", unit=None)]))
    assert not any(fault.startswith("energy.total_kwh") for fault in told)


def test_a_split_needs_all_that_a_split_has() -> None:
    assert "data.train.sha256" not in needed()
    assert {"data.train.sha256", "data.personal.train"} <= needed(measured("data.train.words", 9))
    assert "data.near_overlap.train.test" in needed(measured("data.train.rows", 9), measured("data.test.rows", 9))
    assert "data.train.sha256" not in needed(not_measured("data.train.rows", reason="nobody has them"))


def test_conditions_are_decided_from_other_records() -> None:
    several = measured("training.hyperparameters", {"seed": "0, 1", "rank": 2})
    assert {"training.seeds", "adapter.rank"} <= needed(several)
    assert not {"training.seeds", "adapter.rank"} & needed(measured("training.hyperparameters", {"seed": 42}))
    assert "training.head_probe" in needed(measured("adapter.head_start", "probe"))
    assert "start.output" in needed(measured("start.code", "x"))
    assert "start.output" not in needed(not_measured("start.code", reason="none"))
    assert "energy.controls_kwh" in needed(measured("control.full.test.f1", 0.5, name="F1"))
    kwh = derived("energy.total_kwh", None, interval=(1.0, 2.0), **MADE)
    assert "co2.table" in needed(kwh, measured("software.codecarbon", "3"))
    assert "co2.evaluation_grams" in needed(derived("co2.grams", None, interval=(1.0, 2.0), **MADE))


def test_a_score_of_one_split_is_needed_of_every_split() -> None:
    scores = [measured(f"{front}.f1", 0.5, name="F1") for front in ("results.test", "baseline.majority.test")]
    other = measured("results.validation.accuracy", 0.5, name="Accuracy")
    assert "results.validation.f1" in needed(*scores, other)


def test_an_adapter_made_elsewhere_has_records_of_its_own() -> None:
    elsewhere = declared("adapter.origin", "made elsewhere", **MADE)
    assert {"adapter.files", "training.sources"} <= needed(elsewhere)
    assert not {"adapter.files", "training.sources"} & needed()
    assert "training.rule" in needed()
    assert "training.rule" not in needed(elsewhere)
