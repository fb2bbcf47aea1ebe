"""n counts what the value divides by, says its unit, and fits value and interval: held to counts made by other code."""

import random

import pytest
from scipy.stats import binomtest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named

CLASSES = ("good", "bad", "mixed", "never")
TAGS = ("O", "B-DNA", "I-DNA", "B-RNA", "I-RNA")


def classes(seed=0, rows=150):
    """Most rows are called good, so that what is predicted is far from what is there."""
    chance = random.Random(seed)
    gold = [chance.choice(CLASSES[:3]) for _ in range(rows)]
    said = [label if chance.random() < 0.5 else "good" for label in gold]
    return Predictions(list(range(rows)), gold, said, factors={"length": ["ab"[row % 2] for row in range(rows)]})


def entities(seed=0, rows=80):
    chance = random.Random(seed)
    gold = [["B-DNA", "I-DNA", "O", "B-RNA", "O"] if row % 3 else ["O", "B-DNA", "O"] for row in range(rows)]
    said = [[tag if chance.random() < 0.7 else chance.choice(TAGS) for tag in tags] for tags in gold]
    unseen = [[tag != "O" and row % 2 == 0 for tag in tags] for row, tags in enumerate(gold)]
    factors = {"length": ["ab"[row % 2] for row in range(rows)]}
    return Predictions(list(range(rows)), gold, said, factors=factors, unseen=unseen)


def found(tmp_path, kind, labels, predictions, other=None):
    folder = RunFolder(tmp_path)
    folder.write_predictions(predictions, "test")
    if other is not None:
        folder.write_predictions(other, "test", "full")
    return Findings(evaluate(folder, task_named(kind, labels), ["test"]))


def strict(rows, kind=None):
    """How many strict entities seqeval reads in some rows."""
    spans = [span for one in Entities([list(row) for row in rows], IOB2).entities for span in one]
    return sum(kind in (None, span.tag) for span in spans)


def unit(finding):
    return finding.method.rpartition("n = ")[2]


def test_precision_of_a_class_counts_what_was_predicted_and_recall_what_is_there(tmp_path):
    predictions = classes()
    findings = found(tmp_path, "text-classification", CLASSES, predictions)
    for name in CLASSES[:3]:
        precision, recall, f1 = (findings[f"results.test.class.{name}.{key}"] for key in ("precision", "recall", "f1"))
        gold, said = predictions.labels.count(name), predictions.predictions.count(name)
        assert gold != said
        assert (precision.n, recall.n, f1.n) == (said, gold, gold)
        assert unit(precision) == "rows predicted as the class"
        assert unit(recall) == unit(f1) == "rows of the class"


def test_precision_of_entities_counts_what_was_predicted_and_recall_what_is_there(tmp_path):
    predictions = entities()
    findings = found(tmp_path, "token-classification", TAGS, predictions)
    parts = [("results.test", None), *((f"results.test.type.{kind}", kind) for kind in ("DNA", "RNA"))]
    for prefix, kind in parts:
        precision, recall, f1 = (findings[f"{prefix}.{key}"] for key in ("precision", "recall", "f1"))
        gold, said = strict(predictions.labels, kind), strict(predictions.predictions, kind)
        assert gold != said
        assert (precision.n, recall.n, f1.n) == (said, gold, gold)
        assert (unit(precision), unit(recall), unit(f1)) == ("predicted entities", "gold entities", "gold entities")


@pytest.mark.parametrize("kind", ["text-classification", "token-classification"])
def test_a_share_is_a_whole_number_of_its_n_and_wilson_gives_its_interval(tmp_path, kind):
    tokens = kind == "token-classification"
    predictions = entities() if tokens else classes()
    findings = found(tmp_path, kind, TAGS if tokens else CLASSES, predictions)
    shares = [one for one in findings if one.id.rsplit(".")[-1] in ("accuracy", "precision", "recall") and one.n]
    assert len(shares) >= 6
    for finding in shares:
        if finding.value is None:
            continue
        hits = finding.value * finding.n
        assert hits == pytest.approx(round(hits), abs=1e-6), finding.id
        if "Wilson interval;" in finding.method:  # without a design effect
            reference = binomtest(round(hits), finding.n).proportion_ci(method="wilson")
            assert finding.interval == pytest.approx((reference.low, reference.high), abs=1e-9), finding.id
    assert tokens or sum("Wilson interval;" in one.method for one in shares if one.method) >= 6


