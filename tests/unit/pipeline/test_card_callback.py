"""One line at a Trainer, and its training ends in a card; the Trainer is as if nothing had happened."""

from __future__ import annotations

import logging
import random
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from foreign_adapters import write_rows
from small_trainers import rows_of, trainer_of, wrapped
from transformers import AutoModelForSequenceClassification, TrainerCallback

import tunecard
from tunecard.cli import main
from tunecard.errors import AdapterError, DataError, RunFolderError
from tunecard.evidence import Findings
from tunecard.pipeline import card_callback
from tunecard.pipeline.card_callback import CARD, KEPT
from tunecard.pipeline.trainer_models import refuse_shards

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]
SEEN = ("hyperparameters", "precision", "observed_dtypes", "optimizer", "seed", "steps", "epochs_run", "curve", "seconds",
        "rows_per_second", "peak_memory_bytes", "hardware", "software", "stopped")  # fmt: skip


class Steps(TrainerCallback):
    """How many steps were made."""

    def __init__(self) -> None:
        self.made = 0

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.made += 1


def state_of(trainer: Any) -> dict[str, Any]:
    model = trainer.model
    return {
        "weights": [value.clone() for value in model.state_dict().values()],
        "modes": [module.training for module in model.modules()],
        "learning": [parameter.requires_grad for parameter in model.parameters()],
        "types": {parameter.dtype for parameter in model.parameters()},
        "torch": torch.rand(3).tolist(), "numpy": np.random.rand(3).tolist(), "python": random.random(),
        "threads": torch.get_num_threads(), "gradients": torch.is_grad_enabled(),
        "logits": trainer.predict(trainer.eval_dataset).predictions,
    }  # fmt: skip


