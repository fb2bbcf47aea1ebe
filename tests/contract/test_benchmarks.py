"""The benchmarks run and answer in JSON: each script with a tiny model. How fast they are is not asked here."""

from __future__ import annotations

import json
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
def test_memory_measures_four_processes() -> None:
    found = run("memory.py", "--shape", "tiny", "--steps", "1")
    assert set(found["memory_mib"]) == {
        f"{side}-{kind}" for side in ("tunecard", "dynamic-padding") for kind in ("bf16", "fp32")
    }
    assert all(one["after_import"] <= one["after_loading"] <= one["peak"] for one in found["memory_mib"].values())
    assert set(found["share_of_stock"]) == {"bf16", "fp32"}


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
