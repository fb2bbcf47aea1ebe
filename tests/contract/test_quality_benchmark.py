"""The pure parts of benchmarks/quality.py: which rows a cell has, what an interval of pooled seeds is, what is done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one small set under the name of a known one: three classes, ids in the order c, b, a."""
    folder = tmp_path / "data" / "banking77"
    folder.mkdir(parents=True)
    names = {"columns": {"label": {"kind": "class", "names": ["c", "b", "a"]}}}
    (folder / "metadata.json").write_text(json.dumps(names))
    labels = [0] * 30 + [1] * 25 + [2] * 4
    for split, chosen in (("train", labels), ("test", [0, 1, 2] * 7)):
        rows = [{"text": f"{split} {place}", "label": label} for place, label in enumerate(chosen)]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{split}.parquet")
    return folder.parent


def test_a_cell_is_seeded_and_balanced_and_made_once(data: Path, tmp_path: Path) -> None:
    cells = import_module("quality_cells")
    first, again = (cells.make_cell(data, tmp_path / work, "banking77", 10, 0) for work in ("one", "other"))
    drawn = first.rows("train")
    assert drawn == again.rows("train") and first.labels == ["c", "b", "a"]
    assert Counter(row["label"] for row in drawn) == {"c": 10, "b": 10, "a": 4}  # a class of fewer gives all
    other = cells.make_cell(data, tmp_path / "one", "banking77", 10, 1)
    assert other.rows("train") != drawn and other.rows("test") == first.rows("test")
    (data / "banking77" / "train.parquet").unlink()
    assert cells.make_cell(data, tmp_path / "one", "banking77", 10, 0).rows("train") == drawn
    assert not list(first.folder.glob(".*"))


def test_a_set_that_cannot_fill_a_cell_says_so(data: Path, tmp_path: Path) -> None:
    cells = import_module("quality_cells")
    for size, reason in ((50, "0 of 3 classes have 50 rows"), (2000, "59 rows, 2000 are needed")):
        with pytest.raises(cells.TooFewRows, match=reason):
            cells.make_cell(data, tmp_path / "work", "banking77", size, 0)


