"""The columns of an input come back beside the answers, as they came, in every format and at any length."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunecard.errors import DataError
from tunecard.inference import Predictor, predict_stream
from tunecard.inference.bulk import windows
from tunecard.inference.bulk.column_types import kinds_of
from tunecard.inference.bulk.given_columns import GivenColumns

GetPredictor = Callable[[str, str], Predictor]
ANSWER = ["label", "probability", "probabilities", "truncated"]


@pytest.fixture
def texts(predictor: GetPredictor) -> Predictor:
    return predictor("bert", "texts")


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_format_to_every_format(texts: Predictor, tmp_path: Path) -> None:
    rows = [{"id": f"r{i}", "text": "tokyo", "source": f"page {i}", "score": str(-i / 2)} for i in range(3)]
    lines(tmp_path / "in.jsonl", rows)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    for name, mark in (("in.csv", ","), ("in.tsv", "\t")):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=mark)
            writer.writeheader()
            writer.writerows(rows)
    for source in ("in.jsonl", "in.parquet", "in.csv", "in.tsv"):
        for kind in ("jsonl", "csv", "parquet"):
            out = tmp_path / f"out.{kind}"
            predict_stream(texts, tmp_path / source, out)
            found = read(out)
            assert [{key: row[key] for key in rows[0]} for row in found] == rows, (source, kind)
            wanted = ["row", "id", "text", "source", "score", *ANSWER]
            assert [key for key in found[0] if key != "error"] == wanted


def test_only_predictions_gives_what_it_gave_before(texts: Predictor, tmp_path: Path) -> None:
    source = lines(tmp_path / "in.jsonl", [{"id": 7, "text": "tokyo", "label": "x", "more": [1]}])
    for kind in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{kind}"
        assert predict_stream(texts, source, out, only_predictions=True).renamed == {}
        assert [key for key in read(out)[0] if key != "error"] == ["row", "id", *ANSWER]


def test_a_column_that_has_the_name_of_an_answer(texts: Predictor, tmp_path: Path) -> None:
    row = {"row": 9, "text": "tokyo", "label": "mine", "input.label": "theirs", "error": None, "probability": 2}
    source = lines(tmp_path / "in.jsonl", [row])
    for kind in ("jsonl", "csv", "parquet"):
        report = predict_stream(texts, source, tmp_path / f"out.{kind}")
        assert report.renamed == {
            "row": "input.row", "label": "input.input.label", "error": "input.error", "probability": "input.probability"
        }  # fmt: skip
        found = read(tmp_path / f"out.{kind}")[0]
        assert (found["input.input.label"], found["input.label"]) == ("mine", "theirs")
        assert str(found["input.row"]) == "9" and str(found["row"]) == "0"
        assert found["label"] in texts.labels


def test_an_id_by_another_name_comes_twice(texts: Predictor, tmp_path: Path) -> None:
    predict_stream(texts, lines(tmp_path / "in.jsonl", [{"ID": 7, "text": "tokyo"}]), tmp_path / "out.jsonl")
    found = read(tmp_path / "out.jsonl")[0]
    assert (found["id"], found["ID"]) == (7, 7)


def test_types_of_parquet_stay(texts: Predictor, tmp_path: Path) -> None:
    day, price = datetime.date(2026, 11, 29), decimal.Decimal("1.50")
    table = pa.table({
        "text": ["tokyo", "berlin"], "n": [1, None], "share": [0.5, float("nan")], "on": [day, day],
        "price": [price, price], "raw": [b"\x00\xff", b"hi"], "list": [["a"], []], "of": [{"x": 1}, {"x": 2}],
        "empty": pa.array([None, None]),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    predict_stream(texts, tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    for name in ("n", "on", "price", "raw", "list", "of"):
        assert found[name].to_pylist() == table[name].to_pylist() and found[name].type == table[name].type
    predict_stream(texts, tmp_path / "in.parquet", tmp_path / "out.jsonl")
    first, second = read(tmp_path / "out.jsonl")
    assert (first["on"], first["price"], first["raw"], first["list"], first["of"]) == (
        "2026-11-29", "1.50", "AP8=", ["a"], {"x": 1},
    )  # fmt: skip
    assert second["share"] is None and second["empty"] is None
    predict_stream(texts, tmp_path / "in.parquet", tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")[0]["of"] == '{"x": 1}'


def test_columns_that_come_late_or_change_their_kind(
    texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    monkeypatch.setattr("tunecard.data.readers.jsonl_file._SAMPLE", 20)
    rows: list[Any] = [{"text": "tokyo", "a": 1, "b": 2**60, "c": 1, "d": {}} for _ in range(4)]
    rows += [{"text": "tokyo", "a": 0.5, "b": 0.5, "c": "x", "late": True}, "{broken"]
    source = lines(tmp_path / "in.jsonl", rows * 10)  # beyond the rows that tell the columns
    for kind in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{kind}"
        assert predict_stream(texts, source, out).rows == 60
        assert str(read(out)[4]["late"]).lower() == "true"
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["a"].to_pylist()[:6] == [1.0, 1.0, 1.0, 1.0, 0.5, None]
    assert found["b"].to_pylist()[3:5] == [str(2**60), "0.5"]  # no float holds it
    assert found["c"].to_pylist()[3:5] == ["1", "x"] and found["d"].to_pylist()[0] == "{}"


def test_lines_and_broken_text_come_back_too(
    texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"tokyo\ncaf\xe9\n")))
    predict_stream(texts, "-")
    found = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["text"] for row in found] == ["tokyo", "caf?"]
    source = lines(tmp_path / "in.jsonl", ['{"text": "tokyo", "by": "\\ud800"}'])
    for kind in ("jsonl", "csv", "parquet"):
        predict_stream(texts, source, tmp_path / f"out.{kind}")
        assert read(tmp_path / f"out.{kind}")[0]["by"] == "?"


def test_no_cell_of_the_input_is_a_formula_and_numbers_stay(texts: Predictor, tmp_path: Path) -> None:
    rows = [{"text": "= tokyo", "a": "=1+1", "b": "-3.5", "c": "+49 30", "=d": 1}]
    predict_stream(texts, lines(tmp_path / "in.jsonl", rows), tmp_path / "out.csv")
    found = read(tmp_path / "out.csv")[0]
    assert (found["text"], found["a"], found["b"], found["c"]) == ("'= tokyo", "'=1+1", "-3.5", "'+49 30")
    assert found["'=d"] == "1"


def test_a_long_second_column_fills_a_window(texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "WINDOW_CHARACTERS", 100)
    done: list[int] = []
    source = lines(tmp_path / "in.jsonl", [{"text": "tokyo", "body": ["x" * 50]}] * 5)
    predict_stream(texts, source, tmp_path / "out.jsonl", on_rows=done.append)
    assert done == [2, 2, 1]


def test_words_come_back_as_lists(predictor: GetPredictor, tmp_path: Path) -> None:
    source = lines(tmp_path / "in.jsonl", [{"tokens": ["tokyo", "berlin"], "tags": ["O", "O"]}])
    predict_stream(predictor("bert", "tokens"), source, tmp_path / "out.parquet")
    found = read(tmp_path / "out.parquet")[0]
    assert found["tokens"] == ["tokyo", "berlin"] and found["input.tags"] == ["O", "O"]


def test_rows_with_columns_in_python(texts: Predictor, predictor: GetPredictor) -> None:
    import pandas
    from datasets import Dataset

    rows = [{"id": 3, "text": "tokyo", "label": "x"}, {"id": 4, "text": "berlin", "label": "y"}]
    alone = texts.predict(["tokyo", "berlin"])
    wanted = [
        {"id": row["id"], "text": row["text"], "input.label": row["label"], **answer}
        for row, answer in zip(rows, alone, strict=True)
    ]
    for given in (rows, Dataset.from_list(rows), pandas.DataFrame(rows)):
        assert texts.predict(given) == wanted
        assert texts.predict(given, only_predictions=True) == alone
    assert texts.predict(rows, columns={"text": "label"})[0]["label"] in texts.labels
    pairs = predictor("bert", "pairs")
    assert pairs.predict([{"premise": "tokyo", "hypothesis": "berlin"}])[0]["label"] in pairs.labels
    with pytest.raises(DataError, match=r"row 1: must be a mapping(.|\n)*"):
        texts.predict([rows[0], "berlin"])  # type: ignore[list-item]
    with pytest.raises(DataError, match=r"row 0: has no 'text'(.|\n)*row 1: the text is empty"):
        texts.predict([{"id": 1}, {"text": ""}])
    with pytest.raises(DataError, match="Say which: --column text=NAME"):
        texts.predict([{"a": "x", "b": "y"}])


def test_a_name_is_free_whatever_the_columns_are() -> None:
    names = ("label", "input.label", "input.input.label")
    given = GivenColumns(names, frozenset({"label"}), None)
    assert len({given.name_of(name) for name in names}) == len(names)
    assert kinds_of([[{"a": None}], [{"a": [1]}], [{"a": None}]]) == {"a": pa.list_(pa.int64())}