def test_slices_and_unseen_entities_count_gold_entities_and_rows_where_a_row_is_the_unit(tmp_path):
    predictions = entities()
    findings = found(tmp_path, "token-classification", TAGS, predictions)
    for value, first in (("a", 0), ("b", 1)):
        own = findings[f"results.test.slice.length={value}.f1"]
        assert (own.n, unit(own)) == (strict(predictions.labels[first::2]), "gold entities")
    unseen = findings["results.test.unseen.recall"]
    assert (unseen.n, unit(unseen)) == (sum(len(get_entities(row)) for row in predictions.labels[::2]), "gold entities")
    texts = found(tmp_path / "texts", "text-classification", CLASSES, classes())
    own = texts["results.test.slice.length=a.accuracy"]
    assert (own.n, unit(own)) == (75, "rows")


def test_a_difference_counts_the_rows_that_both_answered(tmp_path):
    findings = found(tmp_path, "token-classification", TAGS, entities(0), entities(1))
    for key in ("f1", "precision", "accuracy"):
        difference = findings[f"difference.full.test.{key}"]
        assert (difference.n, unit(difference)) == (80, "rows")
    assert findings["control.full.test.precision"].n == strict(entities(1).predictions)


def test_a_class_that_no_row_has_gets_no_precision_however_often_it_is_predicted(tmp_path):
    findings = found(tmp_path, "text-classification", CLASSES, Predictions([0, 1], ["good", "bad"], ["never", "bad"]))
    precision = findings["results.test.class.never.precision"]
    assert (precision.value, precision.n) == (None, 1)
    assert precision.reason == "undefined: no row of this class in the split"


def test_the_worst_part_is_less_than_the_whole(tmp_path):
    one_slice = Predictions(
        list(range(60)),
        ["good", "bad", "mixed"] * 20,
        ["good", "bad", "good"] * 20,
        factors={"source": ["news"] * 60},
    )
    worst = found(tmp_path, "text-classification", CLASSES, one_slice)["results.worst"]
    assert worst.value == "results.test.class.mixed.f1"  # the slice scores lower than no class, and is all rows
    assert unit(worst) == "rows of the class"
    whole = Predictions(list(range(30)), [["B-DNA"]] * 30, [["B-DNA"], ["O"]] * 15, factors={"source": ["x"] * 30})
    gap = found(tmp_path / "one", "token-classification", ("O", "B-DNA", "I-DNA"), whole)["results.worst"]
    assert gap.reason == "no type or slice with 20 or more is less than the whole split"


def test_pieces_that_strict_scoring_drops_are_counted(tmp_path):
    """The reference reads the tags twice: seqeval's default mode opens an entity at a stray I-, strict mode does not."""
    predictions = entities(3)
    finding = found(tmp_path, "token-classification", TAGS, predictions)["results.test.strays"]
    every = sum(len(get_entities(row)) for row in predictions.predictions)
    assert every > strict(predictions.predictions)
    assert (finding.value, finding.n) == (every - strict(predictions.predictions), every)
    assert (finding.unit, unit(finding)) == ("pieces", "tagged runs")


def test_conllevals_rule_can_lower_the_score(tmp_path):
    """A stray I- after a right entity is dropped by strict scoring, and one more wrong entity by conlleval's rule."""
    rows = Predictions([0, 1], [["B-DNA", "O"]] * 2, [["B-DNA", "I-RNA"], ["B-DNA", "O"]])
    findings = found(tmp_path, "token-classification", TAGS, rows)
    assert findings["results.test.f1"].value == 1.0
    assert findings["results.test.f1_conlleval"].value == pytest.approx(2 * 2 / (3 + 2))
    assert findings["results.test.strays"].value == 1
