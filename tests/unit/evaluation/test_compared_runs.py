"""Runs on the same rows: scores, paired differences and p values against independent references; what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from seqeval.metrics import f1_score as entity_f1
from seqeval.scheme import IOB2
from sklearn import metrics as reference

from run_pairs import make_run
from tunecard.errors import RecipeError, RunFolderError
from tunecard.evaluation.compared_runs import Comparison, compare_runs
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import TASKS

TEXT = "text-classification"
CLASSES = ("a", "b", "c")
TAGS = ("O", "B-DNA", "I-DNA")
TOPICS = ("x", "y", "z")
ROWS = 40
WORDS = ("the", "cat", "sat", "on", "mats")

Draw = Callable[[random.Random], Any]
Err = Callable[[random.Random, Any], Any]
Reference = Callable[[Sequence[Any], Sequence[Any]], float]


@dataclass(frozen=True)
class Example:
    """Labels, gold answers, answers that are sometimes wrong, and the headline by another library or by hand."""

    labels: tuple[str, ...]
    gold: Draw
    said: Err
    headline: Reference


def or_other(names: Sequence[str]) -> Err:
    return lambda chance, gold: gold if chance.random() < 0.7 else chance.choice(names)


def sets(chance: random.Random) -> list[str]:
    return [name for name in TOPICS if chance.random() < 0.5]


def micro_f1(gold: Sequence[Any], said: Sequence[Any]) -> float:
    table = [[[name in row for name in TOPICS] for row in side] for side in (gold, said)]
    return float(reference.f1_score(*table, average="micro"))


def word_accuracy(gold: Sequence[Any], said: Sequence[Any]) -> float:
    return float(reference.accuracy_score([t for row in gold for t in row], [t for row in said for t in row]))


def squad_f1(gold: Sequence[Any], said: Sequence[Any]) -> float:
    def of_one(a: str, b: str) -> float:
        one, two = ([word for word in text.split() if word != "the"] for text in (a, b))
        common = sum(min(one.count(word), two.count(word)) for word in set(one))
        return 2 * common / (len(one) + len(two)) if common else float(one == two)

    return float(
        np.mean([max(of_one(text, answer) for text in texts) for texts, answer in zip(gold, said, strict=True)])
    )


def mean_reciprocal_rank(gold: Sequence[Any], said: Sequence[Any]) -> float:
    return float(np.mean(1 / np.array(said)))


EXAMPLES = {
    TEXT: Example(CLASSES, lambda c: c.choice(CLASSES), or_other(CLASSES), reference.accuracy_score),
    "multiple-choice": Example(CLASSES, lambda c: c.choice(CLASSES), or_other(CLASSES), reference.accuracy_score),
    "token-classification": Example(
        TAGS,
        lambda c: c.choice([["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "O"], ["O", "O", "B-DNA"]]),
        lambda c, gold: gold if c.random() < 0.6 else ["O", "B-DNA", "I-DNA"],
        lambda gold, said: float(entity_f1(list(gold), list(said), mode="strict", scheme=IOB2)),
    ),
    "word-tagging": Example(
        CLASSES,
        lambda c: [c.choice(CLASSES) for _ in range(4)],
        lambda c, gold: [tag if c.random() < 0.8 else c.choice(CLASSES) for tag in gold],
        word_accuracy,
    ),
    "multi-label": Example(TOPICS, sets, lambda c, gold: gold if c.random() < 0.6 else sets(c), micro_f1),
    "question-answering": Example(
        ("start", "end"),
        lambda c: [" ".join(c.sample(WORDS, 3)), c.choice(WORDS[1:])],
        lambda c, gold: gold[0] if c.random() < 0.5 else " ".join(c.sample(WORDS[1:], 2)),
        squad_f1,
    ),
    "regression": Example(
        ("score",),
        lambda c: c.gauss(0, 1),
        lambda c, gold: gold + c.gauss(0, 0.8),
        lambda gold, said: float(stats.pearsonr(gold, said).statistic),
    ),
    "sentence-embedding": Example(
        ("partner",), lambda c: 0, lambda c, gold: c.choice([1, 1, 2, 3, 7]), mean_reciprocal_rank
    ),
}


def drawn(kind: str, seed: int) -> Predictions:
    """The same gold answers for every seed, and answers of its own."""
    example, chance = EXAMPLES[kind], random.Random(7)
    gold = [example.gold(chance) for _ in range(ROWS)]
    if kind == "sentence-embedding":
        gold = list(range(ROWS))  # each row is a partner of its own
    own = random.Random(seed)
    return Predictions([10 + 3 * row for row in range(ROWS)], gold, [example.said(own, one) for one in gold])


def drawn_run(path: Path, kind: str, seed: int, **more: Any) -> Path:
    return make_run(path, kind, EXAMPLES[kind].labels, drawn(kind, seed), **more)


def right(predictions: Predictions) -> np.ndarray:
    return np.array([a == b for a, b in zip(predictions.labels, predictions.predictions, strict=True)], float)


def jackknife(score: Callable[[Sequence[int]], float]) -> tuple[float, float, float]:
    """Value without its bias, standard error and p value of 0, by leaving out each row; Tukey 1958 by hand."""
    everything = list(range(ROWS))
    value = score(everything)
    without = np.array([score(everything[:row] + everything[row + 1 :]) for row in everything])
    error = np.sqrt((ROWS - 1) / ROWS * ((without - without.mean()) ** 2).sum())
    centre = value - (ROWS - 1) * (without.mean() - value)
    return centre, error, 2 * stats.t.sf(abs(centre) / error, ROWS - 1)


def shuffled(predictions: Predictions) -> Predictions:
    order = random.Random(1).sample(range(len(predictions)), len(predictions))
    columns = (predictions.rows, predictions.labels, predictions.predictions)
    return Predictions(*([column[at] for at in order] for column in columns))


@pytest.mark.parametrize("kind", TASKS)
def test_headline_and_difference_of_every_task(kind: str, tmp_path: Path) -> None:
    example, ours, theirs = EXAMPLES[kind], drawn(kind, 1), drawn(kind, 2)
    sides = {"a": ours, "b": shuffled(theirs)}
    found = compare_runs([make_run(tmp_path / name, kind, example.labels, side) for name, side in sides.items()])

    def gap(rows: Sequence[int]) -> float:
        gold = [ours.labels[row] for row in rows]
        return example.headline(gold, [ours.predictions[row] for row in rows]) - example.headline(
            gold, [theirs.predictions[row] for row in rows]
        )

    assert (found.rows, found.split) == (ROWS, "test")
    assert [run.value for run in found.runs] == pytest.approx(
        [example.headline(ours.labels, one.predictions) for one in (ours, theirs)]
    )
    assert all(run.interval and run.interval[0] <= run.value <= run.interval[1] for run in found.runs)  # type: ignore[operator]
    centre, error, p = jackknife(gap)
    (one,) = found.differences
    half = stats.t.ppf(0.975, ROWS - 1) * error
    assert one.paired.value == pytest.approx(gap(range(ROWS)))
    assert one.paired.interval == pytest.approx((centre - half, centre + half))
    assert (one.paired.test == "McNemar's exact test") is (example.headline is reference.accuracy_score)
    if example.headline is reference.accuracy_score:
        wins, losses = (int((sign * (right(ours) - right(theirs)) > 0).sum()) for sign in (1, -1))
        p = stats.binomtest(wins, wins + losses).pvalue
    assert one.p == pytest.approx(p)


def test_accuracys_interval_is_that_of_the_paired_t_test(tmp_path: Path) -> None:
    found = compare_runs([drawn_run(tmp_path / name, TEXT, seed) for seed, name in enumerate("ab")])
    expected = stats.ttest_rel(*(right(drawn(TEXT, seed)) for seed in (0, 1))).confidence_interval()
    assert found.differences[0].paired.interval == pytest.approx((expected.low, expected.high))
    assert found.differences[0].paired.test == "McNemar's exact test"


def holm_by_hand(p: Sequence[float]) -> list[float]:
    """Of each hypothesis the largest of (number not yet rejected) x p, of itself and those before it."""
    order = sorted(range(len(p)), key=lambda at: p[at])
    return [
        min(1.0, max((len(p) - place) * p[order[place]] for place in range(order.index(at) + 1)))
        for at in range(len(p))
    ]


def test_p_values_of_all_pairs_are_adjusted_by_holm(tmp_path: Path) -> None:
    kept = drawn(TEXT, 0)
    perfect = Predictions(kept.rows, kept.labels, kept.labels)
    paths = [drawn_run(tmp_path / str(seed), TEXT, seed) for seed in range(3)]
    paths.append(make_run(tmp_path / "perfect", TEXT, CLASSES, perfect))
    found = compare_runs(paths)
    names = [str(path) for path in paths]
    assert [(one.a, one.b) for one in found.differences] == list(combinations(names, 2))
    alone = [one.paired.p for one in found.differences]
    assert [one.p for one in found.differences] == pytest.approx(holm_by_hand(alone))  # type: ignore[arg-type]
    told = {(one.a, one.b) for one in found.differences if one.is_distinguishable}
    assert told == {(name, names[3]) for name in names[:3]}


def test_equal_runs_are_not_distinguishable(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / name, "regression", 0) for name in "ab"]
    (one,) = compare_runs(paths).differences
    assert (one.paired.value, one.paired.interval, one.p, one.is_distinguishable) == (0, None, None, False)
    assert "the two differ in only 0 rows" in one.paired.how


def test_another_measure_of_the_task(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / name, TEXT, seed) for seed, name in enumerate("ab")]
    found = compare_runs(paths, metric="macro_f1")
    assert found.runs[0].value == pytest.approx(
        reference.f1_score(drawn(TEXT, 0).labels, drawn(TEXT, 0).predictions, average="macro")
    )
    assert found.differences[0].paired.test == "the paired jackknife, Student's t"
    with pytest.raises(
        RecipeError, match=r"--metric takes accuracy, macro_f1, .*Got 'macro_f'. Did you mean 'macro_f1'"
    ):
        compare_runs(paths, metric="macro_f")


def test_a_measure_of_ranks_is_tested_by_the_bootstraps_error(tmp_path: Path) -> None:
    kept = drawn("regression", 0)
    perfect = replace(kept, predictions=kept.labels)
    paths = [make_run(tmp_path / name, "regression", ("score",), side) for name, side in (("a", kept), ("b", perfect))]
    (one,) = compare_runs(paths, metric="spearman").differences
    assert one.paired.value == pytest.approx(stats.spearmanr(kept.labels, kept.predictions).statistic - 1)
    assert "1,000 bootstrap resamples" in one.paired.how and one.is_distinguishable


def test_a_run_without_a_score_leaves_its_pairs_without_a_difference(tmp_path: Path) -> None:
    kept = drawn(TEXT, 0)
    constant = replace(kept, predictions=["a"] * ROWS)
    paths = [make_run(tmp_path / name, TEXT, CLASSES, side) for name, side in (("a", kept), ("b", constant))]
    told = compare_runs(paths, metric="mcc").to_json()
    assert told["runs"][1] == {"path": str(paths[1]), "value": None, "interval": None}
    (one,) = told["differences"]
    assert (one["value"], one["interval"], one["p"], one["distinguishable"]) == (None, None, None, False)


def test_rows_that_belong_together_are_drawn_together(tmp_path: Path) -> None:
    groups = [row // 4 for row in range(ROWS)]
    ours, theirs = drawn(TEXT, 0), drawn(TEXT, 1)
    paths = [
        make_run(tmp_path / "a", TEXT, CLASSES, ours),
        make_run(tmp_path / "b", TEXT, CLASSES, replace(theirs, clusters=groups)),
    ]
    found = compare_runs(paths)
    gaps = right(ours) - right(theirs)
    expected = stats.ttest_1samp(gaps.reshape(-1, 4).mean(axis=1), 0)  # groups of one size
    one = found.differences[0]
    assert (found.unit, one.paired.test) == ("groups of rows", "the paired jackknife, Student's t")
    assert one.paired.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert one.p == pytest.approx(expected.pvalue)


def test_groups_of_two_runs_are_joined_where_they_overlap(tmp_path: Path) -> None:
    fours, pairs = [row // 4 for row in range(ROWS)], [(row + 2) // 4 for row in range(ROWS)]
    paths = [
        make_run(tmp_path / name, TEXT, CLASSES, replace(drawn(TEXT, seed), clusters=groups))
        for seed, (name, groups) in enumerate({"a": fours, "b": pairs}.items())
    ]
    (one,) = compare_runs(paths).differences
    assert one.paired.interval is None and "differ in only" in one.paired.how  # all hangs together: one group


def test_unlabelled_rows_are_left_out(tmp_path: Path) -> None:
    ours, theirs = drawn(TEXT, 0), drawn(TEXT, 1)
    more = Predictions([*theirs.rows, 999], [*theirs.labels, None], [*theirs.predictions, "a"])
    paths = [make_run(tmp_path / "a", TEXT, CLASSES, ours), make_run(tmp_path / "b", TEXT, CLASSES, more)]
    assert compare_runs(paths).rows == ROWS


def test_validation_is_taken_where_a_run_has_no_test_split(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / "a", TEXT, 0), drawn_run(tmp_path / "b", TEXT, 1, split="validation")]
    folder = RunFolder(paths[0])
    file = folder.write_predictions(drawn(TEXT, 2), "validation")
    findings = list(folder.read_findings())
    findings.append(
        findings[-1].model_copy(update={"id": "results.validation.accuracy", "source": folder.source(file)})
    )
    folder.write_findings(Findings(findings))
    found = compare_runs(paths)
    assert found.split == "validation"
    assert f"{paths[1]}: predictions of test are not there" in found.notes[0] and "flatters" in found.notes[1]
    with pytest.raises(RunFolderError, match=r"predictions of test are not there: it was not predicted"):
        compare_runs(paths, split="test")


def test_labels_in_another_order_are_the_same_labels(tmp_path: Path) -> None:
    paths = [
        make_run(tmp_path / "a", TEXT, CLASSES, drawn(TEXT, 0)),
        make_run(tmp_path / "b", TEXT, CLASSES[::-1], drawn(TEXT, 1)),
    ]
    assert compare_runs(paths).runs[1].value == pytest.approx(
        reference.accuracy_score(drawn(TEXT, 1).labels, drawn(TEXT, 1).predictions)
    )


def test_other_inputs_of_the_same_rows_are_told(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / name, TEXT, 0, data__test__sha256=name * 64) for name in "ab"]
    (note,) = compare_runs(paths).notes
    assert "data.test.sha256 differs" in note


def test_json_is_the_contracts(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / str(seed), TEXT, seed, training__seed=seed, run__date=str(seed)) for seed in range(3)]
    two = compare_runs(paths[:2]).to_json()
    assert list(two) == ["rows", "metric", "runs", "differences", "changed"]
    assert (two["rows"], two["metric"]) == (ROWS, "accuracy")
    assert [set(run) for run in two["runs"]] == [{"path", "value", "interval"}] * 2
    assert set(two["differences"][0]) == {"a", "b", "value", "interval", "p", "distinguishable"}
    assert two["changed"] == [{"id": "training.seed", "a": 0, "b": 1}]
    three = compare_runs(paths).to_json()
    assert three["changed"] == [{"id": "training.seed", "a": 0, "b": b, "run": str(paths[b])} for b in (1, 2)]


def test_a_comparison_tells_itself(tmp_path: Path) -> None:
    found = compare_runs(
        [drawn_run(tmp_path / name, TEXT, seed, training__seed=seed) for seed, name in enumerate("ab")]
    )
    shown = found._repr_html_()
    assert all(
        part in shown
        for part in ("Accuracy on 40 rows of test", "a minus ", "1 record with another value", "training.seed")
    )
    assert isinstance(found, Comparison) and "Accuracy on 40 rows of test" in repr(found)
    assert list(found.to_pandas().columns) == ["a", "b", "value", "low", "high", "p", "distinguishable"]


# What is refused.


def refused(paths: Sequence[Path], **asked: Any) -> str:
    with pytest.raises(RunFolderError) as error:
        compare_runs(paths, **asked)
    return str(error.value)


def test_two_folders_are_needed_and_none_twice(tmp_path: Path) -> None:
    path = drawn_run(tmp_path / "a", TEXT, 0)
    assert "two run folders or more are compared. Got 1." in refused([path])
    assert "is named twice" in refused([path, tmp_path / "b" / ".." / "a"])


def test_all_folders_that_are_none_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = refused([tmp_path / "none", tmp_path / "empty", drawn_run(tmp_path / "a", TEXT, 0)])
    assert "none: must be a run folder" in said and "empty: no evidence.json here" in said


def test_another_task_and_other_labels(tmp_path: Path) -> None:
    text, number = drawn_run(tmp_path / "a", TEXT, 0), drawn_run(tmp_path / "b", "regression", 0)
    assert f"{text} is a run of text-classification and {number} one of regression" in refused([text, number])
    wider = make_run(tmp_path / "c", TEXT, (*CLASSES, "d"), drawn(TEXT, 0))
    assert f"have other labels: 3 and 4; only in {wider}: d." in refused([text, wider])


def test_other_rows_name_both_folders_and_the_first_rows(tmp_path: Path) -> None:
    ours, theirs = drawn(TEXT, 0), drawn(TEXT, 1)
    paths = [
        make_run(tmp_path / "a", TEXT, CLASSES, ours),
        make_run(tmp_path / "b", TEXT, CLASSES, replace(theirs, rows=[*theirs.rows[5:], 500, 501, 502, 503, 504])),
    ]
    said = refused(paths)
    assert f"{paths[0]} and {paths[1]} have other rows of test: 40 and 40 with a label" in said
    assert f"5 only in {paths[0]} (10, 13, 16, ...)" in said and f"5 only in {paths[1]} (500, 501, 502, ...)" in said


def test_other_gold_labels_are_shown(tmp_path: Path) -> None:
    ours, theirs = drawn(TEXT, 0), drawn(TEXT, 1)
    theirs.labels[1] = "b" if ours.labels[1] != "b" else "c"
    paths = [make_run(tmp_path / "a", TEXT, CLASSES, ours), make_run(tmp_path / "b", TEXT, CLASSES, theirs)]
    said = refused(paths)
    assert "have other gold labels in 1 of 40 rows of test" in said
    assert f"row 13 is {ours.labels[1]!r} and {theirs.labels[1]!r}" in said


def test_withheld_predictions(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / name, TEXT, 0) for name in "ab"]
    RunFolder(paths[1]).predictions("test").unlink()
    said = refused(paths)
    assert f"{paths[1]}: predictions of test are withheld, and runs are compared row by row" in said
    assert f"{paths[1]}: predictions of validation are not there" in said


def test_a_split_without_labels(tmp_path: Path) -> None:
    bare = Predictions([1, 2], [None, None], ["a", "b"])
    paths = [make_run(tmp_path / name, TEXT, CLASSES, bare) for name in "ab"]
    assert "no row of test has a label" in refused(paths, split="test")


def test_predictions_that_are_not_those_of_the_evidence(tmp_path: Path) -> None:
    paths = [drawn_run(tmp_path / name, TEXT, 0) for name in "ab"]
    RunFolder(paths[1]).write_predictions(drawn(TEXT, 3), "test")
    said = refused(paths)
    assert "predictions/test.parquet is not the file that the evidence was computed from" in said
    assert f"`tunecard verify {paths[1]}`" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": [1] * ROWS}, "a row number is missing or comes twice"),
        ({"predictions": ["nothing"] * ROWS}, "prediction 'nothing' is not one of the 3 labels"),
        ({"predictions": [None] * ROWS}, "the column prediction does not hold"),
    ],
)
def test_files_that_no_run_writes(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    broken = make_run(tmp_path / "b", TEXT, CLASSES, replace(drawn(TEXT, 0), **change))
    assert said in refused([drawn_run(tmp_path / "a", TEXT, 0), broken])


def test_evidence_without_a_task(tmp_path: Path) -> None:
    path = make_run(tmp_path / "b", TEXT, CLASSES, drawn(TEXT, 0))
    folder = RunFolder(path)
    folder.write_findings(one for one in folder.read_findings() if one.id != "task.labels")
    assert "its evidence names no task and labels" in refused([drawn_run(tmp_path / "a", TEXT, 0), path])
