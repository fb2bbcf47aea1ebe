"""The gravest mistakes of each kind of answer, by hand; how many are sure; and a forged one that does not hold."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named
from tunecard.tasks.question_answering import QuestionAnswering
from tunecard.verification.scores import check_scores


def found(folder, name, labels, *splits):
    return Findings(evaluate(folder, task_named(name, labels), splits or ["test"]))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_wrong_answers_come_by_their_probability_and_the_sure_ones_are_counted(folder):
    stated = [0.95, 0.6, 0.92, 0.99, 0.55, 0.97]
    gold = ["no", "no", "no", "yes", "yes", "no"]
    likely = [[1 - p, p] for p in stated]
    folder.write_predictions(Predictions([10, 11, 12, 13, 14, 15], gold, ["yes"] * 6, likely), "test")
    records = found(folder, "text-classification", ("no", "yes"))
    surest = records["results.test.surest_mistakes"]
    assert [(one["row"], one["right"], one["given"]) for one in surest.value] == [
        (row, "no", "yes") for row in (15, 10, 12, 11)
    ]
    assert [one["probability"] for one in surest.value] == pytest.approx([0.97, 0.95, 0.92, 0.6]) and surest.n == 4
    share = records["results.test.sure_mistakes"]
    assert share.value == 0.75 and share.n == 4


def test_the_share_of_sure_mistakes_has_the_interval_of_wilson(folder):
    stated = [0.95] * 9 + [0.7] * 21
    likely = [[1 - p, p] for p in stated]
    folder.write_predictions(Predictions(list(range(30)), ["no"] * 30, ["yes"] * 30, likely), "test")
    share = found(folder, "text-classification", ("no", "yes"))["results.test.sure_mistakes"]
    assert share.interval == pytest.approx(tuple(binomtest(9, 30).proportion_ci(method="wilson")))


def test_no_mistake_is_no_share(folder):
    folder.write_predictions(Predictions([0, 1], ["yes", "yes"], ["yes", "yes"], [[0.1, 0.9]] * 2), "test")
    records = found(folder, "text-classification", ("no", "yes"))
    assert records["results.test.surest_mistakes"].value == []
    assert records["results.test.sure_mistakes"].reason == "undefined: no answer is wrong"


def test_entities_are_told_by_their_words_beside_the_gold_ones_there(folder):
    names = ("O", "B-DNA", "I-DNA", "B-RNA", "I-RNA")
    gold = [["O", "B-DNA", "I-DNA", "O"], ["B-RNA", "O", "O", "O"]]
    said = [["O", "B-RNA", "I-RNA", "O"], ["B-RNA", "O", "B-DNA", "O"]]
    ids = {name: place for place, name in enumerate(names)}
    sure = [[0.9, 0.9, 0.9, 0.9], [0.8, 0.8, 0.7, 0.8]]
    likely = [
        [[p if place == ids[tag] else (1 - p) / 4 for place in range(5)] for tag, p in zip(tags, ps, strict=True)]
        for tags, ps in zip(said, sure, strict=True)
    ]
    folder.write_predictions(Predictions([7, 3], gold, said, likely), "test")
    first, second = found(folder, "token-classification", names)["results.test.surest_mistakes"].value
    assert {key: first[key] for key in ("row", "words", "right", "given")} == {
        "row": 7, "words": "1 to 2", "right": "DNA 1 to 2", "given": "RNA"
    }  # fmt: skip
    assert first["probability"] == pytest.approx(0.9 * 0.9 * 0.975, abs=1e-6)
    assert (second["row"], second["words"], second["right"], second["given"]) == (3, "2 to 2", "none", "DNA")


def test_predicted_labels_of_several_and_tags_of_words_are_told_one_by_one(folder):
    folder.write_predictions(Predictions([4], [["a"]], [["b", "a"]], [[0.8, 0.7, 0.1]]), "test")
    (one,) = found(folder, "multi-label", ("a", "b", "c"))["results.test.surest_mistakes"].value
    assert (one["right"], one["given"], one["probability"]) == ("a", "b", pytest.approx(0.7))
    likely = [[[0.9, 0.1], None, [0.2, 0.8]]]
    folder.write_predictions(Predictions([5], [["N", "N", "N"]], [["N", "N", "V"]], likely), "validation")
    (word,) = found(folder, "word-tagging", ("N", "V"), "validation")["results.validation.surest_mistakes"].value
    assert (word["row"], word["word"], word["right"], word["given"]) == (5, 2, "N", "V")


def test_of_amounts_the_furthest_are_told_and_of_texts_no_word(folder):
    rng = np.random.default_rng(0)
    gold, said = rng.normal(size=30).tolist(), rng.normal(size=30).tolist()
    folder.write_predictions(Predictions(list(range(30)), gold, said), "test")
    records = found(folder, "regression", ("score",))
    errors = np.abs(np.array(gold) - np.array(said))
    furthest = records["results.test.largest_errors"].value
    assert [one["row"] for one in furthest] == np.argsort(-errors)[:10].tolist()
    assert [one["error"] for one in furthest] == pytest.approx(np.sort(errors)[::-1][:10].tolist())
    assert "without a probability" in records["results.test.surest_mistakes"].reason
    folder.write_predictions(Predictions([0, 1], [["Paris"], ["Rome"]], ["Oslo", "Rome"], [[0.9], [0.8]]), "validation")
    answers = Findings(evaluate(folder, QuestionAnswering(), ["validation"]))
    assert list(answers["results.validation.surest_mistakes"].value[0]) == ["row", "probability"]


def test_rows_of_one_group_count_as_one_draw(folder):
    likely = [[0.05, 0.95]] * 50 + [[0.4, 0.6]] * 50
    clusters = [place // 5 for place in range(100)]
    folder.write_predictions(
        Predictions(list(range(100)), ["no"] * 100, ["yes"] * 100, likely, {}, None, clusters), "test"
    )
    share = found(folder, "text-classification", ("no", "yes"))["results.test.sure_mistakes"]
    alone = binomtest(50, 100).proportion_ci(method="wilson")
    assert share.interval[1] - share.interval[0] > alone.high - alone.low and "design effect" in share.method


def test_a_forged_mistake_is_found(folder):
    folder.write_predictions(Predictions([0, 1], ["no", "no"], ["yes", "yes"], [[0.1, 0.9], [0.2, 0.8]]), "test")
    task = task_named("text-classification", ("no", "yes"))
    records = evaluate(folder, task, ["test"])
    told = [*task_records(task), *records]
    assert check_scores(folder, Findings(told)).ok
    forged = [_milder(one) if one.id == "results.test.surest_mistakes" else one for one in told]
    check = check_scores(folder, Findings(forged))
    assert check.ok is False and "results.test.surest_mistakes: value is" in check.detail


def task_records(task):
    from tunecard import card
    from tunecard.evidence import measured

    return [
        measured("task.name", task.name),
        measured("task.labels", list(task.labels)),
        measured("run.renderer_version", card.RENDERER_VERSION),
    ]


def _milder(finding):
    return finding.model_copy(update={"value": [{**one, "probability": 0.5} for one in finding.value]})
