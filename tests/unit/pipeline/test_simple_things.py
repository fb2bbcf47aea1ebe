"""The frozen base is read once, for every split; baselines write the rows of the adapter's file and say how they fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import RunFolder
from tunecard.pipeline import baselines, timed_fits
from tunecard.pipeline.baselines import EncodedRows, base_vectors, with_base_vectors, write_baselines
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.progress import SILENCE
from tunecard.pipeline.timed_fits import time_fits
from tunecard.rows.vectors import FrozenVectors

SIZES = {"train": 24, "validation": 9, "test": 8}
PLACES = ["Tokyo", "Berlin", "the river Danube"]


def text_row(place: int) -> dict[str, Any]:
    return {"text": f"{'my card' if place % 2 else 'a man'} in {PLACES[place % 3]}", "label": ["no", "yes"][place % 2]}


def pair_row(place: int) -> dict[str, Any]:
    return {"sentence1": f"my card {place}", "sentence2": f"music in {PLACES[place % 3]}", "score": place % 5 + 0.5}


def word_row(place: int) -> dict[str, Any]:
    return {
        "tokens": ["card", "in", *PLACES[place % 3].split()],
        "tags": ["O", "O", "B-x", *["I-x"] * 2][: 2 + len(PLACES[place % 3].split())],
    }


def partners_row(place: int) -> dict[str, Any]:
    return {"anchor": f"my card {place}", "positive": f"music in {PLACES[place % 3]}"}


def prepared(folder: Path, base: Path, row: Callable[[int], dict[str, Any]]) -> PreparedRun:
    for split, rows in SIZES.items():
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row(place)) + "\n" for place in range(rows)))
    return prepare(Plans(check_recipe({"base_model": str(base), "data": {"source": str(folder)}})))


def read(run: PreparedRun) -> dict[str, FrozenVectors]:
    context = with_base_vectors(RunContext(run, RunFolder(Path()), SILENCE))
    return dict(context.vectors)


@pytest.mark.parametrize(
    ("row", "views", "names"),
    [
        (text_row, {"mean", "first", "pooler"}, ["majority", "probe", "tfidf"]),
        (pair_row, {"mean", "first", "pooler", "apart"}, ["mean", "probe", "tfidf"]),
        (word_row, {"token"}, ["majority", "probe"]),
    ],
)
def test_every_split_is_read_and_answered(
    row: Any, views: set[str], names: list[str], tmp_path: Path, tiny_base: Callable[[str], Path]
) -> None:
    run = prepared(tmp_path, tiny_base("bert"), row)
    vectors = read(run)
    assert list(vectors) == list(SIZES) and all(set(one.views) == views for one in vectors.values())
    assert {name: len(set(one.rows.tolist())) for name, one in vectors.items()} == SIZES
    folder = RunFolder(tmp_path / "out")
    found = {finding.id: finding for finding in write_baselines(folder, run.task, run.dataset.splits, vectors)}
    files = [(split, name) for split, name, _ in folder.prediction_files()]
    assert files == [(split, name) for split in ("test", "validation") for name in names]
    for split, name in files:
        stored = folder.read_predictions(split, name)
        assert stored.rows == run.dataset.splits[split].rows and stored.labels == run.dataset.splits[split].labels
        assert list(run.task.prediction_faults(stored)) == []
    assert set(found) == {f"fit.{name}" for name in names if name in {"probe", "tfidf"}}
    assert all(finding.value["seconds"] >= 0 for finding in found.values())


def test_a_pooler_that_is_new_is_no_view(tmp_path: Path, tiny_base: Callable[[str], Path]) -> None:
    assert "pooler" not in read(prepared(tmp_path, tiny_base("bert-no-pooler"), text_row))["train"].views


def test_texts_of_a_pair_are_read_apart(tmp_path: Path, tiny_base: Callable[[str], Path]) -> None:
    """Of a pair whose texts are one, |u - v| is zero, and u * v sums to the square of a unit length."""
    run = prepared(tmp_path, tiny_base("roberta"), lambda place: pair_row(place) | {"sentence2": f"my card {place}"})
    apart = read(run)["test"].views["apart"]
    half = apart.shape[1] // 2
    np.testing.assert_allclose(apart[:, :half], 0, atol=1e-5)
    np.testing.assert_allclose(apart[:, half:].sum(axis=1), 1, rtol=1e-4)


def test_texts_that_are_read_apart_are_read_once(tmp_path: Path, tiny_base: Callable[[str], Path]) -> None:
    vectors = read(prepared(tmp_path, tiny_base("bert"), partners_row))
    for split, one in vectors.items():
        assert "apart" not in one.views and {len(view) for view in one.views.values()} == {2 * SIZES[split]}
        assert one.places.tolist() == [0, 1] * SIZES[split]


@pytest.mark.parametrize("row", [text_row, pair_row, word_row, partners_row])
def test_the_fits_of_every_kind_of_rows_are_timed_on_few(
    row: Any, tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_fits, "WARM_ROWS", 12)
    run, ticks = prepared(tmp_path, tiny_base("bert"), row), count()
    found = time_fits(run, lambda: float(next(ticks)))  # a second a look: a fit takes one
    assert found.all == pytest.approx(len(run.task.baselines))


@pytest.mark.parametrize("row", [text_row, word_row])
def test_of_many_training_rows_some_are_read(
    row: Any, tmp_path: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(tmp_path, tiny_base("bert"), row)
    every = read(run)
    monkeypatch.setattr(baselines, "MAX_DECISIONS", 10)
    some = read(run)
    assert len(some["test"]) == len(every["test"]) and 10 <= len(some["train"]) < 16
    view = next(iter(some["train"].views))
    chosen = np.isin(every["train"].rows, some["train"].rows)
    np.testing.assert_allclose(some["train"].views[view], every["train"].views[view][chosen], atol=1e-5)


def test_tokens_that_the_base_does_not_know_leave_the_probe_out(
    tmp_path: Path, tiny_base: Callable[[str], Path]
) -> None:
    run = prepared(tmp_path, tiny_base("bert"), text_row)
    strange = replace(run.encoded["test"], input_ids=[[*ids[:-1], 5000] for ids in run.encoded["test"].input_ids])
    rows = EncodedRows(run.dataset, {**run.encoded, "test": strange}, run.encoder.tokenizer, 32)
    assert base_vectors(run.base, run.task, rows) == {}
    folder = RunFolder(tmp_path / "out")
    found = {finding.id: finding for finding in write_baselines(folder, run.task, run.dataset.splits, {})}
    assert found["fit.probe"].status == "not measured" and "no embedding" in (found["fit.probe"].reason or "")
    assert found["fit.tfidf"].status == "measured" and not folder.predictions("test", "probe").exists()


def test_without_labelled_training_rows_nothing_is_read(tmp_path: Path, tiny_base: Callable[[str], Path]) -> None:
    run = prepared(tmp_path, tiny_base("bert"), text_row)
    splits = {name: split for name, split in run.dataset.splits.items() if name != "train"}
    assert read(replace(run, dataset=replace(run.dataset, splits=splits))) == {}
