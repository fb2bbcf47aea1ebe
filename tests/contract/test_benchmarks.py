"""The benchmarks run and answer in JSON: each script with a tiny model. How fast they are is not asked here.

A benchmark gives every side a process of its own, and importing torch and transformers in each would take most of the
time here. So `rounds` and one command line are tested with processes; the scripts and their sides are called in this one.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path.name for path in BENCHMARKS.glob("*.py") if "\nif __name__ ==" in path.read_text())

Run = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("memory.py", "--shape", "tiny")` is the script's answer; only the sides in `alone` have processes."""
    from tunecard.training.seeds import together

    rounds = import_module("rounds")
    run_child = rounds.run_child
    monkeypatch.setattr(together, "MOST_WORK", together.MOST_WORK)  # a side of seeds_together.py changes it
    monkeypatch.setattr(import_module("cards"), "make_card", make_card)

    def answer(script: str, *arguments: str, alone: tuple[str, ...] = ()) -> dict[str, Any]:
        def run_side(
            script: str, side: str, folder: Path, threads: int, python: str = sys.executable, *, cap: int | None = None
        ) -> Any:
            if side in alone or python != sys.executable:
                return run_child(script, side, folder, threads, python, cap=cap)
            return json.loads(call(script, "--child", side, "--work", str(folder)).splitlines()[-1])

        monkeypatch.setattr(rounds, "run_child", run_side)
        found: dict[str, Any] = json.loads(call(script, *arguments, "--threads", "1", "--json"))
        return found

    return answer


def call(script: str, *arguments: str) -> str:
    """What `main` of a script prints on these arguments."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(sys, "argv", [script, *arguments])
        import_module(Path(script).stem).main()
    return printed.getvalue()


def make_card(side: str, folder: Path, arguments: Any) -> Path:
    """Stands in for `cards.make_card`."""
    with redirect_stdout(io.StringIO()):
        import_module("cards_sides").main(side, folder)
    return folder / side / "README.md"


ROUNDS = f"""
import os, sys
sys.path.insert(0, {str(BENCHMARKS)!r})
from pathlib import Path
import rounds

def measure(side, folder):
    assert side != "broken", "its last words"
    return {{"process": os.getpid(), "told": [side, str(folder), os.environ["OMP_NUM_THREADS"]]}}

def report(arguments):
    if not arguments.sides:
        raise rounds.Skipped("nothing to measure")
    return rounds.in_turn(__file__, arguments.sides, arguments.rounds, Path("here"), arguments.threads)

