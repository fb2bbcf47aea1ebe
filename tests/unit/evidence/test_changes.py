"""What differs between the records of two folders: grouped, without what differs between any two runs."""

from __future__ import annotations

import pytest

from tunecard.evidence import Finding, Findings, derived, measured, not_measured
from tunecard.evidence.changes import BASE, COST, DATA, DECLARED, MACHINE, OTHER, SCORES, SETTINGS, _group, changes


def ids(ours: list[Finding], theirs: list[Finding]) -> dict[str, tuple[object, object]]:
    return {one.id: (one.a, one.b) for one in changes(Findings(ours), Findings(theirs), "b")}


def test_values_that_differ_are_told_and_no_others() -> None:
    ours = [measured("training.seed", 1), measured("data.train.rows", 300), measured("base_model.id", "x")]
    theirs = [measured("training.seed", 2), measured("data.train.rows", 300), measured("adapter.rank", 8, name="r")]
    assert ids(ours, theirs) == {"training.seed": (1, 2), "adapter.rank": (None, 8), "base_model.id": ("x", None)}


def test_the_smallest_difference_of_a_number_counts() -> None:
    ours, theirs = ([measured("training.hyperparameters", {"learning_rate": rate})] for rate in (1e-7, 2e-7))
    assert list(ids(ours, theirs)) == ["training.hyperparameters"]


def test_what_differs_between_any_two_runs_is_left_out() -> None:
    ours, theirs = (
        [measured("run.date", day), measured("adapter.sha256", day), measured("start.output", day)] for day in "12"
    )
    assert ids(ours, theirs) == {}


def test_gaps_on_both_sides_are_alike_and_ranges_are_compared_by_their_ends() -> None:
    ours = [not_measured("energy.meter", reason="one"), derived("co2.grams", None, method="x", interval=(1.0, 2.0))]
    theirs = [not_measured("energy.meter", reason="two"), derived("co2.grams", None, method="x", interval=(1.0, 3.0))]
    assert ids(ours, theirs) == {"co2.grams": ([1.0, 2.0], [1.0, 3.0])}


def test_of_two_mappings_the_keys_that_differ_are_the_parts() -> None:
    ours, theirs = (
        [measured("training.hyperparameters", {"rank": rank, "epochs": 3} | more)]
        for rank, more in ((8, {}), (16, {"bias": "none"}))
    )
    (change,) = changes(Findings(ours), Findings(theirs), "b")
    assert [(part.id, part.a, part.b) for part in change.parts()] == [
        ("training.hyperparameters.rank", 8, 16), ("training.hyperparameters.bias", None, "none"),
    ]  # fmt: skip


def test_changes_come_group_by_group() -> None:
    order = ["training.seed", "data.train.rows", "fit.probe", "training.seconds"]
    ours, theirs = ([measured(id, value, name="x") for id in order[::-1]] for value in (1, 2))
    assert list(ids(ours, theirs)) == order


@pytest.mark.parametrize(
    ("id", "group"),
    [
        ("adapter.rank", SETTINGS), ("training.hyperparameters", SETTINGS), ("model.max_length", SETTINGS),
        ("results.protocol", SETTINGS), ("data.test.sha256", DATA), ("base_model.weights_sha256", BASE),
        ("results.test.f1", SCORES), ("training.curve", SCORES), ("difference.probe.test.f1", SCORES),
        ("training.seconds", COST), ("model.parameters", COST), ("environment.training_hours", COST),
        ("adapter.bytes", COST), ("run.seconds", COST), ("environment.processor", MACHINE),
        ("software.torch", MACHINE), ("declared.license", DECLARED), ("card.checks", DECLARED), ("new.thing", OTHER),
    ],
)  # fmt: skip
def test_a_record_belongs_to_one_group(id: str, group: str) -> None:
    assert _group(id) == group
