"""Checkpoints: interrupted and resumed equals uninterrupted, bit for bit; cut, foreign and old ones."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from full_disk import small_files
from tiny_training import Ground, equal_states, make_ground
from tunecard.errors import DiskFull, Interrupted, RunFolderError
from tunecard.evidence.files import HALF, sha256_of
from tunecard.training import TrainingResult, train, watch_signals
from tunecard.training.checkpoint import whole_checkpoints

TinyBase = Callable[[str], Path]


def go(ground: Ground, folder: Path, **options: Any) -> TrainingResult:
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


def stop_at(*steps: int) -> dict[str, Any]:
    """Options of `train` that ask to stop after these steps."""
    done: list[int] = []
    return {
        "on_step": lambda step, total, loss: done.append(step),
        "should_stop": lambda: bool(done) and done[-1] in steps,
    }


def counters(result: TrainingResult) -> dict[str, Any]:
    return {**vars(result), "seconds": None}


def test_the_seed_decides_every_byte(tiny_base: TinyBase, tmp_path: Path) -> None:
    states = []
    for number, seed in enumerate((3, 3, 4)):
        ground = make_ground(tiny_base("roberta"), dropout=0.1, epochs=1, seed=seed)
        torch.rand(number)  # whatever came before does not matter
        go(ground, tmp_path / str(number))
        states.append(ground.state())
    assert equal_states(states[0], states[1])
    assert not equal_states(states[0], states[2])


@pytest.mark.parametrize(
    ("kind", "method", "precision"),
    [
        ("tokens", "lora", "fp32"),
        ("text", "full", "bf16-mixed"),
        ("text", "lora", "fp16-mixed"),
        ("text", "lora", "fp16"),
        ("tokens", "lora", "bf16"),
    ],
)
def test_resumed_equals_uninterrupted(
    tiny_base: TinyBase, tmp_path: Path, kind: str, method: str, precision: str
) -> None:
    """Dropout on, stopped in mid-epoch, at an epoch's last step and in the last step."""
    settings: dict[str, Any] = {
        "kind": kind,
        "method": method,
        "dropout": 0.1,
        "epochs": 3,
        "train_batch_size": 8,
        "precision": precision,
    }
    straight = make_ground(tiny_base("roberta"), **settings)
    expected = go(straight, tmp_path / "straight")
    assert expected.steps == 9
    for stop in (2, 3, 9):
        folder = tmp_path / f"stop-{stop}"
        with pytest.raises(Interrupted) as caught:
            go(make_ground(tiny_base("roberta"), **settings), folder, **stop_at(stop))
        assert str(caught.value) == f"stopped after step {stop} of 9; the state is saved. Go on with --resume."
        assert caught.value.exit_code == 3
        again = make_ground(tiny_base("roberta"), **settings)
        torch.manual_seed(1234)
        result = go(again, folder, resume=True)
        assert equal_states(again.state(), straight.state()), stop
        assert counters(result) == counters(expected), stop
        assert (folder / "best.safetensors").read_bytes() == (tmp_path / "straight" / "best.safetensors").read_bytes()


def test_interrupted_at_every_step(tiny_base: TinyBase, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"kind": "text", "dropout": 0.1, "epochs": 2, "train_batch_size": 8}
    straight = make_ground(tiny_base("roberta"), **settings)
    expected = go(straight, tmp_path / "straight")
    ground, rounds = straight, 0
    while rounds < 20:
        ground, rounds = make_ground(tiny_base("roberta"), **settings), rounds + 1
        try:
            result = go(ground, tmp_path / "halting", resume=True, should_stop=lambda: True)
            break
        except Interrupted:
            pass
    assert rounds == 9  # six steps and two closed epochs are interruptions; then there is nothing left to stop
    assert equal_states(ground.state(), straight.state())
    assert counters(result) == counters(expected)


