"""Prediction files to findings: ids, values against references, and what is said where nothing can be computed."""

import random
import re

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from sklearn import metrics as reference

from tunecard.errors import DataError, RunFolderError
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named
from tunecard.tasks.unseen import entity_surfaces, mark_unseen

TEXT = "text-classification"
TOKEN = "token-classification"
CLASSES = ["good", "bad", "mixed", "never"]
TAGS = ["O", "B-DNA", "I-DNA", "B-RNA", "I-RNA"]


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


def text_predictions(seed, rows=120, right=0.8, probabilities=False):
    chance = random.Random(seed)
    labels = [CLASSES[i % 3] for i in range(rows)]
    guesses = [label if chance.random() < right else chance.choice(CLASSES[:3]) for label in labels]
    likely = [[0.7 if name == guess else 0.1 for name in CLASSES] for guess in guesses] if probabilities else None
    factors = {"length": ["1-8 words" if i % 4 else "9-16 words" for i in range(rows)]}
    return Predictions(list(range(100, 100 + rows)), labels, guesses, likely, factors)


def token_predictions(seed, rows=60, right=0.9):
    chance = random.Random(seed)
    labels = [["B-DNA", "I-DNA", "O", "B-RNA", "O"] if i % 3 else ["O", "B-DNA", "O"] for i in range(rows)]
    guesses = [[tag if chance.random() < right else chance.choice(TAGS) for tag in row] for row in labels]
    likely = [[[0.2] * 5] * len(row) for row in labels]
    return Predictions(
        list(range(rows)), labels, guesses, likely, {"source": ["a" if i < 57 else "b" for i in range(rows)]}
    )


def found(folder, kind=TEXT, labels=CLASSES, splits=("test",)):
    return Findings(evaluate(folder, task_named(kind, tuple(labels)), splits))


def test_text_scores_are_those_of_scikit_learn(folder):
    predictions = text_predictions(0, probabilities=True)
    folder.write_predictions(predictions, "test")
    findings = found(folder)
    gold, guess = predictions.labels, predictions.predictions
    expected = {
        "accuracy": reference.accuracy_score(gold, guess),
        "macro_f1": reference.f1_score(gold, guess, average="macro"),
        "mcc": reference.matthews_corrcoef(gold, guess),
    }
    for key, value in expected.items():
        finding = findings[f"results.test.{key}"]
        assert finding.value == pytest.approx(value)
        if key == "macro_f1":
            assert (
                finding.interval is None and "no interval, as 1 of 4 classes have fewer than 2 rows" in finding.method
            )
        else:
            assert finding.interval[0] < value < finding.interval[1] and finding.level == 0.95
        assert (finding.n, finding.split, finding.section) == (120, "test", "results")
        assert finding.source == folder.source(folder.predictions("test"))
    assert (
        findings["results.test.accuracy"].method
        == "tunecard.metrics.classification.accuracy, Wilson interval; n = rows"
    )
    assert findings["results.test.mcc"].method == (
        "tunecard.metrics.classification.matthews_correlation, "
        "jackknife over rows, Student's t on Fisher's z scale; n = rows"
    )
    report = reference.classification_report(gold, guess, output_dict=True)
    for name in CLASSES[:3]:
        own = findings[f"results.test.class.{name}.f1"]
        assert (own.value, own.n, own.slice) == (pytest.approx(report[name]["f1-score"]), 40, name)
    confusion = findings["results.test.confusion"].value
    assert confusion["labels"] == CLASSES
    assert confusion["counts"] == reference.confusion_matrix(gold, guess, labels=CLASSES).tolist()
    assert findings["results.test.brier"].interval is not None
    low, high = findings["results.test.ece"].interval
    assert 0 < low < findings["results.test.ece"].value < high  # 0.13 off on 120 rows is no chance
    assert findings["results.test.ece"].value == pytest.approx(abs(0.7 - expected["accuracy"]))