parser = rounds.make_parser("")
parser.add_argument("--sides", nargs="*")
rounds.run(parser, measure, report, print)
"""


def run_alone(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    command = [sys.executable, str(script), *arguments, "--threads", "1", "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_side_of_every_round_has_a_process_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "sides.py"
    script.write_text(ROUNDS)
    done = run_alone(script, "--rounds", "2", "--sides", "a", "b")
    found = json.loads(done.stdout)
    assert len({one["process"] for measured in found.values() for one in measured}) == 4
    assert {side: [one["told"] for one in measured] for side, measured in found.items()} == {
        side: [[side, "here", "1"]] * 2 for side in "ab"
    }
    order = [f"round {number} of 2: {side}" for number in (1, 2) for side in "ab"]
    assert done.stderr.splitlines() == order
    assert json.loads(run_alone(script).stdout) == {"skipped": "nothing to measure"}
    broken = run_alone(script, "--sides", "broken")
    assert broken.returncode and "the side broken failed" in broken.stderr and "its last words" in broken.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_a_command_line(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if script == "cards_sides.py":
        pytest.skip("takes no options: cards.py calls it")
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit, match="^0$"), redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(BENCHMARKS / script), run_name="__main__")
    assert "usage:" in printed.getvalue()


@pytest.mark.slow
def test_training_speed_compares_both_sides_with_the_ceiling(run: Run) -> None:
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
        assert side["memory_after_import_mib"] > 0 and side["peak_memory_mib"] > 0
        assert side["tokens_a_second"]["min"] > 0 and side["share_of_ceiling"]["min"] > 0


@pytest.mark.slow
def test_a_short_run_is_compared_with_later_epochs_and_with_stock(run: Run) -> None:
    sizes = ("--rows", "20", "--epochs", "2", "--rounds", "1", "--longest", "18", "--batch", "8")
    found = run("short_run.py", "--shape", "tiny", "--data", "short", "--precision", "fp32", *sizes)
    assert list(found["lines"]) == ["fp32-short", "fp32-all"]
    for line in found["lines"].values():
        for when in ("first", "later"):
            seconds = {side: spread["median"] for side, spread in line[f"{when}_seconds"].items()}
            assert line[f"times_faster_{when}"]["median"] == pytest.approx(seconds["stock"] / seconds["tunecard"])
        assert 0 < line["stocks_real_share"] <= 1 and len(line["first_steps_seconds"][0]) == 3
    assert found["lines"]["fp32-short"]["mean_tokens"] < found["lines"]["fp32-all"]["mean_tokens"]


@pytest.mark.slow
@pytest.mark.shared
def test_dry_runs_are_held_to_what_runs_take(shared_data: Path, run: Run) -> None:
    found = run("dry_run.py", "--cases", "1", "--base", "tiny", alone=("estimate/0", "run/0"))
    (line,) = found["cases"]
    assert line["held"] == (line["told"][0] <= line["took"] <= line["told"][1]) and found["held"] == line["held"]
    assert sum(seconds for _, seconds in line["stages"]) == pytest.approx(line["told"][0] * 1.2)
    assert line["dry_run"] > 0 and found["widest"] < 1.5


@pytest.mark.slow
@pytest.mark.parametrize("task", ["text", "token"])
def test_prediction_speed_gives_the_labels_of_the_pipeline(task: str, run: Run) -> None:
    found = run("prediction_speed.py", "--shape", "tiny", "--rows", "70", "--rounds", "1", "--task", task)
    assert list(found["sides"]) == ["tunecard", "pipeline"]
    assert found["agreement"] == (1 if task == "text" else None)
    assert found["sides"]["pipeline"]["real_share_of_tokens"] < 1
    assert len(found["ceiling"]["products"]) == 4


PEERS = ("tunecard-fp32", "tunecard-bf16", "onnxruntime-fp32", "onnxruntime-fused-int8", "openvino-fp32")


@pytest.mark.slow
def test_peers_of_prediction_give_the_same_labels(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("batched"), "SIZES", (1, 4))
    peers = import_module("prediction_peers")
    monkeypatch.setattr(peers, "find_spec", lambda name: None if name == "openvino" else name)
    found = run(
        "prediction_peers.py", "--shape", "tiny", "--data", "short", "--rows", "30", "--rounds", "1", "--sides", *PEERS
    )
    assert set(found["sides"]) == set(PEERS[:-1])
    assert "openvino" in found["not_run"]["openvino-fp32"] and "pip install" in found["not_run"]["openvino-fp32"]
    exact, rounded = found["sides"]["onnxruntime-fp32"], found["sides"]["onnxruntime-fused-int8"]
    assert exact["flips"] == 0 and exact["share_alike"] == 1
    assert rounded["share_alike"] == pytest.approx(1 - rounded["flips"] / 30)
    assert exact["batch"][0] in {1, 4} and set(exact["tried"][0]) == {"1", "4"}
    assert set(exact["times_faster_is"]) == {"tunecard-fp32", "tunecard-bf16"}
    assert found["sides"]["tunecard-fp32"]["times_faster_is"]["tunecard-fp32"]["median"] == 1


def test_a_side_that_passes_its_cap_is_left_out_with_the_reason(tmp_path: Path) -> None:
    rounds = import_module("rounds")
    script = tmp_path / "sides.py"
    script.write_text("import sys\nwhile sys.argv[2] == 'slow': pass\nprint('{\"seconds\": 1}')")
    left_out: dict[str, str] = {}
    found = rounds.in_turn(str(script), ["slow", "quick"], 2, tmp_path, 1, cap=1, left_out=left_out)
    assert found == {"quick": [{"seconds": 1}] * 2}
    assert list(left_out) == ["slow"]
    assert "more than 1 s of the processor" in left_out["slow"] and "--cap" in left_out["slow"]


def test_a_side_that_waits_for_ever_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = import_module("rounds")
    monkeypatch.setattr(rounds, "PATIENCE", 1)
    script = tmp_path / "sides.py"
    script.write_text("import time\ntime.sleep(600)")
    with pytest.raises(rounds.TookTooLongError, match="wall clock"):
        rounds.run_child(str(script), "waits", tmp_path, 1, cap=1)


def test_rows_are_padded_to_the_longest_of_their_batch_and_answered_in_their_order() -> None:
    batched = import_module("batched")
    rows = batched.Padded([[5, 6], [7, 8, 9], [4]], pad=0)
    assert rows.batches(2) == [[1, 0], [2]] and rows.computed(2) == 7
    batch = rows.batch([1, 0])
    assert batch["input_ids"].tolist() == [[7, 8, 9], [5, 6, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    last = batched.answer(lambda batch: -abs(batch["input_ids"][:, :1] - [[4, 5, 7]]), rows, rows.batches(2))
    assert last == {0: 1, 1: 2, 2: 0}
    assert batched.spaced([[0], [1], [2], [3], [4]], 2) == [[0], [4]]


@pytest.mark.slow
def test_growth_is_measured_and_drawn_point_by_point(run: Run, tmp_path: Path) -> None:
    small = ("--shape", "tiny", "--tokens-a-step", "64", "--steps", "1", "--docs", str(tmp_path))
    found = run("growth.py", *small, "--points", "rank-4", "tokens-32", "tokens-64", "stream-1000")
    assert [(one["axis"], one["value"]) for one in found["points"]] == [
        ("stream", 1000), ("tokens", 32), ("tokens", 64), ("rank", 4),
    ]  # fmt: skip
    assert [one["rows_a_step"] for one in found["points"]] == [1000, 2, 1, 2]
    assert all(one["microseconds_a_token"]["min"] > 0 < one["peak_memory_mib"] for one in found["points"])
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "growth.md").read_text()
    assert "| tokens a row | 64 |" in page and "](growth.png)" in page and "one thread" in page
    with pytest.raises(SystemExit, match="width"):
        run("growth.py", *small, "--points", "width")


@pytest.mark.slow
def test_growth_streams_every_size(run: Run) -> None:
    found = run("prediction_speed.py", "--growth", "--growth-rows", "50", "150")
    assert [one["rows"] for one in found["growth"]] == [50, 150]
    assert all(one["microseconds_a_row"] > 0 and one["memory_mib"]["peak"] > 0 for one in found["growth"])


@pytest.mark.slow
def test_bulk_compares_two_sides_that_write_the_same_bytes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Ray: its place is taken by the other side."""
    bulk = import_module("bulk")
    monkeypatch.setattr(bulk, "by_ray", bulk.plainly)
    found = run("bulk.py", "--shape", "tiny", "--rows", "2500", "--rounds", "1")
    assert list(found["sides"]) == ["predict", "ray"]
    assert all(one["memory_mib"][0]["peak"] > 0 for one in found["sides"].values())
    assert found["whole"]["median"] > 0 and found["steady"]["median"] > 0
    monkeypatch.setattr(bulk, "by_ray", lambda folder, out, watcher: out.write_text("other"))
    with pytest.raises((SystemExit, IndexError)):
        run("bulk.py", "--shape", "tiny", "--rows", "5", "--rounds", "1")


