"""A reader's own rows: read in any form under the adapter's names, and refused with what to type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecard.errors import AdapterError, DataError, TunecardError
from tunecard.reproduction.own_rows import OwnRows, read_own_rows
from tunecard.rows.dataset import Dataset
from tunecard.tasks import task_named

TONE = task_named("text-classification", ("neg", "pos"))
NAMES = task_named("token-classification", ("O", "B-PER", "I-PER"))
CSV = "text,label,site\nfine,pos,web\nawful,neg,mail\nfair,pos,web\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(data: Any, earlier: dict[str, str] | None = None, /, **asked: Any) -> Dataset:
    return read_own_rows(OwnRows(data, **asked), TONE, earlier or {})


def refused(data: Any, kind: type[TunecardError] = DataError, **asked: Any) -> str:
    with pytest.raises(kind) as told:
        read(data, **asked)
    return str(told.value)


def test_one_file_is_the_rows(here: Path) -> None:
    (here / "mine.csv").write_text(CSV)
    dataset = read("mine.csv", factors=["site"], cluster="site")
    (rows,) = dataset.splits.values()
    assert (rows.name, rows.labels, rows.inputs) == ("test", ["pos", "neg", "pos"], {"text": ["fine", "awful", "fair"]})
    assert rows.factors["site"] == ["web", "mail", "web"] and rows.clusters == [0, 1, 0]
    assert dataset.notes == ()


def test_columns_are_those_of_training_where_the_file_has_them(here: Path) -> None:
    (here / "mine.csv").write_text("body,text,stars\nfine,x,pos\nawful,y,neg\n")
    columns = {"text": "body", "label": "stars"}
    assert read("mine.csv", columns).splits["test"].inputs["text"] == ["fine", "awful"]
    told = read("mine.csv", columns, columns={"text": "text"})
    assert told.splits["test"].inputs["text"] == ["x", "y"] and told.splits["test"].labels == ["pos", "neg"]
    (here / "other.csv").write_text("text,label\nfine,pos\n")
    assert read("other.csv", columns).columns == {"text": "text", "label": "label"}


def test_of_several_splits_the_first_with_labels_is_taken_and_told(here: Path) -> None:
    for name, rows in {"train": CSV, "validation": "text,label\nso,neg\n", "test": "text,label\nno,\n"}.items():
        (here / f"{name}.csv").write_text(rows)
    dataset = read(str(here))
    assert dataset.splits["test"].inputs["text"] == ["so"]
    assert f"{here.name}: its split validation is scored, not train, test; --split takes another" in dataset.notes
    assert len(read(str(here), split="train").splits["test"]) == 3


def test_rows_without_a_label_are_left_out_and_counted(here: Path) -> None:
    (here / "mine.jsonl").write_text("\n".join(json.dumps({"text": "a", "label": one}) for one in ("pos", None, "neg")))
    split = read("mine.jsonl").splits["test"]
    assert split.labels == ["pos", "neg"] and split.dropped == {"no label": 1}


def test_bare_numbers_are_the_adapters_unless_somebody_says_otherwise(here: Path) -> None:
    (here / "mine.csv").write_text("text,label\na,0\nb,1\n")
    dataset = read("mine.csv")
    assert dataset.splits["test"].labels == ["neg", "pos"]
    assert dataset.notes[-1] == (
        "labels are bare numbers, read as the adapter numbers its own: 0 = neg, 1 = pos. Else say --labels"
    )
    told = read("mine.csv", labels=["pos", "neg"])
    assert told.splits["test"].labels == ["pos", "neg"] and told.notes == ()


@pytest.mark.parametrize(
    ("content", "asked", "said"),
    [
        ("text\na\n", {}, "has no labels to score against: no column holds the label."),
        ("text,label\na,\n", {}, "column 'label' holds none. Give labelled rows, or name their column: --column label=NAME"),
        ("foo,bar,label\na,b,pos\n", {}, "no column has a usual name for the text. Say --column text=NAME. The columns are"),
        (CSV, {"columns": {"text": "txt"}}, "`--column text` is 'txt' and there is no such column. Did you mean 'text'?"),
        ("", {}, "the file is empty. It must hold at least one row."),
        ("text,label\n", {}, "has no rows."),
        (CSV, {"factors": ["sit"]}, "`--factor` names 'sit' and there is no such column. Did you mean 'site'?"),
        (CSV, {"cluster": "sit"}, "`--cluster`"),
        (CSV, {"labels": ["neg", "poss"]}, "--labels must name labels of the adapter: neg, pos. Got poss. Did you mean 'pos'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_says_what_to_type(here: Path, content: str, asked: dict[str, Any], said: str) -> None:
    (here / "mine.csv").write_text(content)
    message = refused("mine.csv", **asked)
    assert said in message and "data.source" not in message and "recipe" not in message


def test_labels_that_the_adapter_does_not_have_are_all_named(here: Path) -> None:
    (here / "mine.csv").write_text("text,label\na,pos\nb,mixed\nc,odd\nd,mixed\n")
    assert refused("mine.csv", AdapterError) == (
        "the data has labels that the adapter does not: mixed, odd. The adapter names neg, pos. "
        "Give these rows the adapter's names, or leave them out."
    )


def test_data_that_is_not_there_is_told_with_the_option(here: Path) -> None:
    (here / "mine.csv").write_text(CSV)
    assert "Did you mean 'mine.csv'? Check `--data`." in refused("mien.csv")


def test_entities_in_any_form(here: Path) -> None:
    (here / "mine.conll").write_text("Ana B-PER\nLee I-PER\nsaw O\n\nTom B-PER\n")
    found = read_own_rows(OwnRows("mine.conll"), NAMES, {"tokens": "tokens", "tags": "ner_tags"})
    assert found.splits["test"].labels == [["B-PER", "I-PER", "O"], ["B-PER"]]
    (here / "spans.jsonl").write_text(
        json.dumps({"text": "Ana saw", "spans": [{"start": 0, "end": 3, "label": "PER"}]})
    )
    assert read_own_rows(OwnRows("spans.jsonl"), NAMES, {}).splits["test"].labels == [["B-PER", "O"]]
    (here / "other.conll").write_text("Ana B-LOC\nsaw O\n")
    with pytest.raises(AdapterError, match="labels that the adapter does not: B-LOC"):
        read_own_rows(OwnRows("other.conll"), NAMES, {})


def test_numbers_have_no_names_to_be_told(here: Path) -> None:
    (here / "mine.csv").write_text("text,label\na,1.5\nb,2\n")
    task = task_named("regression", ())
    assert read_own_rows(OwnRows("mine.csv"), task, {}).splits["test"].labels == [1.5, 2.0]
    with pytest.raises(DataError, match="need no names. Got --labels a,b."):
        read_own_rows(OwnRows("mine.csv", labels=["a", "b"]), task, {})
