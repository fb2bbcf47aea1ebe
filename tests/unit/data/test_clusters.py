"""Rows that belong together: numbered, counted, kept on one side of a split, offered by the name of their column."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.data import DataPlan, describe, load_dataset, offered_cluster
from tunecard.data.sources import open_sources
from tunecard.errors import DataError


def rows_of(documents: int, each: int, start: int = 0) -> list[str]:
    return [
        f"{document}-{row} is a text,{'ab'[row % 2]},d{document}"
        for document in range(start, start + documents)
        for row in range(each)
    ]


def csv(path: Path, rows: list[str], header: str = "text,label,document") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def plan(source: object, cluster: str | None = "document", **more: object) -> DataPlan:
    return DataPlan(source=source, cluster=cluster, **more)  # type: ignore[arg-type]


def test_made_splits_keep_groups_whole_and_the_findings_say_so(tmp_path: Path) -> None:
    dataset = load_dataset(plan(str(csv(tmp_path / "all.csv", rows_of(40, 5)))))
    groups = {name: set(split.clusters or []) for name, split in dataset.splits.items()}
    assert len(dataset.splits["test"]) == 30 and len(dataset.splits["validation"]) == 20
    assert not groups["train"] & groups["test"] and not groups["train"] & groups["validation"]
    assert sum(map(len, groups.values())) == 40
    assert "whole groups of rows" in dataset.splits["test"].origin
    found = {finding.id: finding for finding in describe(dataset)}
    assert found["data.cluster"].value == "document"
    assert (found["data.test.clusters"].value, found["data.test.clusters"].n) == ({"groups": 6, "largest": 5}, 30)
    assert (found["data.cluster_overlap.train.test"].value, found["data.cluster_overlap.train.test"].n) == (0, 6)


def test_groups_that_given_splits_share_are_counted(tmp_path: Path) -> None:
    groups = {"train": rows_of(10, 4), "validation": rows_of(3, 4, 20), "test": rows_of(5, 4, 8)}
    files = {name: csv(tmp_path / f"{name}.csv", rows) for name, rows in groups.items()}
    dataset = load_dataset(plan({name: str(path) for name, path in files.items()}))
    found = {finding.id: finding for finding in describe(dataset)}
    assert (found["data.cluster_overlap.train.test"].value, found["data.cluster_overlap.train.test"].n) == (2, 5)


def test_equal_texts_of_two_groups_bind_them(tmp_path: Path) -> None:
    rows = [f"text {i} of d{i // 4},{'ab'[i % 2]},d{i // 4}" for i in range(80)]
    rows += [f"shared by {i} and {i + 1},a,d{i + side}" for i in range(0, 20, 2) for side in (0, 1)]
    dataset = load_dataset(plan(str(csv(tmp_path / "all.csv", rows))))
    split_of = {text: name for name, split in dataset.splits.items() for text in split.inputs["text"]}
    for i in range(0, 20, 2):
        pair = {split_of[f"text {j} of d{j // 4}"] for j in range(4 * i, 4 * i + 8)}
        assert pair == {split_of[f"shared by {i} and {i + 1}"]}


def test_a_row_without_a_value_and_one_of_another_file_is_a_group_of_its_own(tmp_path: Path) -> None:
    one = csv(tmp_path / "one.csv", ["a b,x,d1", "c d,y,", "e f,x,d1", "g h,y,"])
    two = csv(tmp_path / "two.csv", ["i j,x,d1", "k l,y,d2"])
    dataset = load_dataset(plan([str(one), str(two)], sample={}, needs_train=False, labels=["x", "y"]))
    assert [split.clusters for split in dataset.splits.values()] == [[0, 1, 0, 2, 3, 4]]


def test_a_column_that_a_split_lacks_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = csv(tmp_path / "all.csv", rows_of(40, 5))
    with pytest.raises(DataError, match=r"`evaluation.cluster` names 'documents' and train has no such column\. Did"):
        load_dataset(plan(str(path), "documents"))


@pytest.mark.parametrize("name", ["document", "doc_id", "Template", "dialogue_id", "group", "conversation"])
def test_a_column_whose_values_repeat_is_offered(name: str, tmp_path: Path) -> None:
    path = csv(tmp_path / "all.csv", rows_of(12, 3), f"text,label,{name}")
    assert offered_cluster(open_sources(plan(str(path), None))) == name


@pytest.mark.parametrize(
    ("name", "rows"),
    [("author", rows_of(12, 3)), ("document", rows_of(36, 1)), ("group", rows_of(2, 18))],
    ids=["another name", "all different", "two demographic groups"],
)
def test_another_column_is_not_offered(name: str, rows: list[str], tmp_path: Path) -> None:
    path = csv(tmp_path / "all.csv", rows, f"text,label,{name}")
    assert offered_cluster(open_sources(plan(str(path), None))) is None
