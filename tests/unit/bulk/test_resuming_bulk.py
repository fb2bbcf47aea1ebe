"""Stopped and called again: nothing is predicted twice, nothing is lost, and nothing of another wish is mixed in.

Ray is replaced by a loop over the same readers and the same worker; `tests/end_to_end/test_bulk.py` has the real one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiny_adapters import make_adapter
from tunecard.counted import Count, Uncounted, watched_by
from tunecard.errors import AdapterError, Interrupted, RunFolderError
from tunecard.inference import Predictor, load, predict_stream
from tunecard.inference.bulk import windows

pytest.importorskip("ray", reason="the extra ray is not installed")
from tunecard.bulk import predicting
from tunecard.bulk.predicting import predict_by_ray
from tunecard.bulk.reading import read_shards
from tunecard.bulk.wish import Wish
from tunecard.bulk.worker import Worker


class CountingPredictor(Predictor):
    """Counts the rows that it is asked for, and breaks where a row says so."""

    asked: list[str] = []  # noqa: RUF012 - one for all

    def predict_checked(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        if "break" in rows:
            raise AdapterError("the model gives values that are not finite.")
        self.asked.extend(rows)
        return super().predict_checked(rows)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> tuple[Path, Path, Predictor]:
    base = tiny_base("bert")
    run = make_adapter(
        tmp_path_factory.mktemp("run"), base, "text-classification", evidence={"task.is_pair": False}
    )  # fmt: skip
    return run.path, base, load(run.path, base)


@pytest.fixture
def wish(
    adapter: tuple[Path, Path, Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Wish:  # fmt: skip
    """Of seven rows in two parts, four shards."""
    folder, base, predictor = adapter
    counting = CountingPredictor(**vars(predictor))
    CountingPredictor.asked.clear()

    def answered(parts: Mapping[Any, Sequence[int]], reading: Any, job: Any, pool: Any) -> Iterator[Any]:
        worker = Worker(job)
        vars(worker)["_predictor"] = counting
        for part, numbers in parts.items():
            for one in read_shards(part, reading, frozenset(numbers)):
                yield worker._told(one.number, one.first, one.records)

    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    monkeypatch.setattr(predicting, "answered", answered)
    monkeypatch.setattr(predicting, "ray_session", lambda address: nullcontext())
    monkeypatch.setattr(predicting, "machines", lambda: [{"CPU": 2.0}])
    (tmp_path / "in").mkdir()
    write_rows(tmp_path / "in" / "a.csv", ["tokyo", "new york", ""])
    write_rows(tmp_path / "in" / "b.csv", ["berlin", "are large", "cities", "and"])
    return Wish(folder, tmp_path / "in", tmp_path / "out", base=str(base))


def write_rows(path: Path, texts: list[str]) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in texts)])


class StopsAfter:
    """A watcher that somebody stops after so many shards."""

    def __init__(self, shards: int) -> None:
        self.left = shards

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Any:
        return nullcontext(self if title == "Predicting" and unit == "rows" and total == 7 else Uncounted())

    def advance(self, n: int = 1) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def tell(self, text: str) -> None: ...


def stopped(wish: Wish, shards: int) -> None:
    watcher: Count = StopsAfter(shards)
    with watched_by(watcher), pytest.raises(Interrupted) as caught:
        predict_by_ray(wish)
    assert str(caught.value).endswith("The same command goes on from there.")


@pytest.mark.parametrize("shards", [1, 3])
def test_a_stopped_one_goes_on_with_what_is_missing(wish: Wish, shards: int, tmp_path: Path) -> None:
    stopped(wish, shards)
    before = len(CountingPredictor.asked)
    report = predict_by_ray(wish)
    assert (report.rows, report.errors) == (7, 1)
    assert report.computed == {1: 5, 3: 2}[shards]
    assert sorted(CountingPredictor.asked) == sorted(["tokyo", "new york", "berlin", "are large", "cities", "and"])
    assert 0 < before < 6
    assert sorted(path.name for path in wish.out.iterdir()) == ["_ledger.json", "a.csv", "b.csv"]


def test_parts_are_the_rows_of_one_prediction(
    wish: Wish, adapter: tuple[Path, Path, Predictor], tmp_path: Path
) -> None:
    predict_by_ray(wish)
    for name, first in (("a.csv", 0), ("b.csv", 3)):
        predict_stream(adapter[2], wish.source / name, tmp_path / "alone.csv")
        head, *rows = (tmp_path / "alone.csv").read_text().splitlines()
        moved = [f"{int(row.split(',')[0]) + first},{row.partition(',')[2]}" for row in rows]
        assert (wish.out / name).read_text().splitlines() == [head, *moved]
    ledger = json.loads((wish.out / "_ledger.json").read_text())
    told = [(one["file"], one["first_row"], one["rows"], one["errors"]) for one in ledger["files"]]
    assert told == [("a.csv", 0, 3, 1), ("b.csv", 3, 4, 0)]
    assert [len(one["shards"]) for one in ledger["files"]] == [2, 2]


def test_a_whole_output_is_not_made_again_and_a_broken_one_is(wish: Wish) -> None:
    predict_by_ray(wish)
    assert (predict_by_ray(wish).computed, len(CountingPredictor.asked)) == (0, 6)
    (wish.out / "b.csv").write_text("somebody's")
    report = predict_by_ray(wish)
    assert report.computed == 7 and (wish.out / "b.csv").read_text().startswith("row,text,label")


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda wish: replace(wish, only_predictions=True), "other options"),
        (lambda wish: write_rows(wish.source / "b.csv", ["berlin"]) or wish, "other rows and other options"),
        (lambda wish: replace(wish, adapter=another(wish.adapter)), "another adapter"),
    ],
)
def test_another_wish_is_refused_in_one_sentence(
    wish: Wish, change: Callable[[Wish], Wish], said: str, is_whole: bool, tmp_path: Path
) -> None:
    if is_whole:
        predict_by_ray(wish)
    else:
        stopped(wish, 2)
    asked = len(CountingPredictor.asked)
    left = wish.out / ("_ledger.json" if is_whole else "_shards")
    with pytest.raises(RunFolderError) as caught:
        predict_by_ray(change(wish))
    assert str(caught.value) == (
        f"{wish.out}: was begun with {said}. Give what it was begun with, choose another --out, or delete {left} to "
        "begin anew."
    )
    assert len(CountingPredictor.asked) == asked


def another(folder: Path) -> Path:
    """The same adapter but for one field that PEFT writes."""
    import shutil

    copied = folder.with_name(folder.name + "-other")
    shutil.copytree(folder, copied, dirs_exist_ok=True)
    config = json.loads((copied / "adapter_config.json").read_text())
    (copied / "adapter_config.json").write_text(json.dumps(config | {"inference_mode": not config["inference_mode"]}))
    return copied


def test_a_fault_of_a_worker_is_the_one_message_and_what_was_done_is_kept(wish: Wish) -> None:
    write_rows(wish.source / "b.csv", ["berlin", "are large", "break", "and"])
    with pytest.raises(AdapterError, match="not finite"):
        predict_by_ray(wish)
    assert len([path for path in (wish.out / "_shards").iterdir() if path.suffix == ".csv"]) == 3


def test_one_file_out_of_parts_and_somebodys_folder_is_left_alone(wish: Wish, tmp_path: Path) -> None:
    assert predict_by_ray(replace(wish, out=tmp_path / "all.jsonl")).rows == 7
    rows = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rows] == list(range(7)) and rows[2]["error"] == "the text is empty."
    assert not (tmp_path / "all.jsonl_shards").exists()
    with pytest.raises(RunFolderError, match="holds other files"):
        predict_by_ray(replace(wish, out=tmp_path))