def test_test_rows_of_classes_that_were_not_drawn_are_left_out(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = import_module("quality_cells")
    monkeypatch.setattr(cells, "draw", lambda *_: [0, 1, 30])
    cell = cells.make_cell(data, tmp_path, "banking77", 10, 0)
    assert cell.labels == ["c", "b"] and Counter(row["label"] for row in cell.rows("test")) == {"c": 7, "b": 7}


def test_sentences_are_drawn_until_each_type_is_mentioned_often_enough() -> None:
    draw = import_module("quality_cells").draw
    rows = [{"tags": ["B-X", "O"] + ["B-Y"] * (place % 3 == 0)} for place in range(60)] + [{"tags": ["O"]}] * 20
    chosen = draw("entities", rows, 10, "seed")
    mentioned = Counter(tag[2:] for row in chosen for tag in rows[row]["tags"] if tag != "O")
    assert mentioned == {"X": 10, "Y": 10} and chosen == draw("entities", rows, 10, "seed")


def test_numbers_are_drawn_from_each_fifth_of_their_range() -> None:
    cells = import_module("quality_cells")
    rows = [{"label": float(place)} for place in range(100)]
    chosen = cells.draw("numbers", rows, 10, "seed")
    assert Counter(row // 20 for row in chosen) == dict.fromkeys(range(5), 10)
    assert set(cells.bins_of([1.0] * 5 + [2.0] * 5)) == {2, 4}  # equal numbers share one


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Rows of any number of labels: d is in train alone, e in test alone; c is in every text that says so."""
    folder = tmp_path / "data" / "goemotions"
    folder.mkdir(parents=True)
    names = {"columns": {"labels": {"kind": "list", "of": {"kind": "class", "names": list("abcde")}}}}
    (folder / "metadata.json").write_text(json.dumps(names))
    words = {0: "sun", 1: "rain", 2: "snow"}
    train = [[place % 3] if place % 4 else [place % 3, (place + 1) % 3] for place in range(90)] + [[], [3]]
    for split, chosen in (("train", train), ("test", [[0], [1, 2], [], [4]])):
        texts = ["the " + " ".join(words.get(label, "ice") for label in labels) + " today" for labels in chosen]
        rows = [{"text": text, "labels": labels} for text, labels in zip(texts, chosen, strict=True)]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{split}.parquet")
    return folder.parent


def test_a_cell_of_label_sets_keeps_all_labels_and_is_answered(
    sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, sides = import_module("quality_cells"), import_module("quality_sides")
    with pytest.raises(cells.TooFewRows, match="1 rows have d, 10 are needed"):
        cells.make_cell(sets, tmp_path, "goemotions_sets", 10, 0)
    monkeypatch.setattr(cells, "draw", lambda kind, rows, size, seed: list(range(len(rows))))
    cell = cells.make_cell(sets, tmp_path, "goemotions_sets", 2000, 0)
    assert cell.labels == list("abcd")
    assert sorted(row["label"] for row in cell.rows("test")) == [[], ["a"], ["b", "c"]]  # nobody learned e
    said = sides.tfidf(cell)
    assert [set(one) for one in said.predictions] == [set(row["label"]) for row in cell.rows("test")]
    assert len(said.probabilities[0]) == 4 and 0 < said.settings["threshold"] < 1
    assert sides.constant(cell).predictions[0] in (["a"], ["b"], ["c"])


def test_label_sets_are_scored_by_micro_f1() -> None:
    from sklearn.metrics import f1_score

    scores = import_module("quality_scores")
    gold, said = [["a", "b"], [], ["c"], ["a"]], [["a"], ["b"], ["c"], []]
    counts = scores.row_counts("label sets", gold, said, list("abc"))
    flags = [[[label in row for label in "abc"] for row in rows] for rows in (gold, said)]
    assert scores.score_of("label sets", counts.sum(axis=0)) == pytest.approx(f1_score(*flags, average="micro"))


def seed_of(rows: list[int], hits: list[int]) -> Any:
    scores = import_module("quality_scores")
    return scores.SeedCounts(np.array(rows), np.column_stack([hits, np.ones(len(hits))]).astype(float))


def test_a_pooled_score_is_the_mean_over_seeds_and_repeated_seeds_do_not_narrow_it() -> None:
    scores = import_module("quality_scores")
    dice = np.random.default_rng(0)
    rows, hits = list(range(200)), dice.integers(0, 2, 200).tolist()
    once, thrice = ({seed: seed_of(rows, hits) for seed in range(count)} for count in (1, 3))
    value, (low, high) = scores.pooled_score("text", once)
    assert scores.pooled_score("text", thrice) == (pytest.approx(value), pytest.approx((low, high)))
    assert value == np.mean(hits) and low < value < high
    # a seed that was asked about fewer rows counts as much as the others
    uneven = {0: seed_of([0, 1], [1, 1]), 1: seed_of([0, 1, 2, 3], [0, 0, 0, 0])}
    assert scores.pooled_score("text", uneven)[0] == 0.5


def test_a_paired_difference_is_of_the_rows_and_seeds_that_both_have() -> None:
    scores = import_module("quality_scores")
    rows = list(range(100))
    better, worse = [1] * 80 + [0] * 20, [1] * 60 + [0] * 40
    ours = {0: seed_of(rows, better), 1: seed_of(rows, better)}
    value, interval, seeds = scores.paired_difference("text", ours, {1: seed_of(rows, worse), 2: seed_of(rows, better)})
    assert value == pytest.approx(0.2) and seeds == [1] and scores.verdict(interval) == "above"
    fewer = {0: seed_of(rows[:80], worse[:80])}
    assert scores.paired_difference("text", ours, fewer)[0] == pytest.approx(1 - 60 / 80)
    same = scores.paired_difference("text", ours, ours)
    assert same[0] == 0 and same[1] == (0, 0) and scores.verdict(same[1]) == "same"
    assert scores.paired_difference("text", ours, {5: seed_of(rows, worse)}) is None
    assert scores.verdict((-0.2, -0.1)) == "below" and scores.verdict(None) == "unknown"


def test_entities_and_numbers_are_scored_as_the_product_scores_them() -> None:
    from tunecard.metrics.entities import entity_counts, strict_f1
    from tunecard.metrics.numbers import number_counts, pearson

    scores = import_module("quality_scores")
    gold, said = [["B-X", "I-X"], ["O", "B-Y"]], [["B-X", "I-X"], ["B-X", "B-Y"]]
    counts = scores.row_counts("entities", gold, said, ["O", "B-X", "I-X", "B-Y", "I-Y"])
    assert scores.score_of("entities", counts.sum(axis=0)) == strict_f1(entity_counts(gold, said, ["X", "Y"]).totals())
    counts = scores.row_counts("numbers", [1, 2, 3], [1, 2, 4], [])
    assert scores.score_of("numbers", counts.sum(axis=0)) == pearson(number_counts([1, 2, 3], [1, 2, 4]).totals())


def test_what_is_there_is_skipped_and_what_failed_is_recorded_and_tried_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality, work = import_module("quality"), tmp_path / "work"
    cell = import_module("quality_cells").make_cell(data, work, "banking77", 10, 0)
    items = [quality.Item("banking77", 10, 0, side) for side in ("constant", "probe")]
    asked: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command[command.index("--child") + 1])
        if asked[-1].endswith("probe"):
            return subprocess.CompletedProcess(command, 1, "", "its last words")
        columns = {"row": [0, 1], "label": ["c", "b"], "prediction": ["c", "c"]}
        pyarrow.parquet.write_table(pyarrow.table(columns), cell.folder / ".constant.parquet")
        return subprocess.CompletedProcess(command, 0, '{"seconds": 1, "settings": {}, "commit": "x"}', "")

    monkeypatch.setattr(subprocess, "run", run)
    arguments = SimpleNamespace(work=work, setfit_python=sys.executable)
    for _ in range(2):
        quality.work_off(items, arguments)
    assert [name.rpartition("/")[2] for name in asked] == ["constant", "probe", "probe"]
    assert json.loads((cell.folder / "constant.json").read_text())["scores"] == {"test_rows": 2, "accuracy": 0.5}
    failures = [json.loads(line) for line in (work / "failures.jsonl").read_text().splitlines()]
    assert len(failures) == 2 and "its last words" in failures[0]["error"] and failures[0]["item"] == asked[1]


def test_a_first_seed_of_everything_comes_before_the_next_and_the_peers_come_last() -> None:
    quality = import_module("quality")
    arguments = SimpleNamespace(seeds=[0, 1], sides=[*quality.PLAIN, *quality.PEERS])
    cells = [("banking77", 10), ("bionlp2004", 2000)]
    items = [item.name for item in quality.plan(arguments, cells, has_setfit=True)]
    assert items[:5] == [f"banking77/10/0/{side}" for side in quality.PLAIN] + ["bionlp2004/2000/0/ours"]
    assert items[14:16] == ["banking77/10/0/setfit", "bionlp2004/2000/0/stock"]
    assert "bionlp2004/2000/0/full-2e-05" in items and len(items) == len(set(items)) == 21
    assert quality.Item.parse(items[0]).name == items[0]


def test_the_time_to_a_score_is_that_of_the_first_point_there() -> None:
    reach = import_module("time_to_score").reach

    def curve(*scores: float) -> dict[str, Any]:
        return {
            "points": [
                {"seconds": 10.0 * at, "processor_seconds": 5.0 * at, "score": one} for at, one in enumerate(scores)
            ]
        }

    curves = {"ours": curve(0.1, 0.8, 0.9), "stock-0.001": curve(0, 0.2, 0.4, 0.8), "stock-0.003": curve(0, 0.95)}
    found = reach(curves)
    assert found["guide"]["first_at"]["ours"]["seconds"] == 10
    assert found["guide"]["tunecard_to_stock"]["seconds"] == pytest.approx(1 / 3)
    best = found["best of its rates"]
    assert best["side"] == "stock-0.003" and best["first_at"]["ours"] is None and best["tunecard_to_stock"] is None


def test_the_page_counts_cells_and_lists_what_is_missing(data: Path, tmp_path: Path) -> None:
    table, quality = import_module("quality_table"), import_module("quality")
    work = tmp_path / "work"
    cell = import_module("quality_cells").make_cell(data, work, "banking77", 10, 0)
    gold = [row["label"] for row in cell.rows("test")]
    for side, said in (("ours", gold), ("constant", ["c"] * len(gold))):
        columns = {"row": list(range(len(gold))), "label": gold, "prediction": said}
        pyarrow.parquet.write_table(pyarrow.table(columns), cell.folder / f".{side}.parquet")
        told = '{"seconds": 1, "settings": {}, "commit": "abc"}'
        quality.close(quality.Item("banking77", 10, 0, side), work, subprocess.CompletedProcess([], 0, told, ""))
    page = tmp_path / "quality.md"
    table.write_table(page, work, [("banking77", 10)], {("banking77", 50): "0 of 3"}, ["banking77/10/0/probe"])
    text = page.read_text()
    assert "1 cell: 1 above." in text and "commit abc" in text and "| 10 a class | 24 | 21 |" in text
    assert "- banking77, 50: the set is too small (0 of 3)." in text and "- banking77, 10: probe, 1 seed." in text
