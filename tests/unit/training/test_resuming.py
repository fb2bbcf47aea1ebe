"""Checkpoints: interrupted and resumed equals uninterrupted, bit for bit; cut, foreign and old ones."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tiny_training import Ground, equal_states, make_ground
from tunecard.errors import Interrupted, MachineError, RunFolderError
from tunecard.training import TrainingResult, train, watch_signals

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


def test_the_two_newest_are_kept(tiny_base: TinyBase, tmp_path: Path) -> None:
    go(make_ground(tiny_base("roberta"), epochs=4, train_batch_size=22), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.safetensors", "step-00000003", "step-00000004"]


HALF: dict[str, Any] = {"epochs": 2, "train_batch_size": 11, "dropout": 0.1}


@pytest.fixture(scope="module")
def finished(tiny_base: TinyBase, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ground, TrainingResult]:
    """A training of two epochs, four steps; its folder is to be copied."""
    folder, ground = tmp_path_factory.mktemp("finished"), make_ground(tiny_base("roberta"), **HALF)
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
    again = make_ground(tiny_base("roberta"), **HALF)
    steps: list[int] = []
    result = go(again, tmp_path, resume=True, on_step=lambda step, total, loss: steps.append(step))
    assert steps == [3, 4]  # the second epoch is learned again
    assert equal_states(again.state(), straight.state())
    assert counters(result) == counters(expected)


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
        f"{tmp_path}: the checkpoint was made by another recipe, data or base. Use the same, or start again with --overwrite."
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
    (tmp_path / ".writing-abc").mkdir()
    (tmp_path / ".writing-abc" / "weights.safetensors").write_bytes(b"half")
    (tmp_path / ".best.safetensors.abc.safetensors").write_bytes(b"half")
    go(make_ground(tiny_base("roberta"), epochs=1), tmp_path, resume=True)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("damage", ["cut", "removed"])
def test_best_weights_that_are_gone_are_told(
    tiny_base: TinyBase, tmp_path: Path, finished: tuple[Path, Ground, TrainingResult], damage: str
) -> None:
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    best = tmp_path / "best.safetensors"
    content = best.read_bytes()
    best.unlink()
    if damage == "cut":
        best.write_bytes(content[:-10])
    with pytest.raises(RunFolderError, match="the best weights cannot be read: .* Start again with --overwrite"):
        go(make_ground(tiny_base("roberta"), **HALF), tmp_path, resume=True)


def test_a_full_disk_keeps_the_checkpoint_before(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = make_ground(tiny_base("roberta"), epochs=2)
    saved: list[Path] = []

    def fail_second(state: dict[str, torch.Tensor], path: Path) -> None:
        saved.append(path)
        if len(saved) > 6:  # best and three files of the first epoch, then best and weights of the second
            raise OSError(28, "No space left on device")
        save_file(state, path)

    monkeypatch.setattr("tunecard.training.checkpoint.save_file", fail_second)
    with pytest.raises(MachineError, match="no space left to write checkpoint"):
        go(ground, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.safetensors", "step-00000006"]
    monkeypatch.undo()
    assert go(make_ground(tiny_base("roberta"), epochs=2), tmp_path, resume=True).steps == 12


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
    with watch_signals() as should_stop:
        train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, Path({folder!r}), should_stop=should_stop, on_step=tell)
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

    with watch_signals() as should_stop, pytest.raises(Interrupted, match="stopped after step 2 of 18"):
        go(make_ground(tiny_base("roberta")), tmp_path, should_stop=should_stop, on_step=press)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002"]


def test_signals_are_only_noted_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with watch_signals() as should_stop:
        assert not should_stop()
        signal.raise_signal(signal.SIGTERM)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before