@pytest.mark.slow
@pytest.mark.parametrize("task", ["text", "token"])
def test_many_adapters_are_compared_with_one_and_agree_with_peft(task: str, run: Run) -> None:
    sizes = ("--adapters", "3", "--rows", "5", "--rank", "2", "--calls", "1", "--rounds", "1")
    found = run("many_adapters.py", "--shape", "tiny", "--task", task, *sizes)
    assert list(found["sides"]) == ["one-alone", "one-merged", "all-mixed", "one-in-mixed-layers", "peft-all-mixed"]
    assert 0 < found["largest_difference_from_peft"] < 1e-5
    assert found["sides"]["one-alone"]["of_one_alone"]["median"] == 1
    assert found["sides"]["one-merged"]["of_one_merged"]["median"] == 1
    assert all(side["rows_a_second"]["min"] > 0 for side in found["sides"].values()) and not found["not_run"]


@pytest.mark.slow
@pytest.mark.shared
def test_cards_are_judged_field_by_field(shared_data: Path, run: Run) -> None:
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
def test_seeds_together_are_compared_with_the_same_seeds_apart(run: Run) -> None:
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


ALONE = ("tunecard-bf16", "dynamic-padding-fp32")  # a peak is that of a process


@pytest.mark.slow
def test_memory_is_told_of_both_sides_in_both_precisions(run: Run) -> None:
    found = run("memory.py", "--shape", "tiny", "--steps", "1", alone=ALONE)
    int8 = {"tunecard-int8"} if import_module("ours").why_not("int8") is None else set()
    assert set(found["memory_mib"]) == int8 | {
        f"{side}-{kind}" for side in ("tunecard", "dynamic-padding") for kind in ("bf16", "fp32")
    }
    assert set(found["int8_share_of_bf16"]) == ({"peak", "steps"} if int8 else set())
    for side in ALONE:
        memory = found["memory_mib"][side]
        assert 0 < memory["after_import"] <= memory["after_loading"] <= memory["peak"]
    assert set(found["share_of_stock"]) == {"bf16", "fp32"}