def test_the_optimizer_comes_back_to_the_bit(tiny_base: TinyBase, tmp_path: Path) -> None:
    """The moments in the two newest checkpoints are those of an uninterrupted run."""
    settings: dict[str, Any] = {"dropout": 0.1, "epochs": 2, "train_batch_size": 8}
    go(make_ground(tiny_base("roberta"), **settings), tmp_path / "straight")
    with pytest.raises(Interrupted):
        go(make_ground(tiny_base("roberta"), **settings), tmp_path / "halted", **stop_at(4))
    go(make_ground(tiny_base("roberta"), **settings), tmp_path / "halted", resume=True)
    for name in ("optimizer", "weights", "random"):
        one, other = (
            load_file(tmp_path / run / "step-00000006" / f"{name}.safetensors") for run in ("straight", "halted")
        )
        assert equal_states(one, other)
    moments = load_file(tmp_path / "straight" / "step-00000006" / "optimizer.safetensors")
    assert {name.rpartition("|")[2] for name in moments} == {"step", "exp_avg", "exp_avg_sq"}
    assert all(float(value) == 6 for name, value in moments.items() if name.endswith("|step"))


def test_the_two_newest_are_kept_and_the_best(tiny_base: TinyBase, tmp_path: Path) -> None:
    result = go(make_ground(tiny_base("roberta"), epochs=4, train_batch_size=22), tmp_path)
    kept = {f"step-{epoch:08d}" for epoch in (result.best_epoch, 3, 4)}  # an epoch is a step
    assert {path.name for path in tmp_path.iterdir()} == {"best.safetensors", *kept}


SHORT: dict[str, Any] = {"epochs": 2, "train_batch_size": 11, "dropout": 0.1}


@pytest.fixture(scope="module")
def finished(tiny_base: TinyBase, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ground, TrainingResult]:
    """A training of two epochs, four steps; its folder is to be copied."""
    folder, ground = tmp_path_factory.mktemp("finished"), make_ground(tiny_base("roberta"), **SHORT)
    return folder, ground, go(ground, folder)