def test_token_scores_are_those_of_seqeval(folder):
    predictions = token_predictions(1)
    folder.write_predictions(predictions, "test")
    findings = found(folder, TOKEN, TAGS)
    gold, guess = predictions.labels, predictions.predictions
    f1 = findings["results.test.f1"]
    assert f1.value == pytest.approx(f1_score(gold, guess, mode="strict", scheme=IOB2))
    assert f1.interval[0] < f1.value < f1.interval[1]
    assert f1.n == 20 + 2 * 40
    assert findings["results.test.f1_conlleval"].value == pytest.approx(f1_score(gold, guess))
    assert findings["results.test.accuracy"].n == 40 * 5 + 20 * 3
    assert findings["results.test.type.RNA.recall"].n == 40
    assert findings["results.headline"].value == "results.test.f1"
    assert sum(map(sum, findings["results.test.confusion"].value["counts"])) == 260
    assert findings["results.test.confusion"].value["labels"] == ["DNA", "RNA", "O"]


def test_a_class_without_rows_is_undefined_not_zero(folder):
    folder.write_predictions(text_predictions(0), "test")
    finding = found(folder)["results.test.class.never.f1"]
    assert (finding.status, finding.value, finding.n) == ("not measured", None, 0)
    assert finding.reason == "undefined: no row of this class in the split"


def test_a_class_without_rows_is_undefined_even_when_it_was_predicted(folder):
    folder.write_predictions(Predictions([0, 1], ["good", "bad"], ["never", "bad"]), "test")
    findings = found(folder)
    assert {findings[f"results.test.class.never.{key}"].value for key in ("precision", "recall", "f1")} == {None}
    assert findings["results.test.class.good.precision"].reason == "undefined: no row was predicted as this class"
    assert findings["results.test.class.good.f1"].value == 0


def test_constant_predictions_have_no_correlation(folder):
    folder.write_predictions(text_predictions(0), "test")
    constant = text_predictions(0)
    folder.write_predictions(Predictions(constant.rows, constant.labels, ["good"] * 120), "test", "majority")
    findings = found(folder)
    assert findings["baseline.majority.test.mcc"].reason == "undefined: the predictions are all of one class"
    assert findings["difference.majority.test.mcc"].status == "not measured"
    assert findings["baseline.majority.test.accuracy"].value == pytest.approx(1 / 3)
    assert findings["baseline.majority.test.accuracy"].name == "Accuracy: most frequent class"


def test_perfect_scores_on_few_rows_do_not_claim_certainty(folder):
    rows = [["B-DNA", "O"]] * 6
    folder.write_predictions(Predictions(list(range(6)), rows, rows), "test")
    findings = found(folder, TOKEN, TAGS)
    low, high = findings["results.test.f1"].interval
    assert (high, findings["results.test.f1"].value) == (1.0, 1.0)
    assert 0.5 < low < 0.95
    assert findings["results.test.f1"].method.endswith("Wilson interval; n = gold entities")
    assert findings["results.truncated_misses"].reason.startswith("the predictions hold no probabilities")


def test_slices_have_their_own_rows_and_few_rows_are_told(folder):
    predictions = token_predictions(2)
    folder.write_predictions(predictions, "test")
    findings = found(folder, TOKEN, TAGS)
    first = findings["results.test.slice.source=a.f1"]
    expected = f1_score(predictions.labels[:57], predictions.predictions[:57], mode="strict", scheme=IOB2)
    gold = sum(tag.startswith("B-") for row in predictions.labels[:57] for tag in row)
    assert (first.value, first.n, first.slice) == (pytest.approx(expected), gold, "source=a")
    few = findings["results.test.slice.source=b.f1"]
    assert (few.reason, few.n, few.value) == ("too few rows: 3", 3, None)


def test_slices_are_in_natural_order(folder):
    predictions = text_predictions(0)
    predictions.factors["length"] = [("2-8 words", "17-32 words", "9-16 words")[i % 3] for i in range(120)]
    folder.write_predictions(predictions, "test")
    names = [finding.slice for finding in found(folder).under("results.test.slice")]
    assert names == ["length=2-8 words", "length=9-16 words", "length=17-32 words"]


def test_a_factor_of_too_many_values_is_not_sliced(folder):
    predictions = text_predictions(0)
    predictions.factors["id"] = [str(i) for i in range(120)]
    folder.write_predictions(predictions, "test")
    assert found(folder)["results.test.slice.id"].reason.startswith("120 values are too many")