@pytest.mark.slow
@pytest.mark.shared
def test_without_dropout_both_engines_learn_the_same_from_the_same_start(shared_data: Path, run: Run) -> None:
    rows = ("--rows", "120", "--test-rows", "60", "--epochs", "2", "--batch", "50")
    found = run("quality_seeds.py", *rows, "--seeds", "5", "--dropout", "0")
    assert found["test_rows"] == 60 and found["head"]["validation_accuracy"] > 0.1
    assert found["agreement"] == [1] and found["difference"] == {"by_seed": [0], "mean": 0, "interval_95": None}
    assert found["sides"]["tunecard"]["mean"] > 0.1 and found["is_not_worse"] is None


def test_quality_over_seeds_is_paired() -> None:
    compare = import_module("quality_seeds").compare

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
def test_few_examples_compares_with_setfit_where_it_is(shared_data: Path, run: Run) -> None:
    python = os.environ.get("TUNECARD_SETFIT_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import setfit"], capture_output=True, check=False).returncode:
        pytest.skip("no setfit here; TUNECARD_SETFIT_PYTHON may name an interpreter that has it")
    found = run("few_examples.py", *FEW, "--setfit-python", python)
    assert list(found["sides"]) == ["tunecard", "setfit-1"] and not found["not_run"]
    assert "24 pairs" in found["sides"]["setfit-1"]["detail"] and 0 <= found["sides"]["setfit-1"]["accuracy"] <= 1


@pytest.mark.slow
@pytest.mark.shared
def test_few_examples_says_why_setfit_is_left_out(shared_data: Path, tmp_path: Path, run: Run) -> None:
    found = run("few_examples.py", *FEW, "--setfit-python", str(tmp_path / "python"))
    assert list(found["sides"]) == ["tunecard"] and found["rows"] == 12 and found["test_rows"] == 20
    assert found["sides"]["tunecard"]["times_faster_tunecard_is"]["median"] == 1
    assert str(tmp_path) in found["not_run"]["setfit"] and "does not run" in found["not_run"]["setfit"]


@pytest.mark.slow
def test_overhead_times_commands_and_tells_the_stages_of_a_run(run: Run, tiny_base: Callable[[str], Path]) -> None:
    base = str(tiny_base("bert"))
    found = run("overhead.py", "--jobs", "help", "predict", "--rounds", "1", "--rows", "60", "--base", base)
    assert list(found["jobs"]) == ["help", "run-texts", "predict"]  # what is predicted with is trained first
    trained = found["jobs"]["run-texts"]
    assert trained["cpu"] > 0 and trained["wall_range"] == [trained["wall"]] * 2
    assert trained["beside_optimisation"] == pytest.approx(trained["wall"] - trained["stages"]["optimisation"])
    assert sum(trained["stages"].values()) < trained["wall"]
    assert "stages" not in found["jobs"]["predict"]


@pytest.mark.slow
def test_a_whole_run_is_compared_with_a_plain_script_on_the_same_rows(run: Run) -> None:
    sizes = ("--rows", "60", "--validation-rows", "20", "--test-rows", "30", "--epochs", "1", "--batch", "16")
    chosen = ("--set", "evaluation.probes=[]", "--set", "training.warm_start=none")
    found = run("whole_run.py", "--base", "tiny", "--data", "short", "--rounds", "1", *sizes, *chosen)
    assert list(found["sides"]) == ["tunecard", "plain script"]
    for clock in ("wall", "processor"):
        mine, other = (found["sides"][side][clock]["median"] for side in found["sides"])
        assert found["sides"]["tunecard"][f"plain_takes_{clock}"]["median"] == pytest.approx(other / mine)
    scores = [side["score"] for side in found["sides"].values()]
    assert all(one["n"] == 30 and one["interval_95"][0] <= one["accuracy"] <= one["interval_95"][1] for one in scores)
    assert found["difference"]["accuracy"] == pytest.approx(scores[0]["accuracy"] - scores[1]["accuracy"])
    assert sum(found["stages"].values()) == pytest.approx(found["sides"]["tunecard"]["wall"]["median"])
    assert found["stages"]["optimisation"] > 0 and 0 < found["optimisation_share"] < 1


def test_data_that_is_not_here_is_a_skip_with_a_message(tmp_path: Path, run: Run) -> None:
    found = run("training_speed.py", "--shape", "tiny", "--data", str(tmp_path / "none.csv"))
    assert "none.csv" in found["skipped"] and "--data short" in found["skipped"]


def test_executed_flop_are_those_of_the_layers_counted_by_hand() -> None:
    ceiling, shapes = (import_module(name) for name in ("ceiling", "shapes"))
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
