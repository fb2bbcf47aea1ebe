"""The benchmarks run and answer in JSON: each script with a tiny model. How fast they are is not asked here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(script: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, str(BENCHMARKS / script), *arguments, "--threads", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
def test_training_speed_compares_both_sides_with_the_ceiling() -> None:
    found = run("training_speed.py", "--shape", "tiny", "--steps", "1", "--rounds", "1", "--peers", "grouped-by-length")
    assert list(found["sides"]) == ["tunecard", "grouped-by-length"]
    assert found["sides"]["tunecard"]["times_faster_tunecard_is"]["median"] == 1
    assert (
        found["sides"]["tunecard"]["real_share_of_tokens"]
        == 1
        >= found["sides"]["grouped-by-length"]["real_share_of_tokens"]
    )
    assert found["ceiling"]["gflops"] == max(one["median"] for one in found["ceiling"]["by_routine"].values())
    assert len(found["ceiling"]["products"]) == 8
    for side in found["sides"].values():
        assert 0 < side["memory_after_import_mib"] <= side["peak_memory_mib"]
        assert side["tokens_a_second"]["min"] > 0 and side["share_of_ceiling"]["min"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("task", ["text", "token"])
def test_prediction_speed_gives_the_labels_of_the_pipeline(task: str) -> None:
    found = run("prediction_speed.py", "--shape", "tiny", "--rows", "70", "--rounds", "1", "--task", task)
    assert list(found["sides"]) == ["tunecard", "pipeline"]
    assert found["agreement"] == (1 if task == "text" else None)
    assert found["sides"]["pipeline"]["real_share_of_tokens"] < 1
    assert len(found["ceiling"]["products"]) == 4


@pytest.mark.slow
def test_growth_streams_every_size() -> None:
    found = run("prediction_speed.py", "--growth", "--growth-rows", "50", "150")
    assert [one["rows"] for one in found["growth"]] == [50, 150]
    assert all(one["microseconds_a_row"] > 0 and one["memory_mib"]["peak"] > 0 for one in found["growth"])


@pytest.mark.slow
@pytest.mark.parametrize("task", ["text", "token"])
def test_many_adapters_are_compared_with_one_and_agree_with_peft(task: str) -> None:
    sizes = ("--adapters", "3", "--rows", "5", "--rank", "2", "--calls", "1", "--rounds", "1")
    found = run("many_adapters.py", "--shape", "tiny", "--task", task, *sizes)
    assert list(found["sides"]) == ["one-alone", "one-merged", "all-mixed", "one-in-mixed-layers", "peft-all-mixed"]
    assert 0 < found["largest_difference_from_peft"] < 1e-5
    assert found["sides"]["one-alone"]["of_one_alone"]["median"] == 1
    assert found["sides"]["one-merged"]["of_one_merged"]["median"] == 1
    assert all(side["rows_a_second"]["min"] > 0 for side in found["sides"].values()) and not found["not_run"]


@pytest.mark.slow
def test_cards_are_judged_field_by_field() -> None:
    found = run(
        "cards.py", "--base", "tiny", "--classes", "3", "--examples", "6", "--test-rows", "9", "--epochs", "1",
        "--setfit-python", "nowhere",
    )  # fmt: skip
    assert len(found["fields"]) == 44 == found["filled"]["tunecard"]
    assert found["filled"]["peft"] == 0 < found["filled"]["trainer"] < 10
    assert found["shown"]["tunecard"]["placeholders"] == 0
    assert found["shown"]["peft"]["placeholders"] >= 39
    assert "nowhere" in found["not_run"]["setfit"]


@pytest.mark.slow
def test_seeds_together_are_compared_with_the_same_seeds_apart() -> None:
    found = run(
        "seeds_together.py", "--shape", "tiny", "--seeds", "2", "--tokens", "20", "60", "--steps", "2", "--rounds", "1"
    )
    small, large = found["sizes"]
    assert small["rows_a_step"] < large["rows_a_step"]
    assert small["tokens_a_step_and_seed"] < large["tokens_a_step_and_seed"]
    for size in found["sizes"]:
        took = {side: spread["median"] for side, spread in size["milliseconds_a_step_of_all"].items()}
        expected = took["one-after-the-other"] / took["together"]
        assert size["times_faster_together_is"]["median"] == pytest.approx(expected)


@pytest.mark.slow
def test_memory_measures_four_processes() -> None:
    found = run("memory.py", "--shape", "tiny", "--steps", "1")
    assert set(found["memory_mib"]) == {
        f"{side}-{kind}" for side in ("tunecard", "dynamic-padding") for kind in ("bf16", "fp32")
    }
    assert all(one["after_import"] <= one["after_loading"] <= one["peak"] for one in found["memory_mib"].values())
    assert set(found["share_of_stock"]) == {"bf16", "fp32"}


@pytest.mark.slow
@pytest.mark.shared
def test_without_dropout_both_engines_learn_the_same_from_the_same_start(shared_data: Path) -> None:
    rows = ("--rows", "120", "--test-rows", "60", "--epochs", "2", "--batch", "50")
    found = run("quality_seeds.py", *rows, "--seeds", "5", "--dropout", "0")
    assert found["test_rows"] == 60 and found["head"]["validation_accuracy"] > 0.1
    assert found["agreement"] == [1] and found["difference"] == {"by_seed": [0], "mean": 0, "interval_95": None}
    assert found["sides"]["tunecard"]["mean"] > 0.1 and found["is_not_worse"] is None


def test_quality_over_seeds_is_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    compare = __import__("quality_seeds").compare

    def seed(hits: int) -> dict[str, Any]:
        right = [number < hits for number in range(100)]
        return {"is_right": right, "predictions": right, "seconds": 2.0, "tokens": 10}

    pairs = [(seed(mine), seed(stock)) for mine, stock in ((90, 89), (80, 78), (73, 70))]
    found = compare(pairs, 0.01)
    assert found["difference"]["by_seed"] == pytest.approx([0.01, 0.02, 0.03])
    # Student's t of 2 degrees of freedom, 4.3027, times 0.01 / sqrt(3).
    assert found["difference"]["interval_95"] == pytest.approx([0.02 - 0.024841, 0.02 + 0.024841], abs=1e-6)
    assert found["is_not_worse"] and not compare(pairs, 0.004)["is_not_worse"]
    assert found["sides"]["stock"]["standard_deviation"] == pytest.approx(0.095394, abs=1e-6)
    assert found["agreement"] == pytest.approx([0.99, 0.98, 0.97])


FEW = ("--base", "tiny", "--classes", "3", "--examples", "4", "--test-rows", "20", "--iterations", "1")


@pytest.mark.slow
@pytest.mark.shared
def test_few_examples_compares_with_setfit_where_it_is(shared_data: Path) -> None:
    python = os.environ.get("TUNECARD_SETFIT_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import setfit"], capture_output=True, check=False).returncode:
        pytest.skip("no setfit here; TUNECARD_SETFIT_PYTHON may name an interpreter that has it")
    found = run("few_examples.py", *FEW, "--setfit-python", python)
    assert list(found["sides"]) == ["tunecard", "setfit-1"] and not found["not_run"]
    assert "24 pairs" in found["sides"]["setfit-1"]["detail"] and 0 <= found["sides"]["setfit-1"]["accuracy"] <= 1


@pytest.mark.slow
@pytest.mark.shared
def test_few_examples_says_why_setfit_is_left_out(shared_data: Path, tmp_path: Path) -> None:
    found = run("few_examples.py", *FEW, "--setfit-python", str(tmp_path / "python"))
    assert list(found["sides"]) == ["tunecard"] and found["rows"] == 12 and found["test_rows"] == 20
    assert found["sides"]["tunecard"]["times_faster_tunecard_is"]["median"] == 1
    assert str(tmp_path) in found["not_run"]["setfit"] and "does not run" in found["not_run"]["setfit"]


def test_data_that_is_not_here_is_a_skip_with_a_message(tmp_path: Path) -> None:
    found = run("training_speed.py", "--shape", "tiny", "--data", str(tmp_path / "none.csv"))
    assert "none.csv" in found["skipped"] and "--data short" in found["skipped"]


def test_executed_flop_are_those_of_the_layers_counted_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    ceiling, shapes = (__import__(name) for name in ("ceiling", "shapes"))
    work = shapes.Workload("tiny", 2, "text", [], [], 2, 4, 0, 0, 10)
    d, feed = 32, 128
    layer = 4 * d * d + 2 * d * feed
    assert ceiling.executed_flop(work, 10, 3, has_backward=False, is_narrow=False) == 2 * 10 * 2 * layer
    # The bottom layer's query, key and value pass no gradient on.
    assert ceiling.executed_flop(work, 10, 3, has_backward=True, is_narrow=False) == 2 * 10 * (4 * layer - 3 * d * d)
    # Narrow: 10 tokens through the top layer's key and value, 3 through the rest.
    top = 2 * (10 * 2 * d * d + 3 * (2 * d * d + 2 * d * feed))
    assert ceiling.executed_flop(work, 10, 3, has_backward=False, is_narrow=True) == 2 * 10 * layer + top
    assert (
        ceiling.executed_flop(work, 10, 3, has_backward=True, is_narrow=True)
        == 2 * (2 * 10 * layer + top) - 2 * 10 * 3 * d * d
    )
