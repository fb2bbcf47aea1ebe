"""A group of people that answers are worse about is found, no small group is told, and chance raises few alarms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from tunecard.evaluation import evaluate
from tunecard.evaluation.people import judge_people
from tunecard.evaluation.scored import score_file
from tunecard.evidence import Findings, Predictions, RunFolder, measured
from tunecard.evidence.conditions import each_split_of_people
from tunecard.rows.factor_values import MISSING
from tunecard.tasks import task_named
from tunecard.verification.scores import check_scores

TASK = task_named("text-classification", ("no", "yes"))


def folder_of(path: Path, groups: Any, is_right: Any, clusters: Any = None) -> RunFolder:
    folder, labels = RunFolder(path), ["no", "yes"]
    gold = ["yes" if place % 2 else "no" for place in range(len(groups))]
    said = [name if right else labels[name == "no"] for name, right in zip(gold, is_right, strict=True)]
    rows = list(range(len(gold)))
    folder.write_predictions(Predictions(rows, gold, said, None, {"about": list(groups)}, None, clusters), "test")
    return folder


@pytest.fixture
def worse() -> tuple[Any, Any]:
    """Of 60 rows about one group half are right, of 240 about three others nine of ten; 40 name nobody, 9 are few."""
    groups = np.array(["a"] * 60 + ["b"] * 80 + ["c"] * 80 + ["d"] * 80 + [MISSING] * 40 + ["few"] * 9)
    share = np.where(groups == "a", 0.5, 0.9)
    return groups, np.random.default_rng(5).random(len(groups)) < share


def test_one_group_that_answers_are_worse_about_is_found(tmp_path: Path, worse: tuple[Any, Any]) -> None:
    groups, is_right = worse
    findings = Findings(evaluate(folder_of(tmp_path, groups, is_right), TASK, ["test"], people=["about"]))
    found = findings["results.test.people"]
    by_group = {one["group"]: one for one in found.value}
    assert next(iter(by_group)) == "a" and set(by_group) == {"a", "b", "c", "d"} and found.n == 309
    own, others = is_right[groups == "a"], is_right[~np.isin(groups, ["a", MISSING])]
    assert by_group["a"]["gap"] == pytest.approx(own.mean() - others.mean())
    error = np.sqrt(own.var(ddof=1) / len(own) + others.var(ddof=1) / len(others))
    low, high = by_group["a"]["gap_interval"]
    assert high < 0 and high - low == pytest.approx(2 * norm.ppf(0.975) * error, rel=0.05)
    wilson = binomtest(int(own.sum()), len(own)).proportion_ci(method="wilson")
    assert by_group["a"]["interval"] == pytest.approx([wilson.low, wilson.high])
    assert [name for name, one in by_group.items() if one["distinguishable"] and one["gap"] < 0] == ["a"]
    assert [*each_split_of_people(Findings([*findings, measured("data.people", ["about"])]))] == [{"split": "test"}]
    assert not findings.under("results.test.slice")  # which would tell of small groups


def test_the_only_group_is_seen_beside_rows_that_name_nobody(tmp_path: Path) -> None:
    groups, is_right = ["a"] * 50 + [MISSING] * 50, [True, False] * 25 + [True] * 50
    folder = folder_of(tmp_path, groups, is_right)
    ((one,),) = (
        found.value for found in judge_people(TASK.scoring, score_file(folder, TASK.scoring, "test"), ["about"])
    )
    assert one["gap"] == pytest.approx(-0.5) and one["distinguishable"]


@pytest.mark.parametrize(("groups", "columns"), [(["a"] * 19, ["about"]), (["a"] * 40, [])])
def test_small_groups_are_not_told_and_nothing_is_said_unasked(
    tmp_path: Path, groups: list[str], columns: list[str]
) -> None:
    folder = folder_of(tmp_path, groups, [True] * len(groups))
    found = judge_people(TASK.scoring, score_file(folder, TASK.scoring, "test"), columns)
    assert [one.status for one in found] == (["not measured"] if columns else [])


def test_chance_raises_no_more_alarms_than_it_may(tmp_path: Path) -> None:
    rng, alarms = np.random.default_rng(0), 0
    for draw in range(60):
        groups = rng.choice(["a", "b", "c", "d"], 200)
        folder = folder_of(tmp_path / str(draw), groups, rng.random(200) < 0.8)
        (found,) = judge_people(TASK.scoring, score_file(folder, TASK.scoring, "test"), ["about"])
        alarms += any(one["distinguishable"] for one in found.value)
    assert binomtest(alarms, 60, 0.05, alternative="greater").pvalue > 0.01


def test_a_forged_gap_is_caught(tmp_path: Path, worse: tuple[Any, Any]) -> None:
    folder = folder_of(tmp_path, *worse)
    told = [
        measured("task.name", "text-classification"),
        measured("task.labels", list(TASK.labels)),
        measured("data.people", ["about"]),
    ]
    scores = evaluate(folder, TASK, ["test"], people=["about"])
    assert check_scores(folder, Findings([*told, *scores])).ok
    forged = [
        one.model_copy(update={"value": [{**one.value[0], "gap": -0.01, "distinguishable": False}, *one.value[1:]]})
        if one.id == "results.test.people"
        else one
        for one in scores
    ]
    assert "results.test.people" in check_scores(folder, Findings([*told, *forged])).detail