def test_differences_are_paired_and_signed(folder):
    ours, theirs = text_predictions(0, right=0.95), text_predictions(1, right=0.5)
    folder.write_predictions(ours, "test")
    folder.write_predictions(theirs, "test", "full")
    findings = found(folder)
    difference = findings["difference.full.test.accuracy"]
    own = findings["results.test.accuracy"].value - findings["control.full.test.accuracy"].value
    assert difference.value == pytest.approx(own)
    assert 0 < difference.interval[0] < difference.value < difference.interval[1]
    assert difference.source.file == "predictions/test.full.parquet"
    assert difference.name == "Accuracy: adapter minus full fine-tuning"
    assert findings["difference.full.test.mcnemar"].value < 0.001


def test_a_control_with_rows_in_another_order_is_aligned(folder):
    ours, theirs = text_predictions(0), text_predictions(1)
    folder.write_predictions(ours, "test")
    folder.write_predictions(theirs, "test", "head")
    straight = found(folder)["difference.head.test.accuracy"]
    turned = Predictions(theirs.rows[::-1], theirs.labels[::-1], theirs.predictions[::-1])
    folder.write_predictions(turned, "test", "head")
    again = found(folder)["difference.head.test.accuracy"]
    assert (again.value, again.interval) == (straight.value, straight.interval)


def test_the_order_of_rows_changes_no_finding(folder):
    predictions = text_predictions(0, probabilities=True)
    folder.write_predictions(predictions, "test")
    before = [
        finding.model_dump(exclude={"source"})
        for finding in evaluate(folder, task_named(TEXT, tuple(CLASSES)), ["test"])
    ]
    order = random.Random(1).sample(range(120), 120)
    columns = (predictions.rows, predictions.labels, predictions.predictions, predictions.probabilities)
    moved = [[column[i] for i in order] for column in columns]
    lengths = {"length": [predictions.factors["length"][i] for i in order]}
    folder.write_predictions(Predictions(*moved, lengths), "test")
    after = [
        finding.model_dump(exclude={"source"})
        for finding in evaluate(folder, task_named(TEXT, tuple(CLASSES)), ["test"])
    ]
    assert [item["id"] for item in after] == [item["id"] for item in before]
    for one, other in zip(before, after, strict=True):
        assert one.pop("interval") == pytest.approx(other.pop("interval"), abs=1e-12)
        nested = isinstance(one["value"], list | dict)
        assert (
            one.pop("value") == other.pop("value")
            if nested
            else one.pop("value") == pytest.approx(other.pop("value"), abs=1e-12)
        )
        assert one == other


def test_a_split_without_labels_is_told_not_scored(folder):
    folder.write_predictions(text_predictions(0), "validation")
    folder.write_predictions(Predictions([0, 1, 2], [None] * 3, ["good", "bad", "good"]), "test")
    findings = found(folder, splits=("validation", "test"))
    assert [finding.id for finding in findings.under("results.test")] == ["results.test.accuracy"]
    assert findings["results.test.accuracy"].reason == "the 3 rows of this split have no labels: predicted, not scored"
    assert findings["results.headline"].value == "results.validation.accuracy"


def test_nothing_labelled_has_no_headline(folder):
    folder.write_predictions(Predictions([0], [None], ["good"]), "test")
    assert found(folder)["results.headline"].status == "not measured"


def test_rows_without_a_label_are_counted_apart(folder):
    predictions = text_predictions(0)
    predictions.labels[:20] = [None] * 20
    folder.write_predictions(predictions, "test")
    findings = found(folder)
    assert findings["results.test.accuracy"].n == 100
    assert findings["results.test.unlabelled"].value == 20


def test_the_worst_part_has_support(folder):
    labels = ["good"] * 30 + ["bad"] * 25 + ["mixed"] * 10
    guesses = ["good"] * 30 + ["bad"] * 15 + ["good"] * 10 + ["good"] * 10
    folder.write_predictions(Predictions(list(range(65)), labels, guesses), "test")
    worst = found(folder)["results.worst"]
    assert (worst.value, worst.n, worst.slice) == ("results.test.class.bad.f1", 25, "bad")  # mixed is worse, with 10


