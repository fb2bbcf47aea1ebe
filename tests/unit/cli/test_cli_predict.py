"""`predict`: what inference is asked for, and what goes to which stream."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from cli_stand_ins import Call


@pytest.fixture
def inference(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the room that needs torch."""
    seen = SimpleNamespace(
        loaded=None,
        streamed=None,
        report=SimpleNamespace(rows=3, errors=0, notes=(), renamed={}),
        unchecked=(),
        changed="",
    )
    room = ModuleType("tunecard.inference")

    def load(*asked: Any) -> Any:
        seen.loaded = asked
        return SimpleNamespace(unchecked=seen.unchecked, changed=seen.changed)

    def predict_stream(predictor: Any, source: Any, out: Any, **rest: Any) -> Any:
        seen.reading = rest["reading"]
        seen.streamed, seen.only = (source, out, rest["columns"]), rest["only_predictions"]
        if out is None:
            sys.stdout.write('{"row": 0}\n')
        return seen.report

    room.load, room.predict_stream = load, predict_stream  # type: ignore[attr-defined]
    room.count_rows = lambda source, reading: 3  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tunecard.inference", room)
    return seen


def test_standard_input_to_standard_output(call: Call, inference: SimpleNamespace) -> None:
    said = call("predict", "runs/x", "-")
    assert (said.code, said.out, said.err) == (0, '{"row": 0}\n', "")
    assert inference.loaded == (Path("runs/x"), None, "auto", "fp32")
    assert inference.streamed == ("-", None, None)


def test_file_to_file(call: Call, inference: SimpleNamespace) -> None:
    said = call(
        "predict", "runs/x", "rows.csv", "--out", "out.csv", "--base", "roberta", "--device", "cpu",
        "--column", "text=premise", "--column", "text_pair=a=b",
    )  # fmt: skip
    assert (said.code, said.out, said.err) == (0, "", "out.csv: 3 rows\n")
    assert inference.loaded == (Path("runs/x"), "roberta", "cpu", "fp32")
    assert inference.streamed == (Path("rows.csv"), Path("out.csv"), {"text": "premise", "text_pair": "a=b"})


def test_rows_with_errors_are_counted_and_fail_nothing(call: Call, inference: SimpleNamespace) -> None:
    inference.report.errors = 2
    said = call("predict", "runs/x", "rows.csv")
    assert (said.code, said.err) == (0, "2 of 3 rows could not be predicted: see their `error`.\n")


def test_how_the_input_was_read_is_asked_and_said(call: Call, inference: SimpleNamespace) -> None:
    inference.report.notes = ("rows.csv: read with ';' between columns",)
    said = call("predict", "runs/x", "rows.csv", "--separator", "semicolon", "--encoding", "cp1252")
    assert (said.code, said.err) == (0, "rows.csv: read with ';' between columns\n")
    assert (inference.reading.delimiter, inference.reading.encoding) == (";", "cp1252")


def test_the_inputs_columns_can_be_left_out_and_another_name_is_told(call: Call, inference: SimpleNamespace) -> None:
    inference.report.renamed = {"label": "input.label"}
    said = call("predict", "runs/x", "rows.csv")
    assert said.err == "The answer has a 'label', too: the input's is given back as 'input.label'.\n"
    assert inference.only is False
    assert call("predict", "runs/x", "rows.csv", "--only-predictions").code == 0
    assert inference.only is True


def test_what_could_not_be_checked_is_said(call: Call, inference: SimpleNamespace) -> None:
    inference.unchecked = ("the base: the folder has no evidence.json",)
    assert call("predict", "x", "-").err == "Not checked: the base: the folder has no evidence.json\n"


def test_what_products_in_int8_change_is_said(call: Call, inference: SimpleNamespace) -> None:
    inference.changed = "products in int8: 3 of 100 answers are others"
    assert call("predict", "x", "-", "--precision", "int8").err == "products in int8: 3 of 100 answers are others.\n"


def test_all_wrong_columns_are_told_at_once(call: Call, inference: SimpleNamespace) -> None:
    said = call("predict", "x", "-", "--column", "body", "--column", "text=a", "--column", "text=b")
    assert said.code == 2 and inference.loaded is None
    assert said.err == (
        "DataError: 2 problems\n"
        "  --column takes ROLE=NAME, such as text=body. Got 'body'.\n"
        "  --column text comes twice. Give it once.\n"
    )


def test_without_the_extra_it_names_the_pip_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tunecard.inference", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == "torch" or name.startswith("tunecard.inf")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    said = call("predict", "x", "-")
    assert said.code == 2
    assert said.err == (
        "MachineError: this command needs torch, which is not installed. Install it: pip install 'tunecard[train]'.\n"
    )
