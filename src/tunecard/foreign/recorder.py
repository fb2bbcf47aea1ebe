"""For those who train with transformers' Trainer: a callback that notes down and changes nothing.

`tunecard.complete` reads its file: what was seen during training then stands in the card as declared by this record.
"""

from __future__ import annotations

import json
import math
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tunecard.evidence.files import write_json
from tunecard.measurement import Stopwatch

FILE = "training_record.json"
PACKAGES = ("torch", "transformers", "peft", "accelerate", "datasets", "tunecard")
# Arguments that name places, machines and accounts, or hold secrets: they are nobody's business.
PRIVATE = ("dir", "token", "hub", "path", "checkpoint", "run_name", "ip", "port", "deepspeed", "fsdp", "report_to")


class TrainingRecorder(TrainerCallback):
    """Writes `training_record.json` when training ends: arguments, log, steps, seconds, memory, versions.

    >>> trainer = Trainer(..., callbacks=[tunecard.TrainingRecorder()])  # doctest: +SKIP

    Args:
        folder: where to write; without it the Trainer's output_dir. Put the file beside the adapter.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        self._watch: Stopwatch | None = None

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Starts the clock."""
        self._watch = Stopwatch("training")
        self._watch.__enter__()

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Stops the clock and writes the record, on the main process alone."""
        if self._watch is None:
            return
        self._watch.__exit__(None, None, None)
        usage, self._watch = self._watch.usage, None
        if not state.is_world_process_zero:
            return
        record = {
            "schema_version": 1,
            "arguments": plain_arguments(args),
            "log_history": [_finite(line) for line in state.log_history],
            "global_step": state.global_step,
            "epoch": state.epoch,
            "best_metric": state.best_metric,
            "best_global_step": getattr(state, "best_global_step", None),
            "train_runtime": usage.seconds,
            "cpu_seconds": usage.cpu_seconds,
            "peak_memory_bytes": usage.peak_memory_bytes,
            "hardware": hardware(args),
            "versions": versions(),
            "written": time.strftime("%Y-%m-%d"),
        }
        write_json((self.folder or Path(str(args.output_dir))) / FILE, record)


def plain_arguments(args: TrainingArguments) -> dict[str, Any]:
    """Trainer's arguments as plain JSON, without places, names of machines or accounts, and secrets."""
    everything: dict[str, Any] = json.loads(args.to_json_string())  # type: ignore[no-untyped-call]
    return {
        key: value
        for key, value in everything.items()
        if isinstance(value, str | int | float | bool) and not any(part in key for part in PRIVATE)
    }


def hardware(args: TrainingArguments) -> dict[str, Any]:
    """The kind of processor and of accelerators in use; no host name."""
    import torch

    cards = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return {"device": args.device.type, "accelerators": cards, "machine": platform.machine(), "n_gpu": args.n_gpu}


def versions() -> dict[str, str]:
    """package -> version of those that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _finite(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the log as strict JSON has it: what is not finite is told as text."""
    return {
        key: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in line.items()
    }
