"""What training left beside an adapter is read as JSON and events, declared by its source, and never run."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tunecard.evidence import Findings
from tunecard.foreign.event_files import read_events
from tunecard.foreign.traces import Trace, folders_of, read_traces, settings_of
from tunecard.foreign.training import all_traces, curve_of, elsewhere_findings

STATE = {
    "best_metric": 0.68,
    "best_model_checkpoint": "/home/bob/secret/checkpoint-20",
    "epoch": 2.0,
    "global_step": 20,
    "num_train_epochs": 2,
    "train_batch_size": 16,
    "log_history": [
        {"epoch": 0.5, "loss": 0.5, "step": 5, "learning_rate": 1e-3},
        {"epoch": 1.0, "loss": 0.3, "step": 10, "grad_norm": float("nan")},
        {"epoch": 1.0, "eval_loss": 0.4, "eval_f1": 0.61, "eval_accuracy": 0.9, "step": 10},
        {"epoch": 2.0, "loss": 0.1, "step": 20},
        {"epoch": 2.0, "eval_loss": 0.35, "eval_f1": 0.68, "eval_accuracy": 0.91, "step": 20},
        {"epoch": 2.0, "step": 20, "train_loss": 0.3, "train_runtime": 60.5, "train_samples_per_second": 5.3},
    ],
}


def findings_of(folder: Path, card: Trace | None = None) -> Findings:
    return Findings(elsewhere_findings(all_traces(folder, card or Trace("README.md"))))


def write(folder: Path, name: str, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))


def test_trainer_state_gives_curve_steps_and_times(tmp_path: Path) -> None:
    write(tmp_path, "trainer_state.json", STATE)
    findings = findings_of(tmp_path)
    values = {key: findings[f"training.{key}"].value for key in ("steps", "epochs_run", "best_epoch", "seconds")}
    assert values == {"steps": 20, "epochs_run": 2.0, "best_epoch": 2.0, "seconds": 60.5}
    assert findings["training.best_validation"].value == 0.68
    assert findings["training.best_metric"].value == "eval_f1"
    curve = findings["training.curve"].value
    assert curve == [
        {"epoch": 1.0, "step": 10, "validation_loss": 0.4, "validation_metric": 0.61, "train_loss": 0.4},
        {"epoch": 2.0, "step": 20, "validation_loss": 0.35, "validation_metric": 0.68, "train_loss": 0.1},
    ]
    assert findings["training.curve"].status == "declared"
    assert findings["training.curve"].method == "declared by trainer_state.json"
    assert "bob" not in json.dumps([finding.model_dump() for finding in findings], default=str)


def test_what_nobody_tells_is_not_measured_with_the_reason(tmp_path: Path) -> None:
    findings = findings_of(tmp_path)
    reason = "trained elsewhere, and nothing that came with the adapter tells it"
    assert findings["training.seconds"].reason == reason
    assert findings["training.precision"].status == "not measured"
    assert findings["results.protocol"].reason == "trained elsewhere: which rows chose the checkpoint is not known"


def test_a_checkpoint_is_told_of_by_the_folder_above(tmp_path: Path) -> None:
    write(tmp_path, "all_results.json", {"train_runtime": 12.5, "epoch": 3.0})
    (tmp_path / "checkpoint-30").mkdir()
    assert folders_of(tmp_path / "checkpoint-30")[1] == tmp_path
    finding = findings_of(tmp_path / "checkpoint-30")["training.seconds"]
    assert (finding.value, finding.method) == (
        12.5,
        "declared by all_results.json: the whole of Trainer's loop, validation and saving included",
    )


def test_an_adapters_neighbours_are_not_asked(tmp_path: Path) -> None:
    write(tmp_path, "trainer_state.json", STATE)
    (tmp_path / "adapter").mkdir()
    assert findings_of(tmp_path / "adapter")["training.steps"].status == "not measured"


def test_settings_are_chosen_by_name_so_that_secrets_and_places_stay_out() -> None:
    given = {
        "learning_rate": 1e-3, "fp16": False, "bf16": True, "output_dir": "/home/bob", "hub_token": "hf_abc",
        "run_name": "bob-laptop", "optim": "adamw_torch", "accelerator_config": {"x": 1}, "seed": 7,
        "metric_for_best_model": "x" * 200,
    }  # fmt: skip
    found = settings_of(given)
    assert set(found) == {"learning_rate", "fp16", "bf16", "optim", "seed", "metric_for_best_model"}
    assert len(found["metric_for_best_model"]) == 120


def test_arguments_of_two_sources_are_joined_the_first_being_believed(tmp_path: Path) -> None:
    write(tmp_path, "training_args.json", {"learning_rate": 2e-3, "bf16": True, "fp16": False, "optim": "adamw_torch"})
    findings = findings_of(tmp_path, Trace("the old card", {"learning_rate": 9e-9, "seed": 3}))
    assert findings["training.hyperparameters"].value == {
        "learning_rate": 2e-3, "seed": 3, "bf16": True, "fp16": False, "optim": "adamw_torch",
    }  # fmt: skip
    assert findings["training.hyperparameters"].method == "declared by training_args.json and the old card"
    assert findings["training.precision"].value == "bf16-mixed"
    assert findings["training.optimizer"].value == "adamw_torch"
    assert findings["training.seed"].value == 3


@pytest.mark.parametrize("content", ["{", "[1]", '{"log_history": {"a": 1}}', '{"log_history": [1, {"x": null}]}', ""])
def test_a_broken_file_says_nothing_and_stops_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "trainer_state.json").write_text(content)
    assert findings_of(tmp_path)["training.steps"].status == "not measured"


def test_pickles_are_named_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "training_args.bin").write_bytes(b"\x80\x04.")
    opened: list[str] = []
    real = builtins.open
    monkeypatch.setattr(
        builtins, "open", lambda path, *rest, **more: opened.append(str(path)) or real(path, *rest, **more)
    )
    traces = read_traces([tmp_path])
    assert traces.unread == ["training_args.bin: a pickle, which can run code when it is read; it was not opened"]
    assert not [path for path in opened if path.endswith(".bin")]


def test_event_files_are_read_as_the_log_that_they_are(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "runs" / "Nov25_host")) as writer:
        writer.add_text("args", json.dumps({"learning_rate": 5e-4, "output_dir": "/home/bob", "seed": 11}))
        for step, loss in ((5, 0.5), (10, 0.3)):
            writer.add_scalar("train/loss", loss, step)
            writer.add_scalar("train/epoch", step / 10, step)
        writer.add_scalar("eval/loss", 0.25, 10)
        writer.add_scalar("eval/accuracy", 0.75, 10)
    unread: list[str] = []
    trace = read_events([tmp_path], unread)
    assert unread == []
    assert trace.settings == {"learning_rate": 5e-4, "seed": 11}
    curve, metric = curve_of(trace.log, trace.totals)
    assert metric == "accuracy"
    assert curve[0] == pytest.approx(
        {"epoch": 1.0, "step": 10, "validation_loss": 0.25, "validation_metric": 0.75, "train_loss": 0.4}, abs=1e-6
    )
    assert findings_of(tmp_path)["training.steps"].method == "declared by TensorBoard event files"


def test_without_tensorboard_the_card_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing", None)
    unread: list[str] = []
    assert read_events([tmp_path], unread).is_empty
    assert unread == ["1 TensorBoard event files: tensorboard is not installed (pip install 'tunecard[loggers]')"]


def test_a_damaged_event_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(b"not events" * 20)
    unread: list[str] = []
    assert read_events([tmp_path], unread).log == []
