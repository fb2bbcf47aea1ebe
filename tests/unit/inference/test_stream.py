"""Streams: a row out for every row in, in order, whatever is wrong with some of them."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from full_disk import kill_me, killed, small_files
from tiny_adapters import TEXTS
from tunecard.data.readers.options import ReadingOptions
from tunecard.errors import DataError, DiskFull
from tunecard.inference import Predictor, StreamReport, predict_stream
from tunecard.inference.bulk import stream, windows
from workbooks import write_xlsx

GetPredictor = Callable[[str, str], Predictor]
WORDS = ["tokyo", "berlin", "and", "new", "york", "are", "large", "cities"]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


@pytest.fixture
def texts(predictor: GetPredictor) -> Predictor:
    return predictor("bert", "texts")


def test_five_thousand_rows_with_bad_ones_among_them(texts: Predictor, tmp_path: Path) -> None:
    draw = random.Random(0)
    given = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) for _ in range(5000)]
    rows: list[Any] = [{"id": f"r{i}", "text": text} for i, text in enumerate(given)]
    bad: dict[int, Any] = {
        7: "{broken", 8: "[1]", 2000: {"id": "r2000", "text": "  "}, 2001: {"id": "r2001"},
        3000: {"id": "r3000", "text": 5}, 3001: {"id": "r3001", "text": None}, 4999: {"id": "r4999", "text": "\ud800"},
    }  # fmt: skip
    for position, row in bad.items():
        rows[position] = row
    done: list[int] = []
    out = tmp_path / "out.jsonl"
    report = predict_stream(texts, write_jsonl(tmp_path / "in.jsonl", rows), out, on_rows=done.append)
    assert report == StreamReport(rows=5000, errors=len(bad))
    assert done == [2000, 2000, 1000]
    found = read_jsonl(out)
    assert [row["row"] for row in found] == list(range(5000))
    assert {row["row"] for row in found if "error" in row} == set(bad)
    assert all(row["id"] == f"r{row['row']}" for row in found if row["row"] not in (7, 8))
    assert [found[i]["error"] for i in (7, 8, 2000, 2001, 3000, 3001)] == [
        "must be one JSON object. Got broken JSON at column 2 (Expecting property name enclosed in double quotes). "
        "Mend or remove the line.",
        "must be one JSON object. Got [1].",
        "the text is empty.",
        "has no 'text'.",
        "the text must be text. Got 5.",
        "the text must be text. Got nothing (null).",
    ]
    sample = [i for i in range(0, 5000, 450) if i not in bad]
    for position, expected in zip(sample, texts.predict([rows[i]["text"] for i in sample]), strict=True):
        assert found[position]["probabilities"] == pytest.approx(expected["probabilities"], abs=2e-5)
        assert found[position]["label"] == expected["label"]


def test_a_window_of_long_documents_holds_fewer_rows(
    texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "WINDOW_CHARACTERS", 100)
    done: list[int] = []
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo " * 10}] * 5)
    predict_stream(texts, source, tmp_path / "out.jsonl", on_rows=done.append)
    assert done == [2, 2, 1]


def test_a_row_is_checked_once(texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = Predictor.fault_of
    checked: list[Any] = []
    monkeypatch.setattr(Predictor, "fault_of", lambda self, row: checked.append(row) or check(self, row))
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo"}, {"text": ""}, {"text": "berlin"}])
    assert predict_stream(texts, source, tmp_path / "out.jsonl") == StreamReport(3, 1)
    assert checked == ["tokyo", "", "berlin"]


def test_all_inputs_give_the_same_predictions(texts: Predictor, tmp_path: Path) -> None:
    expected = texts.predict(TEXTS)
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *([str(i), text] for i, text in enumerate(TEXTS))])
    with (tmp_path / "in.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([["text"], *([text] for text in TEXTS)])
    write_jsonl(tmp_path / "in.jsonl", [{"text": text} for text in TEXTS])
    pq.write_table(pa.table({"text": TEXTS, "label": [0] * len(TEXTS)}), tmp_path / "in.parquet")
    (tmp_path / "in.txt").write_text("\r\n".join(TEXTS), encoding="utf-8")
    for kind in ("csv", "tsv", "jsonl", "parquet", "txt"):
        out = tmp_path / f"{kind}.jsonl"
        assert predict_stream(texts, tmp_path / f"in.{kind}", out) == StreamReport(len(TEXTS), 0)
        for row, wanted in zip(read_jsonl(out), expected, strict=True):
            assert row["probabilities"] == pytest.approx(wanted["probabilities"], abs=2e-6)
            assert row.get("id") == (str(row["row"]) if kind == "csv" else None)


def test_what_a_run_reads_is_predicted_too(texts: Predictor, tmp_path: Path) -> None:
    expected = texts.predict(TEXTS)
    rows = [{"text": text} for text in TEXTS]
    semicolons = "text;label\r\n" + "".join(f'"{text}";x\r\n' for text in TEXTS)
    (tmp_path / "array.json").write_text(json.dumps(rows))
    (tmp_path / "lines.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(semicolons.encode()))
    (tmp_path / "wide.csv").write_bytes(semicolons.encode("utf-16"))
    (tmp_path / "east.csv").write_bytes(semicolons.encode("gb18030"))
    (tmp_path / "lines.txt.bz2").write_bytes(bz2.compress("\n".join(TEXTS).encode()))
    with pa.ipc.new_file(tmp_path / "rows.arrow", pa.table({"text": TEXTS}).schema) as writer:
        writer.write_table(pa.table({"text": TEXTS}))
    write_xlsx(tmp_path / "sheet.xlsx", {"S": [["text"], *([text] for text in TEXTS)]})
    names = [
        "array.json",
        "lines.json",
        "packed.csv.gz",
        "wide.csv",
        "east.csv",
        "lines.txt.bz2",
        "rows.arrow",
        "sheet.xlsx",
    ]
    for name in names:
        reading = ReadingOptions(encoding="gb18030" if name == "east.csv" else "auto")
        report = predict_stream(texts, tmp_path / name, tmp_path / "out.jsonl", reading=reading)
        assert (report.rows, report.errors) == (len(TEXTS), 0), name
        is_table = name.endswith((".csv", ".csv.gz"))
        assert (f"{name}: read with ';' between columns" in report.notes) == is_table
        for row, wanted in zip(read_jsonl(tmp_path / "out.jsonl"), expected, strict=True):
            assert row["probabilities"] == pytest.approx(wanted["probabilities"], abs=2e-6)


def test_another_encoding_is_told_with_what_to_type(texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / "west.csv").write_bytes("text\nberlin\nZürich\n".encode("windows-1252"))
    report = predict_stream(texts, tmp_path / "west.csv", tmp_path / "out.jsonl")
    assert (report.rows, report.errors) == (2, 1)
    assert report.notes[0].startswith("west.csv: line 3: must be UTF-8. Got the byte 0xFC: in windows-1252 this place")
    assert "--encoding windows-1252" in report.notes[0]


def test_lines_from_standard_input(
    texts: Predictor, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given = "\ufefftokyo\n\nberlin and café\r\n".encode() + b"caf\xe9\nlast"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert predict_stream(texts, "-") == StreamReport(5, 2)
    found = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["row"] for row in found] == [0, 1, 2, 3, 4]
    assert found[1] == {"row": 1, "text": "", "error": "the text is empty."}
    assert found[3]["error"].startswith("the text holds a byte that is not UTF-8")
    assert not sys.stdin.buffer.closed
    wanted = texts.predict(["tokyo", "berlin and café", "last"])
    assert [found[i]["label"] for i in (0, 2, 4)] == [row["label"] for row in wanted]


def test_a_broken_row_of_csv_stops_nothing(texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b'id,text\n1,fine\n2\n3,a,b\n\n4,caf\xe9\n5,"two\nlines"\n6,"open\n')
    out = tmp_path / "out.jsonl"
    report = predict_stream(texts, tmp_path / "in.csv", out)
    assert (report.rows, report.errors, len(report.notes)) == (6, 4, 1)
    found = read_jsonl(out)
    assert [row["id"] for row in found] == ["1", None, None, "4", "5", None]
    assert found[1]["error"] == (
        "must have 2 columns as in the header. Got 1. Put a text that holds the separator in quotation marks."
    )
    assert "not UTF-8" in found[3]["error"]
    assert "label" in found[4]
    assert found[5]["error"].startswith("cannot be read as CSV (unexpected end of data")


def test_a_blank_line_in_a_file_of_one_column_is_an_empty_text(texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\ntokyo\n\nberlin\n\n\n")
    assert predict_stream(texts, tmp_path / "in.csv", tmp_path / "out.jsonl") == StreamReport(3, 1)


def test_a_tsv_in_which_a_quotation_mark_is_a_character(texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / "in.tsv").write_text('id\ttext\n1\t"tokyo\n2\tberlin" and\n')
    assert predict_stream(texts, tmp_path / "in.tsv", tmp_path / "out.jsonl") == StreamReport(2, 0)


def test_csv_output_holds_no_formula(predictor: GetPredictor, tmp_path: Path) -> None:
    ids = ["=cmd|' /C calc'!A0", "+1+A1", "-A1", "@x", "\tx", "\rx", "plain", 7]
    source = write_jsonl(tmp_path / "in.jsonl", [{"id": id, "text": "= tokyo"} for id in ids])
    for what in ("texts", "tokens"):
        out = tmp_path / f"{what}.csv"
        predict_stream(predictor("bert", what), source, out)
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["id"] for row in rows] == [*("'" + str(id) for id in ids[:6]), "plain", "7"]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


def test_csv_output_holds_the_same_as_jsonl(texts: Predictor, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": 'tokyo, "new" york'}, {"text": ""}, {"text": "large " * 60}])
    predict_stream(texts, source, tmp_path / "out.jsonl")
    predict_stream(texts, source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for cells, row in zip(rows, read_jsonl(tmp_path / "out.jsonl"), strict=True):
        assert list(cells) == ["row", "text", "label", "probability", "probabilities", "truncated", "error"]
        assert cells["error"] == row.get("error", "")
        if "error" not in row:
            assert (cells["label"], float(cells["probability"])) == (row["label"], row["probability"])
            assert json.loads(cells["probabilities"]) == row["probabilities"]
            assert json.loads(cells["truncated"]) is row["truncated"]


@pytest.mark.parametrize("what", ["texts", "tokens"])
def test_parquet_output_holds_the_same_as_jsonl(what: str, predictor: GetPredictor, tmp_path: Path) -> None:
    adapter = predictor("roberta", what)
    source = write_jsonl(tmp_path / "in.jsonl", [{"id": i, "text": text} for i, text in enumerate([*TEXTS, " "])])
    predict_stream(adapter, source, tmp_path / "out.jsonl")
    predict_stream(adapter, source, tmp_path / "out.parquet")
    stored = pq.read_table(tmp_path / "out.parquet").to_pylist()
    for row, expected in zip(stored, read_jsonl(tmp_path / "out.jsonl"), strict=True):
        kept = {name: value for name, value in row.items() if value is not None}
        assert kept == expected | {"id": str(expected["id"])}


def test_words_and_pairs(predictor: GetPredictor, tmp_path: Path) -> None:
    words = [["tokyo", "berlin"], ["", " "], "tokyo", ["large"]]
    source = write_jsonl(tmp_path / "words.jsonl", [{"tokens": row, "ner_tags": []} for row in words])
    out = tmp_path / "out.jsonl"
    assert predict_stream(predictor("bert", "tokens"), source, out) == StreamReport(4, 2)
    found = read_jsonl(out)
    assert len(found[0]["tags"]) == 2
    assert found[1]["error"] == "has no word that can be seen."
    assert found[2]["error"] == "'tokens' must be a list of words."
    stored = tmp_path / "out.parquet"
    predict_stream(predictor("bert", "tokens"), source, stored)
    assert pq.read_table(stored).to_pylist()[0]["tags"] == found[0]["tags"]

    pairs = write_jsonl(tmp_path / "pairs.jsonl", [{"premise": "tokyo", "hypothesis": "berlin", "label": 1}])
    predict_stream(predictor("bert", "pairs"), pairs, out)
    assert read_jsonl(out)[0]["label"] == predictor("bert", "pairs").predict([("tokyo", "berlin")])[0]["label"]


def test_columns_as_told_or_the_only_one_there_is(texts: Predictor, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    source = write_jsonl(tmp_path / "in.jsonl", [{"title": "tokyo", "body": "berlin are large cities"}])
    predict_stream(texts, source, out, columns={"text": "body"})
    assert read_jsonl(out)[0]["probability"] == pytest.approx(
        texts.predict(["berlin are large cities"])[0]["probability"], abs=2e-6
    )
    assert predict_stream(texts, write_jsonl(source, [{"id": 1, "review": "tokyo", "label": 1}]), out).errors == 0


@pytest.mark.parametrize(
    ("what", "row", "columns", "message"),
    [
        ("texts", {"a": "x", "b": "y"}, None,
         "in.jsonl: no column has a usual name for the text. Say which: --column text=NAME (`columns` in Python). "
         "The columns are 'a', 'b'."),
        ("texts", {"text": "x", "sentence": "y"}, None,
         "in.jsonl: 'text' and 'sentence' could each be the text. Say which: --column text=NAME "
         "(`columns` in Python). "
         "The columns are 'text', 'sentence'."),
        ("pairs", {"text": "x"}, None,
         "in.jsonl: no column has a usual name for the two texts. Say which: --column text=NAME "
         "--column text_pair=NAME (`columns` in Python). The columns are 'text'."),
        ("texts", {"text": "x"}, {"text": "txet"},
         "in.jsonl: `columns.text` is 'txet' and there is no such column. Did you mean 'text'? "
         "The columns are 'text'."),
        ("texts", {"text": "x"}, {"txt": "text"},
         "txt=text: 'txt' is no role of a column. Did you mean 'text'? Use text or text_pair."),
        ("tokens", {"text": "x", "tokens": ["x"]}, {"text": "text", "tokens": "tokens"},
         "`columns` must name `text` or `tokens`. Got both."),
    ],
)  # fmt: skip
def test_doubtful_columns_are_listed(
    what: str,
    row: dict[str, Any],
    columns: dict[str, str] | None,
    message: str,
    predictor: GetPredictor,
    tmp_path: Path,
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [row])
    out = tmp_path / "out.jsonl"
    with pytest.raises(DataError) as caught:
        predict_stream(predictor("bert", what), source, out, columns=columns)
    assert str(caught.value) == message
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.pdf", b"x",
         "in.pdf: must be one of .csv, .tsv, .jsonl, .ndjson, .parquet, .json, .conll, .conllu, .iob, .iob2, .bio, "
         ".xlsx, .xls, .ods, .arrow, .feather, .txt, or - for lines. Got '.pdf'."),
        ("in.csv.gz", b"text", "in.csv.gz: it cannot be unpacked (Not a gzipped file"),
        ("in.csv", b"", "in.csv: the file is empty. It must hold at least one row."),
        ("in.csv", b"\n", "in.csv: must begin with a header that names the columns. Got an empty line."),
        ("in.csv", b"text,text\na,b\n", "in.csv: the header must name each column once. Got 'text' more than once."),
        ("in.csv", b"text;a,label\nb;c,d\n", "in.csv: the columns could be parted by ',' (2 columns) or ';' (2 columns)"),
        ("in.jsonl", b"\n\n", "in.jsonl: has no rows. It must hold at least one row."),
        ("in.parquet", b"PAR1", "in.parquet: cannot be read as parquet"),
    ],
)  # fmt: skip
def test_an_input_that_is_none(name: str, content: bytes, message: str, texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        predict_stream(texts, tmp_path / name, tmp_path / "out.jsonl")
    assert str(caught.value).startswith(message)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_is_not_there(texts: Predictor, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text\na\n")
    with pytest.raises(DataError, match=r"row\.csv: no such file in folder '.+'\. Did you mean 'rows\.csv'\?"):
        predict_stream(texts, tmp_path / "row.csv", None)


def test_the_output_is_another_file_of_a_known_kind(texts: Predictor, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo"}])
    with pytest.raises(DataError, match="the output must be another file than the input"):
        predict_stream(texts, source, source)
    with pytest.raises(DataError, match=r"out\.xml: the output must end in \.jsonl, \.csv or \.parquet"):
        predict_stream(texts, source, tmp_path / "out.xml")


def test_lines_cannot_hold_pairs(predictor: GetPredictor, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("tokyo\n")
    with pytest.raises(DataError, match="a line holds one text and this adapter reads two texts"):
        predict_stream(predictor("bert", "pairs"), tmp_path / "in.txt", None)


def test_a_crash_leaves_the_old_output_and_nothing_beside(
    texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo"}] * 3)
    out = tmp_path / "out.csv"
    out.write_text("old")

    def crash(*_: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(stream, "answer_window", crash)
    with pytest.raises(RuntimeError):
        predict_stream(texts, source, out)
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.csv"]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
@pytest.mark.parametrize("old", ["old", None])
def test_a_killed_prediction_leaves_nothing(
    texts: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str | None
) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo"}] * 9)
    out = tmp_path / name
    if old:
        out.write_text(old)
    done: list[int] = []

    def die(rows: int) -> None:
        done.append(rows)
        if len(done) == 3:
            kill_me()

    assert killed(lambda: predict_stream(texts, source, out, on_rows=die)) == signal.SIGKILL
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in.jsonl", *([name] if old else [])])
    assert not old or out.read_text() == old
    assert predict_stream(texts, source, out) == StreamReport(9, 0)


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_a_full_disk_leaves_the_old_output_and_names_no_resume(texts: Predictor, tmp_path: Path, name: str) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": "tokyo"}] * 300)
    out = tmp_path / name
    out.write_text("old")
    with small_files(1000), pytest.raises(DiskFull, match=f"no space left to write {name}.* is kept") as caught:
        predict_stream(texts, source, out)
    assert "--resume" not in str(caught.value)  # predict has none
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in.jsonl", name])


def test_ids_that_no_output_can_hold(texts: Predictor, tmp_path: Path) -> None:
    lines = [f'{{"id": {id}, "text": "a"}}' for id in ("NaN", '"\\ud800"', "[1]", "1.5")]
    source = write_jsonl(tmp_path / "in.jsonl", lines)
    for name in ("out.jsonl", "out.csv", "out.parquet"):
        assert predict_stream(texts, source, tmp_path / name) == StreamReport(4, 0)
    assert [row["id"] for row in read_jsonl(tmp_path / "out.jsonl")] == [None, "?", "[1]", "1.5"]
