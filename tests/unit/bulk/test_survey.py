"""Part files: their order, what is refused, and what is known of all of them before a row is predicted."""

from __future__ import annotations

import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunecard.bulk.parts import parts_of
from tunecard.bulk.reading import FAULT, read_shards
from tunecard.bulk.survey import Survey, survey
from tunecard.data.readers.options import AS_FOUND
from tunecard.errors import DataError
from tunecard.evidence import RunFolder
from tunecard.inference.adapter_folder import AdapterFolder
from tunecard.inference.bulk import windows
from tunecard.tasks import TASKS


def look(source: Path, suffix: str = ".csv") -> Survey:
    task = TASKS["text-classification"](("good", "bad"))
    adapter = AdapterFolder(RunFolder(source), task, "base", None, is_pair=False)
    return survey(source, suffix, adapter, None, AS_FOUND, only_predictions=False)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".").replace("_", "-")).write_text(text)
    return folder


def test_parts_are_in_the_order_of_their_numbers_and_what_others_leave_is_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", part_10__csv="text\na\n", part_9__csv="text\nb\n")
    (folder / "_SUCCESS").touch()
    (folder / ".part-9.csv.crc").touch()
    assert [path.name for path in parts_of(folder)] == ["part-9.csv", "part-10.csv"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "folder 'in': must hold part files of one kind. It holds none."),
        (
            {"a__csv": "text\na\n", "b__jsonl": "{}"},
            "folder 'in': must hold part files of one kind. Got .csv and .jsonl.",
        ),
        ({"a__csv": "text\n"}, None),
    ],
)
def test_a_folder_of_anything_else_is_refused(tmp_path: Path, files: dict[str, str], said: str | None) -> None:
    folder = write(tmp_path / "in", **files)
    if said is None:
        (folder / "lang=en").mkdir()
        said = "folder 'in': must hold part files alone. Got the folder 'lang=en' in it."
    with pytest.raises(DataError) as caught:
        parts_of(folder)
    assert str(caught.value) == said


def test_every_part_with_other_columns_is_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "in", a__csv="id,text\n1,x\n", b__csv="text\nx\n", c__csv="id,text\n2,y\n", d__csv="id,body\n"
    )
    with pytest.raises(DataError) as caught:
        look(folder)
    assert caught.value.problems == [
        "b.csv: must have the columns 'id', 'text' as a.csv has. Got 'text'.",
        "d.csv: must have the columns 'id', 'text' as a.csv has. Got 'id', 'body'.",
    ]


def test_positions_shards_and_types_run_through_all_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    folder = tmp_path / "in"
    folder.mkdir()
    for name, numbers in {"a": [1, 2, 3], "b": [], "c": [4.5]}.items():
        values = {"text": ["x"] * len(numbers), "n": numbers}
        schema = pa.schema({"text": pa.string(), "n": pa.float64() if name == "c" else pa.int64()})
        pq.write_table(pa.table(values, schema=schema), folder / f"{name}.parquet")
    found = look(folder, ".parquet")
    assert [(part.first, list(part.shards), part.sizes) for part in found.parts] == [
        (0, [0, 1], (2, 1)), (3, [], ()), (3, [2], (1,)),
    ]  # fmt: skip
    assert found.layout.fields["n"] == pa.float64() and found.rows == 4
    assert list(found.layout.fields) == ["text", "n", "label", "probability", "probabilities", "truncated"]


def test_only_missing_shards_are_handed_on_and_each_knows_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    folder = write(tmp_path / "in", a__csv="text\na\n", b__csv="text\nb\nc\nd\ne\nf\n")
    part = look(folder).parts[1]
    handed = list(read_shards(part, AS_FOUND, {1, 3}))
    assert [(one.number, one.first) for one in handed] == [(1, 1), (3, 5)]
    assert [[row.values["text"] for row in pickle.loads(one.records)] for one in handed] == [["b", "c"], ["f"]]


def test_an_input_that_changes_meanwhile_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "WINDOW_ROWS", 2)
    folder = write(tmp_path / "in", a__csv="text\na\nb\nc\n")
    part = look(folder).parts[0]
    (folder / "a.csv").write_text("text\na\n")
    (fault,) = read_shards(part, AS_FOUND, {0, 1})
    assert fault.number == FAULT
    assert str(pickle.loads(fault.records)).startswith("a.csv: was changed while it was read.")


def test_an_input_without_any_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="in: has no rows"):
        look(write(tmp_path / "in", a__csv="", b__csv=""))
    (tmp_path / "one.csv").write_text("text\n")
    assert look(tmp_path / "one.csv").rows == 0