@pytest.mark.parametrize("file", ["weights.safetensors", "optimizer.safetensors", "random.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "removed"])
def test_a_damaged_checkpoint_leaves_the_one_before(
    tiny_base: TinyBase, tmp_path: Path, finished: tuple[Path, Ground, TrainingResult], file: str, damage: str
) -> None:
    folder, straight, expected = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "step-00000004" / file
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    again = make_ground(tiny_base("roberta"), **SHORT)
    steps: list[int] = []
    result = go(again, tmp_path, resume=True, on_step=lambda step, total, loss: steps.append(step))
    assert steps == [3, 4]  # the second epoch is learned again
    assert equal_states(again.state(), straight.state())
    assert counters(result) == counters(expected)


BROKEN: list[tuple[str, Any]] = [
    *(("position", value) for value in ([], "x", None, 3)), *(("result", value) for value in ([], "x", None, 3)),
    *(("sha256", value) for value in ([], "x", None, {"weights.safetensors": ["x"]})),
    *(("position.epoch", value) for value in ("1", 1.5, -1, 0, [1], None, 10**30)),
    *(("position.offset", value) for value in ("1", -1, [0], None)), ("position.loss", "x"), ("position.weight", [1]),
    ("position.fingerprint", ["x"]), ("position.loss_scale", []), ("position.loss_scale", {"scale": "x"}),
    *(("result.steps", value) for value in ("4", -4, 4.5, [4], None, float("nan"))),
    ("result.curve", {}), ("result.curve", ["x"]), ("result.curve", [{}]), ("result.curve", None),
    ("result.best_epoch", ["x"]), ("result.best_sha256", 3), ("result.stopped", ["x"]), ("result.seconds", "x"),
    ("result.observed_dtypes", []), ("result.path", "x"), ("result.more", 1),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), BROKEN, ids=lambda part: json.dumps(part)[:30])
def test_a_state_that_no_run_writes_is_passed_over(
    tmp_path: Path, finished: tuple[Path, Ground, TrainingResult], key: str, value: Any
) -> None:
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    path = tmp_path / "step-00000004" / "state.json"
    content = json.loads(path.read_text())
    mark = content["position"]["fingerprint"]
    assert [checkpoint.step for checkpoint in whole_checkpoints(tmp_path, mark)] == [4, 2]
    *outer, last = key.split(".")
    (content[outer[0]] if outer else content)[last] = value
    path.write_text(json.dumps(content))
    assert [checkpoint.step for checkpoint in whole_checkpoints(tmp_path, mark)] == [2]


@pytest.mark.parametrize("text", ["", "[]", "{", "3", "[" * 200_000, "9" * 5_000])
def test_a_state_that_is_no_json_is_passed_over(
    tmp_path: Path, finished: tuple[Path, Ground, TrainingResult], text: str
) -> None:
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    mark = json.loads((tmp_path / "step-00000004" / "state.json").read_text())["position"]["fingerprint"]
    (tmp_path / "step-00000004" / "state.json").write_text(text)
    assert [checkpoint.step for checkpoint in whole_checkpoints(tmp_path, mark)] == [2]


def test_tensors_of_another_model_are_refused(
    tiny_base: TinyBase, tmp_path: Path, finished: tuple[Path, Ground, TrainingResult]
) -> None:
    """Somebody wrote them and their hash."""
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "step-00000004"
    tensors = load_file(folder / "optimizer.safetensors")
    save_file({f"{key}|": tensor for key, tensor in tensors.items()}, folder / "optimizer.safetensors")
    tensors = load_file(folder / "weights.safetensors")
    save_file(
        {key: tensor[:1].clone().repeat(*[3] * tensor.dim()) for key, tensor in tensors.items()},
        folder / "weights.safetensors",
    )
    state = json.loads((folder / "state.json").read_text())
    state["sha256"] = {name: sha256_of(folder / name) for name in state["sha256"]}
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(RunFolderError, match="does not fit this model"):
        go(make_ground(tiny_base("roberta"), **SHORT), tmp_path, resume=True)


def test_without_any_checkpoint_resuming_starts_anew(tiny_base: TinyBase, tmp_path: Path) -> None:
    result = go(make_ground(tiny_base("roberta"), epochs=1), tmp_path / "new", resume=True)
    assert result.steps == 6


def test_a_finished_training_resumes_to_its_end(tiny_base: TinyBase, tmp_path: Path) -> None:
    first = make_ground(tiny_base("roberta"), epochs=1)
    expected = go(first, tmp_path)
    again = make_ground(tiny_base("roberta"), epochs=1)
    assert counters(go(again, tmp_path, resume=True)) == counters(expected)
    assert equal_states(again.state(), first.state())


def _other_rate(base: TinyBase) -> Ground:
    return make_ground(base("roberta"), learning_rate=1e-3)


def _other_rows(base: TinyBase) -> Ground:
    ground = make_ground(base("roberta"))
    ground.data = replace(ground.data, train=ground.data.train.take(20))
    return ground


def _other_base(base: TinyBase) -> Ground:
    ground = make_ground(base("roberta"))
    with torch.no_grad():
        next(p for p in ground.model.parameters() if not p.requires_grad).view(-1)[0] += 1.0
    return ground


def _other_alpha(base: TinyBase) -> Ground:
    ground = make_ground(base("roberta"))
    ground.model.peft_config["default"].lora_alpha = 99  # type: ignore[union-attr, index]
    return ground


@pytest.mark.parametrize("other", [_other_rate, _other_rows, _other_base, _other_alpha])
def test_a_foreign_checkpoint_is_refused(
    tiny_base: TinyBase, tmp_path: Path, other: Callable[[TinyBase], Ground]
) -> None:
    with pytest.raises(Interrupted):
        go(make_ground(tiny_base("roberta")), tmp_path, **stop_at(2))
    with pytest.raises(RunFolderError) as caught:
        go(other(tiny_base), tmp_path, resume=True)
    assert str(caught.value) == (
        f"{tmp_path}: the checkpoint was made by another recipe, or from other rows or another base. Use the same, or start again with --overwrite."
    )


def test_the_same_ground_elsewhere_is_not_foreign(tiny_base: TinyBase, tmp_path: Path) -> None:
    """Neither where the base lies nor where the checkpoints lie is part of what a run is."""
    with pytest.raises(Interrupted):
        go(make_ground(tiny_base("roberta"), epochs=1), tmp_path / "here", **stop_at(2))
    shutil.copytree(tiny_base("roberta"), tmp_path / "base")
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert go(make_ground(tmp_path / "base", epochs=1), tmp_path / "there", resume=True).steps == 6


def test_an_earlier_training_does_not_outlive_a_fresh_start(tiny_base: TinyBase, tmp_path: Path) -> None:
    """Its higher step numbers would pass for newer checkpoints, and the fresh ones would be pruned at once."""
    go(make_ground(tiny_base("roberta"), epochs=2, seed=9), tmp_path)
    with pytest.raises(Interrupted):
        go(make_ground(tiny_base("roberta"), epochs=1), tmp_path, **stop_at(3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000003"]
    assert go(make_ground(tiny_base("roberta"), epochs=1), tmp_path, resume=True).steps == 6


def test_halves_of_a_killed_process_are_cleared(tiny_base: TinyBase, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        go(make_ground(tiny_base("roberta"), epochs=1), tmp_path, **stop_at(3))
    (tmp_path / f"{HALF}abc").mkdir()
    (tmp_path / f"{HALF}abc" / "weights.safetensors").write_bytes(b"half")
    (tmp_path / f"{HALF}def").write_bytes(b"half")
    go(make_ground(tiny_base("roberta"), epochs=1), tmp_path, resume=True)
    assert not list(tmp_path.glob(".*"))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda best: best.write_bytes(best.read_bytes()[:-10]),
    "emptied": lambda best: best.write_bytes(b""),
    "removed": lambda best: best.unlink(),
    "another's": lambda best: save_file({name: value + 1 for name, value in load_file(best).items()}, best),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_best_weights_are_made_again_from_the_newest_checkpoint_that_holds_them(
    tiny_base: TinyBase, tmp_path: Path, finished: tuple[Path, Ground, TrainingResult], damage: str
) -> None:
    folder, straight, expected = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    DAMAGES[damage](tmp_path / "best.safetensors")
    again = make_ground(tiny_base("roberta"), **SHORT)
    steps: list[int] = []
    result = go(again, tmp_path, resume=True, on_step=lambda step, total, loss: steps.append(step))
    assert steps == []  # nothing had to be learned again
    assert equal_states(again.state(), straight.state())
    assert counters(result) == counters(expected)
    assert (tmp_path / "best.safetensors").read_bytes() == (folder / "best.safetensors").read_bytes()


def test_best_weights_that_no_checkpoint_holds_are_learned_again(
    tiny_base: TinyBase, tmp_path: Path, finished: tuple[Path, Ground, TrainingResult]
) -> None:
    folder, straight, expected = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    best = next(line.step for line in expected.curve if line.epoch == expected.best_epoch)
    (tmp_path / f"step-{best:08d}" / "weights.safetensors").write_bytes(b"")
    (tmp_path / "best.safetensors").write_bytes(b"")
    again = make_ground(tiny_base("roberta"), **SHORT)
    assert counters(go(again, tmp_path, resume=True)) == counters(expected)
    assert equal_states(again.state(), straight.state())
    assert (tmp_path / "best.safetensors").read_bytes() == (folder / "best.safetensors").read_bytes()


def test_the_start_is_made_again_where_it_is_the_best(tiny_base: TinyBase, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"epochs": 3, "train_batch_size": 22, "scores_start": True, "keep": "best"}
    settings |= {"learning_rate": 1e-9, "head_learning_rate": 1e-9}  # nothing is learned: the start stays the best
    straight = make_ground(tiny_base("roberta"), **settings)
    expected = go(straight, tmp_path)
    assert expected.best_epoch == 0
    (tmp_path / "best.safetensors").unlink()
    again = make_ground(tiny_base("roberta"), **settings)
    assert counters(go(again, tmp_path, resume=True)) == counters(expected)
    assert equal_states(again.state(), straight.state())


def test_the_best_epochs_checkpoint_outlives_newer_ones(tiny_base: TinyBase, tmp_path: Path) -> None:
    """Were its weights lost with their file, the whole training would be."""
    settings: dict[str, Any] = {"epochs": 5, "train_batch_size": 22, "keep": "best"}
    settings |= {"learning_rate": 1e-9, "head_learning_rate": 1e-9}
    result = go(make_ground(tiny_base("roberta"), **settings), tmp_path)
    assert result.best_epoch == 1  # nothing is learned: the first wins
    names = ["best.safetensors", "step-00000001", "step-00000004", "step-00000005"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / names[0]).read_bytes() == (tmp_path / names[1] / "weights.safetensors").read_bytes()


def test_a_full_disk_keeps_the_checkpoint_before(tiny_base: TinyBase, tmp_path: Path) -> None:
    """The system itself refuses: files of weights still fit, those of the optimizer, twice as large, do not."""
    go(make_ground(tiny_base("roberta"), epochs=1), tmp_path / "measured")
    largest = max(path.stat().st_size for path in (tmp_path / "measured" / "step-00000006").iterdir())
    ground, disk = make_ground(tiny_base("roberta"), epochs=2), ExitStack()

    def fill(record: Any) -> None:
        disk.enter_context(small_files(largest - 1))

    with disk, pytest.raises(DiskFull, match="no space left to write checkpoint"):
        go(ground, tmp_path / "run", on_epoch=fill)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["best.safetensors", "step-00000006"]
    assert go(make_ground(tiny_base("roberta"), epochs=2), tmp_path / "run", resume=True).steps == 12


def test_full_disks_anywhere_end_in_one_error_and_lose_nothing(tiny_base: TinyBase, tmp_path: Path) -> None:
    straight = make_ground(tiny_base("roberta"), **SHORT)
    expected = go(straight, tmp_path / "straight")
    sizes = {path.stat().st_size for path in (tmp_path / "straight").rglob("*") if path.is_file()}
    for most in sorted({0, 100, *(size - 1 for size in sizes)}):
        with small_files(most), pytest.raises(DiskFull):
            go(make_ground(tiny_base("roberta"), **SHORT), tmp_path / "run", resume=True)
    again = make_ground(tiny_base("roberta"), **SHORT)
    assert counters(go(again, tmp_path / "run", resume=True)) == counters(expected)
    assert equal_states(again.state(), straight.state())


PATIENCE = 300  # seconds, for a busy machine
SCRIPT = """
import sys, os, time
os.environ["HF_HUB_OFFLINE"] = "1"
sys.path[:0] = {paths!r}
import torch
torch.set_num_threads(1)
from pathlib import Path
from tiny_training import make_ground
from tunecard.errors import TunecardError
from tunecard.training import train, watch_signals
ground = make_ground(Path({base!r}), epochs=400, dropout=0.1)
def tell(step, total, loss):
    if step == 2:
        Path({folder!r}, "started").touch()
try:
    with watch_signals() as stop, stop.awaited():
        train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, Path({folder!r}), should_stop=stop, on_step=tell)
except TunecardError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def test_sigterm_saves_and_exits_with_3(tiny_base: TinyBase, tmp_path: Path) -> None:
    paths = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3] / "src")]
    code = textwrap.dedent(SCRIPT).format(paths=paths, base=str(tiny_base("roberta")), folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        began = time.monotonic()
        while not (tmp_path / "started").exists() and process.poll() is None and time.monotonic() - began < PATIENCE:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 3, told
    assert "; the state is saved. Go on with --resume." in told
    stopped_after = int(told.split("stopped after step ")[1].split()[0])
    assert (tmp_path / f"step-{stopped_after:08d}" / "state.json").is_file()
    seen: list[int] = []
    with pytest.raises(Interrupted):
        go(
            make_ground(tiny_base("roberta"), epochs=400, dropout=0.1), tmp_path,
            resume=True, on_step=lambda step, total, loss: seen.append(step), should_stop=lambda: bool(seen),
        )  # fmt: skip
    assert seen == [stopped_after + 1]  # the signal may have come after an epoch's last step: its end comes first then


def test_sigint_in_a_step_ends_after_it(tiny_base: TinyBase, tmp_path: Path) -> None:
    def press(step: int, total: int, loss: float) -> None:
        if step == 2:
            signal.raise_signal(signal.SIGINT)

    with watch_signals() as stop, stop.awaited(), pytest.raises(Interrupted, match="stopped after step 2 of 18"):
        go(make_ground(tiny_base("roberta")), tmp_path, should_stop=stop, on_step=press)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002"]


def test_awaited_signals_are_only_noted_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with watch_signals() as stop, stop.awaited():
        assert not stop()
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_nobody_awaits_ends_the_block_at_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    done = ["begun"]
    with pytest.raises(Interrupted, match="What was made is kept. Go on with --resume") as caught, watch_signals():
        try:
            signal.raise_signal(number)
            done.append("went on")
        except Exception:  # noqa: BLE001 - what catches every fault catches no stop
            done.append("caught")
    assert done == ["begun"] and caught.value.exit_code == 3
    assert signal.getsignal(number) is before


def test_what_fails_while_it_is_closed_by_a_stop_is_the_stop() -> None:
    with pytest.raises(Interrupted) as caught, watch_signals():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise RuntimeError("not ended")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_other_faults_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="a bug"), watch_signals():
        raise RuntimeError("a bug")
    with pytest.raises(DiskFull), watch_signals() as stop, stop.awaited():
        signal.raise_signal(signal.SIGTERM)
        raise DiskFull("no space left")