def test_a_training_ends_in_a_card_and_nothing_else_is_changed(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("roberta")
    data = rows_of(write_rows(tmp_path / "rows", "SEQ_CLS"))
    plain = trainer_of(base, "SEQ_CLS", data, tmp_path / "plain")
    plain.train()
    expected = state_of(plain)
    trainer = trainer_of(base, "SEQ_CLS", data, tmp_path / "out")
    callback = tunecard.CardCallback(data, base=base)
    trainer.add_callback(callback)
    trainer.train()
    found = state_of(trainer)
    assert all(torch.equal(a, b) for a, b in zip(expected.pop("weights"), found.pop("weights"), strict=True))
    assert np.array_equal(expected.pop("logits"), found.pop("logits"))
    assert found == expected
    assert callback.folder is not None and callback.folder.path == tmp_path / "out" / CARD
    assert not (tmp_path / "out" / KEPT).exists()
    assert tunecard.verify(callback.folder.path).ok
    assert tunecard.audit(callback.folder.card).cards[0].percent == 100
    check_what_was_seen(callback.folder.read_findings(), trainer)
    card = callback.folder.card.read_text()
    assert "trained by another program under watch; scored here" in card
    assert "Seen by tunecard.CardCallback in the process that trained" in card


def check_what_was_seen(findings: Findings, trainer: Any) -> None:
    for key in SEEN:
        assert findings[f"training.{key}"].status == "measured", key
        assert "seen by tunecard.CardCallback in the process that trained" in str(findings[f"training.{key}"].method)
    assert findings["training.steps"].value == trainer.state.global_step == 6
    assert findings["training.seed"].value == 5 and findings["training.stopped"].value == "all steps done"
    assert findings["training.precision"].value == "fp32"
    assert findings["training.observed_dtypes"].value == {"weights that learn": "float32", "frozen weights": "float32"}
    losses = [line["eval_loss"] for line in trainer.state.log_history if "eval_loss" in line]
    assert [line["validation_loss"] for line in findings["training.curve"].value] == losses
    energy = findings["energy.training_kwh"]
    assert energy.status in ("measured", "derived") and "seen by tunecard.CardCallback" in str(energy.method)
    assert findings["results.protocol"].status == "not measured"  # which rows chose is not seen


def test_tags_accumulated_best_epoch_resumed(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    rows = write_rows(tmp_path / "rows", "TOKEN_CLS")
    asked = {
        "gradient_accumulation_steps": 2, "save_strategy": "epoch", "load_best_model_at_end": True,
        "metric_for_best_model": "loss", "per_device_train_batch_size": 4,
    }  # fmt: skip
    first = trainer_of(base, "TOKEN_CLS", rows_of(rows), tmp_path / "out", **asked, max_steps=3)
    first.train()
    callback = tunecard.CardCallback(rows, tmp_path / "made", base=base)
    trainer = trainer_of(base, "TOKEN_CLS", rows_of(rows), tmp_path / "out", **asked, callbacks=[callback])
    trainer.train(resume_from_checkpoint=str(tmp_path / "out/checkpoint-3"))
    assert callback.folder is not None and repr(callback) == f"CardCallback(made {str(tmp_path / 'made')!r})"
    findings = callback.folder.read_findings()
    assert findings["training.steps"].value == 6
    assert "CardCallback, since it was resumed, in the process" in str(findings["training.seconds"].method)
    assert findings["training.hyperparameters"].value["gradient_accumulation_steps"] == 2
    assert findings["training.best_metric"].value == "eval_loss"
    best = findings["training.best_epoch"].value
    lines = {line["epoch"]: line["validation_loss"] for line in findings["training.curve"].value}
    assert lines[best] == min(lines.values()) == findings["training.best_validation"].value
    assert tunecard.verify(callback.folder.path).ok
    trainer.train()  # the same callback once more: its own folder is made again
    assert callback.folder.read_findings()["training.steps"].method == (
        "seen by tunecard.CardCallback in the process that trained"
    )


def refuse(trainer: Any, callback: Any, kind: type[Exception], match: str) -> None:
    """The training is refused before its first step."""
    steps = Steps()
    trainer.add_callback(steps)
    trainer.add_callback(callback)
    with pytest.raises(kind, match=match):
        trainer.train()
    assert steps.made == 0


def test_what_can_have_no_card_is_refused_before_the_first_step(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("roberta")
    data = rows_of(write_rows(tmp_path / "rows", "SEQ_CLS"))

    def trainer(model: Any = None, **more: Any) -> Any:
        return trainer_of(base, "SEQ_CLS", data, tmp_path / "out", model=model, **more)

    full = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
    refuse(trainer(full), tunecard.CardCallback(data), AdapterError, "is a RobertaForSequenceClassification all of")
    with pytest.raises(AdapterError, match="get_peft_model"):
        trainer(full, callbacks=[tunecard.CardCallback(data)])
    unnamed = wrapped(base, "SEQ_CLS")
    unnamed.config.id2label = {id: f"LABEL_{id}" for id in range(3)}
    message = "nothing says which name belongs .* Say labels= NAME-0"
    refuse(trainer(unnamed), tunecard.CardCallback(data, base=base), AdapterError, message)
    unlabelled = data["test"].remove_columns("label")
    refuse(trainer(), tunecard.CardCallback(unlabelled, base=base), DataError, "label")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine.txt").write_text("x")
    callback = tunecard.CardCallback(data, tmp_path / "taken", base=base)
    refuse(trainer(), callback, RunFolderError, "holds files that tunecard did not make .* another out=")


@pytest.mark.parametrize("kind", ["fsdp", "deepspeed"])
def test_a_model_in_parts_is_refused(kind: str) -> None:
    with pytest.raises(AdapterError, match=f"{kind} parts it"):
        refuse_shards(SimpleNamespace(**{kind: "full_shard"}))
    refuse_shards(SimpleNamespace(fsdp=[], deepspeed=None))


def test_a_card_that_fails_loses_nothing(
    tmp_path: Path, tiny_base: TinyBase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, rows = tiny_base("roberta"), write_rows(tmp_path / "rows", "SEQ_CLS")
    made = card_callback.complete

    def fail(*_: Any) -> Any:
        raise DataError("the disk with the rows is gone. Use --overwrite.")

    monkeypatch.setattr(card_callback, "complete", fail)
    callback = tunecard.CardCallback(rows, base=base, labels=["news", "sport", "weather"])
    trainer = trainer_of(base, "SEQ_CLS", rows_of(rows), tmp_path / "out", callbacks=[callback])
    with caplog.at_level(logging.WARNING, logger="tunecard"):
        trainer.train()
    assert callback.folder is None and trainer.state.global_step == 6
    said = caplog.messages[-1]
    assert "its card could not be made: the disk with the rows is gone. Use overwrite=True." in said
    command = shlex.split(said.split("`")[1])
    assert command[:5] == ["tunecard", "complete", str(tmp_path / "out" / KEPT), "--data", str(rows)]
    monkeypatch.setattr(card_callback, "complete", made)
    assert main(command[1:]) == 0  # what is said there works
    findings = tunecard.RunFolder(tmp_path / "out" / CARD).read_findings()
    assert findings["training.steps"].value == 6 and findings["training.steps"].status == "declared"


def test_strict_raises_and_names_the_call_for_rows_in_memory(
    tmp_path: Path, tiny_base: TinyBase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, data = tiny_base("roberta"), rows_of(write_rows(tmp_path / "rows", "SEQ_CLS"))
    monkeypatch.setattr(card_callback, "complete", lambda *_: 1 // 0)
    callback = tunecard.CardCallback(data, base=base, strict=True)
    assert repr(callback) == "CardCallback(to 'tunecard-card', strict)"
    with pytest.raises(ZeroDivisionError), caplog.at_level(logging.WARNING, logger="tunecard"):
        trainer_of(base, "SEQ_CLS", data, tmp_path / "out", callbacks=[callback]).train()
    assert f"`tunecard.complete({str(tmp_path / 'out' / KEPT)!r}, dataset, base={str(base)!r}, out=" in caplog.text
    assert (tmp_path / "out" / KEPT / "adapter_model.safetensors").is_file()


def test_other_processes_write_nothing(tmp_path: Path, tiny_base: TinyBase) -> None:
    base, data = tiny_base("roberta"), rows_of(write_rows(tmp_path / "rows", "SEQ_CLS"))
    callback = tunecard.CardCallback(data, base=base)
    trainer = trainer_of(base, "SEQ_CLS", data, tmp_path / "out", callbacks=[callback])
    trainer.state.is_world_process_zero = False
    monkey = trainer.callback_handler.call_event

    def as_rank_one(event: str, args: Any, state: Any, control: Any, **seen: Any) -> Any:
        state.is_world_process_zero = False
        return monkey(event, args, state, control, **seen)

    trainer.callback_handler.call_event = as_rank_one
    trainer.train()
    assert callback.folder is None
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []
