"""`tunecard compare`: JSON that is alone on stdout, a table of 80 columns, and lines to type where a folder is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_stand_ins import Call
from rich.console import Console

import tunecard
from run_pairs import make_run
from tunecard.cli.comparison_table import comparison_lines
from tunecard.evidence import Predictions

CLASSES = ("a", "b")
TEXT = "text-classification"


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    """One that is right in 30 of 40 rows, one in 39, and one in 38."""
    for name, wrong in (("runs/first", 10), ("runs/second", 1), ("runs/[b]third", 2)):
        gold = ["a", "b"] * 20
        said = [
            "b" if row < wrong and label == "a" else "a" if row < wrong else label for row, label in enumerate(gold)
        ]
        more = {"training.seed": wrong, "training.hyperparameters": {"rank": wrong, "bias": "none"}}
        make_run(
            tmp_path / name, TEXT, CLASSES, Predictions(list(range(40)), gold, said),
            **{id.replace(".", "__"): value for id, value in more.items()},
        )  # fmt: skip
    return ["runs/first", "runs/second", "runs/[b]third"]


def test_json_is_one_object_and_nothing_else(call: Call, runs: list[str]) -> None:
    said = call("compare", *runs[:2], "--json")
    assert (said.code, said.err) == (0, "")
    content = json.loads(said.out)
    assert content["runs"][0] == {"path": "runs/first", "value": 0.75, "interval": content["runs"][0]["interval"]}
    (one,) = content["differences"]
    assert (one["a"], one["b"], one["distinguishable"]) == ("runs/first", "runs/second", True)
    assert one["value"] == pytest.approx(-0.225)
    assert one["p"] == pytest.approx(2 / 2**9)  # nine rows in which one alone is right
    assert {change["id"] for change in content["changed"]} == {"training.seed", "training.hyperparameters"}


def test_a_person_reads_which_is_better(call: Call, runs: list[str]) -> None:
    said = call("compare", *runs)
    assert (said.code, said.err) == (0, "")
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines[0] == "Accuracy on 40 rows of test"
    assert "C runs/[b]third 0.950 0.835 to 0.986" in lines  # no mark-up of a folder is interpreted
    assert any(line.startswith("A - B -0.225 -0.360 to -0.090 p = 0.012, B is better") for line in lines)
    assert any(line.startswith("B - C +0.025") and "not distinguishable" in line for line in lines)
    assert any("McNemar's exact test" in line and "adjusted by Holm for 3 pairs" in line for line in lines)
    assert "training.hyperparameters.rank 10 1" in lines and "training.hyperparameters.rank 10 2" in lines


def test_it_reads_at_80_columns(runs: list[str], tmp_path: Path) -> None:
    console = Console(width=80, highlight=False)
    with console.capture() as shown:
        for part in comparison_lines(tunecard.compare(*(tmp_path / name for name in runs))):
            console.print(part)
    assert max(map(len, shown.get().splitlines())) <= 80
    assert all(name.rpartition("/")[2] in shown.get() for name in runs)  # what is long breaks, and is not cut


def test_a_metric_and_a_split_are_asked_for(call: Call, runs: list[str]) -> None:
    assert json.loads(call("compare", *runs[:2], "--metric", "mcc", "--json").out)["metric"] == "mcc"
    said = call("compare", *runs[:2], "--split", "validation")
    assert said.code == 2 and "predictions of validation are not there" in said.err


def test_of_an_error_the_lower_one_is_better(call: Call, tmp_path: Path) -> None:
    gold = [["a"], ["a", "b"]] * 20
    for name, said in (("one", [["b"]] * 20 + gold[20:]), ("two", gold)):
        make_run(tmp_path / name, "multi-label", CLASSES, Predictions(list(range(40)), gold, said))
    lines = call("compare", "one", "two", "--metric", "hamming_loss").out.splitlines()
    assert lines[0] == "Hamming loss on 40 rows of test; lower is better"
    assert any("A - B" in line and line.endswith("B is better") for line in lines)


def test_what_a_reader_must_know_besides_is_told_beside_the_json(call: Call, tmp_path: Path) -> None:
    gold = ["a", "b"] * 20
    for name, inputs in (("one", "1"), ("two", "2")):
        make_run(tmp_path / name, TEXT, CLASSES, Predictions(list(range(40)), gold, gold), data__test__sha256=inputs)
    said = call("compare", "one", "two", "--json")
    assert json.loads(said.out)["changed"] == [{"id": "data.test.sha256", "a": "1", "b": "2"}]
    assert "were not read as the same inputs" in said.err
    assert "Note: Rows of test have the same numbers" in call("compare", "one", "two").out


@pytest.mark.parametrize(
    ("typed", "is_a", "line"),
    [
        (["runs"], "holds run folders", "tunecard compare 'runs/[b]third' runs/first runs/second"),
        (["runs/first/evidence.json", "runs/second"], "is a file of", "tunecard compare runs/first runs/second"),
        (["runs/first", "rows.csv"], "a file of rows; `tunecard compare` takes run folders", "tunecard init rows.csv"),
        (["runs/first"], "two run folders or more", None),
    ],
)
def test_what_is_no_run_folder_gets_a_line_to_type(
    call: Call, runs: list[str], tmp_path: Path, typed: list[str], is_a: str, line: str | None
) -> None:
    (tmp_path / "rows.csv").write_text("text,label\n")
    said = call("compare", *typed)
    assert (said.code, said.out) == (2, "") and is_a in said.err
    assert line is None or line in [one.strip() for one in said.err.splitlines()]


def test_it_needs_no_torch(runs: list[str], tmp_path: Path) -> None:
    script = (
        f"import sys, tunecard\nprint(len(tunecard.compare({runs[0]!r}, {runs[1]!r}).differences))\n"
        "print([name for name in ('torch', 'transformers', 'peft', 'datasets') if name in sys.modules])"
    )
    source = str(Path(tunecard.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": source},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n[]\n", "")
