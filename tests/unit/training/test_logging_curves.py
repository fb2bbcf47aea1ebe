"""`training.log_to`: Accelerate's trackers get every step and epoch, and are closed whatever happens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import accelerate.tracking
import pytest
from accelerate.utils import LoggerType

from tiny_training import make_ground
from tunecard.errors import Interrupted, MachineError
from tunecard.training import TrainingResult, check_trackers, train

TinyBase = Callable[[str], Path]


class Notebook(accelerate.tracking.GeneralTracker):
    """A tracker that keeps what it is told."""

    name = "wandb"
    requires_logging_directory = False
    made: list[Notebook] = []  # noqa: RUF012 - shared on purpose

    def __init__(self, project: str, **options: Any) -> None:
        super().__init__()
        self.project, self.options = project, options
        self.lines: list[tuple[int | None, dict[str, Any]]] = []
        self.settings: dict[str, Any] = {}
        self.is_closed = False
        self.store = os.environ.get("MLFLOW_TRACKING_URI")
        Notebook.made.append(self)

    @property
    def tracker(self) -> Any:
        return self

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        self.settings = values

    def log(self, values: dict[str, Any], step: int | None = None, **options: Any) -> None:
        self.lines.append((step, values))

    def finish(self) -> None:
        self.is_closed = True


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> type[Notebook]:
    """Stands in for W&B and MLflow, as if both were installed."""
    Notebook.made.clear()
    for kind in (LoggerType.WANDB, LoggerType.MLFLOW):
        monkeypatch.setitem(accelerate.tracking.LOGGER_TYPE_TO_CLASS, str(kind), Notebook)
    monkeypatch.setattr(accelerate.tracking, "_available_trackers", [LoggerType.WANDB, LoggerType.MLFLOW])
    return Notebook


def go(base: TinyBase, folder: Path, *names: str, **options: Any) -> TrainingResult:
    ground = make_ground(base("roberta"), epochs=2, log_to=names)
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


def test_every_step_and_epoch_is_logged(tiny_base: TinyBase, tmp_path: Path, notebook: type[Notebook]) -> None:
    result = go(tiny_base, tmp_path / "lora-seed-3", "wandb")
    (made,) = notebook.made
    steps = [(step, values) for step, values in made.lines if "train/loss" in values]
    assert [step for step, _ in steps] == list(range(1, 13))
    epochs = [(step, values) for step, values in made.lines if "epoch" in values]
    assert epochs == [
        (
            record.step,
            {
                "epoch": record.epoch, "train/epoch_loss": record.train_loss, "validation/loss": record.validation_loss,
                "validation/accuracy": record.validation_metric,
            },
        )
        for record in result.curve
    ]  # fmt: skip
    assert made.project == "tunecard"
    assert made.options == {"dir": str(tmp_path / "lora-seed-3" / "logs"), "name": "lora-seed-3"}
    assert made.settings["learning_rate"] == 2e-3
    assert all(isinstance(value, int | float | str) for value in made.settings.values())
    assert made.is_closed


def test_an_interruption_closes_the_tracker(tiny_base: TinyBase, tmp_path: Path, notebook: type[Notebook]) -> None:
    with pytest.raises(Interrupted):
        go(tiny_base, tmp_path, "wandb", should_stop=lambda: True)
    assert notebook.made[0].is_closed
    assert [step for step, _ in notebook.made[0].lines] == [1]
    go(tiny_base, tmp_path, "wandb", resume=True)
    assert [step for step, values in notebook.made[1].lines if "train/loss" in values] == list(range(2, 13))


def test_logging_changes_nothing_that_is_learned(tiny_base: TinyBase, tmp_path: Path, notebook: type[Notebook]) -> None:
    go(tiny_base, tmp_path / "with", "wandb")
    go(tiny_base, tmp_path / "without")
    assert len(notebook.made) == 1
    assert not (tmp_path / "without" / "logs").exists()
    with_logs, without = (tmp_path / name / "best.safetensors" for name in ("with", "without"))
    assert with_logs.read_bytes() == without.read_bytes()


def test_mlflow_writes_beside_the_checkpoints(
    tiny_base: TinyBase, tmp_path: Path, notebook: type[Notebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    go(tiny_base, tmp_path / "run", "mlflow")
    assert notebook.made[0].store == f"sqlite:///{tmp_path / 'run' / 'logs' / 'mlflow.db'}"
    assert notebook.made[0].options["logging_dir"] == (tmp_path / "run" / "logs" / "mlflow").as_uri()
    assert "MLFLOW_TRACKING_URI" not in os.environ
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server.example")
    go(tiny_base, tmp_path / "other", "mlflow")
    assert notebook.made[1].store == os.environ["MLFLOW_TRACKING_URI"] == "http://server.example"


def test_libraries_that_are_missing_are_told_at_once(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerate.tracking, "_available_trackers", [LoggerType.MLFLOW])
    with pytest.raises(MachineError) as caught:
        go(tiny_base, tmp_path, "tensorboard", "mlflow", "wandb")
    assert str(caught.value) == (
        "2 problems\n  training.log_to: tensorboard is not installed. pip install tensorboard, or leave it out.\n"
        "  training.log_to: wandb is not installed. pip install wandb, or leave it out."
    )
    assert list(tmp_path.iterdir()) == []
    check_trackers([])


def test_a_tracker_that_does_not_start_is_told(
    tiny_base: TinyBase, tmp_path: Path, notebook: type[Notebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Notebook) -> None:
        raise RuntimeError("no API key configured")

    monkeypatch.setattr(Notebook, "start", fail)
    with pytest.raises(MachineError) as caught:
        go(tiny_base, tmp_path, "wandb")
    assert str(caught.value) == f"{tmp_path / 'logs'}: training.log_to: a tracker does not start: no API key configured"


def test_tensorboard(tiny_base: TinyBase, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = go(tiny_base, tmp_path, "tensorboard")
    events = EventAccumulator(str(tmp_path / "logs" / "tunecard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == list(range(1, 13))
    logged = [event.value for event in events.Scalars("validation/loss")]
    assert logged == pytest.approx([record.validation_loss for record in result.curve], rel=1e-6)
