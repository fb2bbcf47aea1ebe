"""Calibration from prediction files: rows of one class, and entities whose words were cut off or never predicted."""

import pytest

from tunecard.errors import RunFolderError
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named

TOKEN = "token-classification"
TAGS = ["O", "B-DNA", "I-DNA"]


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


def word(tag, probability):
    """Probabilities of one word: `probability` for the tag, the rest shared."""
    rest = (1 - probability) / (len(TAGS) - 1)
    return [probability if name == tag else rest for name in TAGS]


def found(folder, labels, guesses, likely):
    folder.write_predictions(Predictions(list(range(len(labels))), labels, guesses, likely), "test")
    return Findings(evaluate(folder, task_named(TOKEN, tuple(TAGS)), ["test"]))


def test_an_entity_is_as_probable_as_its_tags_and_its_end_together(folder):
    labels = [["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "O"]]
    guesses = [["B-DNA", "I-DNA", "O"], ["B-DNA", "O", "O"]]
    likely = [
        [word("B-DNA", 0.9), word("I-DNA", 0.75), word("O", 0.99)],
        [word("B-DNA", 0.5), word("O", 0.6), word("O", 0.99)],
    ]
    findings = found(folder, labels, guesses, likely)
    wrong, right = findings["results.test.reliability"].value
    first, second = 0.9 * 0.75 * (1 - 0.005), 0.5 * (1 - 0.2)  # less that the word after goes on
    assert (wrong["confidence"], wrong["accuracy"], wrong["n"]) == (pytest.approx(second), 0.0, 1)
    assert (right["confidence"], right["accuracy"], right["n"]) == (pytest.approx(first), 1.0, 1)
    ece = findings["results.test.ece"]
    assert (ece.value, ece.n) == (pytest.approx((second + 1 - first) / 2), 2)
    assert ece.method.endswith(
        "an entity's probability is that of all of its tags and of ending there, words taken as independent; "
        "n = predicted entities"
    )
    assert ece.interval is None and "no interval, as there are fewer than 30" in ece.method


def test_which_way_the_probabilities_err_is_told(folder):
    labels, guesses = [["B-DNA", "O"], ["O", "B-DNA"]], [["B-DNA", "O"], ["B-DNA", "O"]]
    likely = [[word("B-DNA", 0.9), word("O", 0.99)], [word("B-DNA", 0.5), word("O", 0.6)]]
    findings = found(folder, labels, guesses, likely)
    stated, surplus = findings["results.test.stated"], findings["results.test.overconfidence"]
    assert surplus.value == pytest.approx(stated.value - 0.5) and (stated.n, surplus.n) == (2, 2)
    assert surplus.interval is None  # two rows tell nothing


def test_the_next_row_and_an_unseen_word_do_not_go_on(folder):
    labels = [["B-DNA"], ["I-DNA"], ["B-DNA", "O"], ["B-DNA", "I-DNA"]]
    guesses = [["B-DNA"], ["I-DNA"], ["B-DNA", "O"], ["B-DNA", "I-DNA"]]
    likely = [[word("B-DNA", 0.9)], [word("I-DNA", 0.8)], [word("B-DNA", 0.7), None], [None, word("I-DNA", 0.6)]]
    bins = found(folder, labels, guesses, likely)["results.test.reliability"].value
    assert [one["confidence"] for one in bins] == [pytest.approx(p) for p in (0.6, 0.7, 0.9)]


def test_a_type_without_an_inside_tag_cannot_go_on(folder):
    tags = ["O", "B-DNA", "B-RNA", "I-RNA"]
    labels = [["B-DNA", "O"]]
    likely = [[[0.1, 0.9, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5]]]
    folder.write_predictions(Predictions([0], labels, labels, likely), "test")
    findings = Findings(evaluate(folder, task_named(TOKEN, tuple(tags)), ["test"]))
    assert [one["confidence"] for one in findings["results.test.reliability"].value] == [pytest.approx(0.9)]


def test_brier_is_over_words_and_leaves_out_those_cut_off(folder):
    labels = [["B-DNA", "O", "B-DNA"]]
    likely = [[word("B-DNA", 0.8), word("O", 0.6), None]]
    brier = found(folder, labels, [["B-DNA", "O", "O"]], likely)["results.test.brier"]
    assert (brier.value, brier.n) == (pytest.approx(((0.2**2 + 2 * 0.1**2) + (0.4**2 + 2 * 0.2**2)) / 2), 2)
    assert brier.method.endswith("n = words")


def test_unlabelled_rows_do_not_shift_the_others(folder):
    labels = [None, ["B-DNA", "O"]]
    guesses = [["O", "O", "O"], ["B-DNA", "O"]]
    likely = [[word("O", 0.4)] * 3, [word("B-DNA", 0.9), word("O", 0.9)]]
    bins = found(folder, labels, guesses, likely)["results.test.reliability"].value
    assert [(one["confidence"], one["accuracy"]) for one in bins] == [(pytest.approx(0.9 * (1 - 0.05)), 1.0)]


def test_no_predicted_entity_is_told_not_scored(folder):
    findings = found(folder, [["B-DNA", "O"]], [["O", "O"]], [[word("O", 0.9)] * 2])
    for key in ("ece", "reliability"):
        finding = findings[f"results.test.{key}"]
        assert (finding.status, finding.reason, finding.n) == ("not measured", "undefined: no entity was predicted", 0)
    assert findings["results.test.brier"].n == 2


def test_without_probabilities_nothing_is_said(folder):
    folder.write_predictions(Predictions([0], [["O"]], [["O"]]), "test")
    findings = Findings(evaluate(folder, task_named(TOKEN, tuple(TAGS)), ["test"]))
    assert not {"ece", "brier", "reliability"} & {finding.id.rsplit(".")[-1] for finding in findings}


def test_probabilities_of_other_words_or_tags_name_the_file(folder):
    with pytest.raises(RunFolderError, match=r"test\.parquet: each word must have a list of probabilities, or null"):
        found(folder, [["O", "O"]], [["O", "O"]], [[word("O", 0.9)]])
    with pytest.raises(RunFolderError, match="each word must have 3 probabilities"):
        found(folder, [["O"]], [["O"]], [[[0.5, 0.5]]])
    with pytest.raises(RunFolderError, match="must sum to 1"):
        found(folder, [["O"]], [["O"]], [[[0.5, 0.5, 0.5]]])


def test_the_error_before_a_temperature_is_that_of_the_logits_before(folder):
    """Probabilities 3 : 1 came of logits divided by 2, and were 9 : 1; three of four rows are right."""
    labels, guesses = ["a", "a", "a", "b"], ["a"] * 4
    folder.write_predictions(Predictions([0, 1, 2, 3], labels, guesses, [[0.75, 0.25]] * 4), "test")
    task = task_named("text-classification", ("a", "b"))
    findings = Findings(evaluate(folder, task, ["test"], 2.0))
    assert findings["results.test.ece"].value == pytest.approx(0.0)
    before = findings["results.test.ece_before"]
    assert (before.value, before.n) == (pytest.approx(0.9 - 0.75), 4)
    assert before.interval is None
    assert before.method.startswith("probabilities p ** T, normalised, T = training.temperature; ")
    alone = Findings(evaluate(folder, task, ["test"]))
    assert [finding.id for finding in findings if finding.id not in alone] == ["results.test.ece_before"]
    assert all(findings[finding.id] == finding for finding in alone)


def test_of_an_entity_every_word_is_undone_before_they_are_taken_together(folder):
    labels = [["B-DNA", "I-DNA"]]
    likely = [[[0.2, 0.6, 0.2], [0.4, 0.1, 0.5]]]
    folder.write_predictions(Predictions([0], labels, labels, likely), "test")
    findings = Findings(evaluate(folder, task_named(TOKEN, tuple(TAGS)), ["test"], 2.0))
    words = [0.36 / (0.04 + 0.36 + 0.04), 0.25 / (0.16 + 0.01 + 0.25)]
    assert findings["results.test.ece_before"].value == pytest.approx(1 - words[0] * words[1])
    assert findings["results.test.ece"].value == pytest.approx(1 - 0.6 * 0.5)


def test_where_nothing_is_predicted_there_is_no_error_before_either(folder):
    folder.write_predictions(Predictions([0], [["B-DNA"]], [["O"]], [[word("O", 0.9)]]), "test")
    before = Findings(evaluate(folder, task_named(TOKEN, tuple(TAGS)), ["test"], 2.0))["results.test.ece_before"]
    assert (before.status, before.reason) == ("not measured", "undefined: no entity was predicted")