def test_no_part_with_support_has_no_worst(folder):
    folder.write_predictions(Predictions([0, 1], ["good", "bad"], ["good", "bad"]), "test")
    assert found(folder)["results.worst"].reason == "no class or slice has 20 or more"


def test_entities_lost_to_truncation_are_counted(folder):
    labels = [["B-DNA", "O", "B-RNA", "I-RNA"], ["B-DNA", "O", "O", "B-RNA"], ["O", "B-DNA"]]
    guesses = [["B-DNA", "O", "B-RNA", "O"], ["B-DNA", "O", "O", "O"], ["O", "B-DNA"]]
    known = [0.2] * 5
    likely = [[known, known, known, None], [known, known, None, None], [known, known]]
    folder.write_predictions(Predictions([0, 1, 2], labels, guesses, likely), "test")
    lost = found(folder, TOKEN, TAGS)["results.truncated_misses"]
    assert (lost.value, lost.n, lost.split) == (2, 5, "test")
    assert found(folder, TOKEN, TAGS)["results.test.recall"].value == 3 / 5


def test_entities_never_seen_in_training_have_a_recall_of_their_own(folder):
    seen = entity_surfaces([["IL-2", "gene", "x"], ["y"]], [["B-DNA", "I-DNA", "O"], None])
    tokens = [["IL-2", "gene", "and", "IL-4"], ["IL-2", "."], ["gene", "gene"]]
    labels = [["B-RNA", "I-RNA", "O", "B-DNA"], ["B-DNA", "O"], ["B-DNA", "B-DNA"]]
    unseen = mark_unseen(seen, tokens, labels)
    assert unseen == [[False, False, False, True], [True, False], [True, True]]
    guesses = [["B-RNA", "I-RNA", "O", "B-RNA"], ["B-DNA", "B-DNA"], ["B-DNA", "O"]]
    folder.write_predictions(Predictions([0, 1, 2], labels, guesses, unseen=unseen), "test")
    finding = found(folder, TOKEN, TAGS)["results.test.unseen.recall"]
    assert (finding.value, finding.n) == (2 / 4, 4)  # neighbours are two entities; IL-4 has the wrong type
    folder.write_predictions(Predictions([0], [["O"]], [["O"]], unseen=[[False]]), "test")
    assert found(folder, TOKEN, TAGS)["results.test.unseen.recall"].status == "not measured"
    folder.write_predictions(Predictions([0], [["O"]], [["O"]], unseen=[[False, True]]), "test")
    with pytest.raises(RunFolderError, match="unseen must hold one flag a word"):
        found(folder, TOKEN, TAGS)


def test_other_rows_or_labels_cannot_be_compared(folder):
    folder.write_predictions(text_predictions(0), "test")
    folder.write_predictions(text_predictions(0, rows=119), "test", "head")
    with pytest.raises(RunFolderError, match=re.escape("predictions/test.head.parquet: must hold the rows of")):
        found(folder)
    changed = text_predictions(0)
    changed.labels[0] = "mixed"
    folder.write_predictions(changed, "test", "head")
    with pytest.raises(RunFolderError, match="must hold the gold labels"):
        found(folder)


def test_faults_name_the_file(folder):
    folder.write_predictions(Predictions([0], ["good"], ["great"]), "test")
    with pytest.raises(RunFolderError, match=r"test\.parquet: label 'great' is not one of 4 labels"):
        found(folder)
    folder.write_predictions(Predictions([0], ["good"], ["good"], [[0.5, 0.5]]), "test")
    with pytest.raises(RunFolderError, match="each row must have 4 probabilities"):
        found(folder)
    with pytest.raises(RunFolderError, match="cannot be read"):
        found(folder, splits=("validation",))


def test_only_known_tasks():
    assert [task_named(kind).scoring.headline.key for kind in (TOKEN, TEXT)] == ["f1", "accuracy"]
    with pytest.raises(DataError, match="Did you mean 'token-classification'"):
        task_named("token-clasification")
