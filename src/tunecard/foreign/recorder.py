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
from tunecard.foreign.watched import Watched
from tunecard.measurement import MeteredStage, find_meters
from tunecard.measurement.processor import read_processor

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
        self._stage: MeteredStage | None = None
        self._device = "cpu"
        self._first_step = 0

    def __repr__(self) -> str:
        return f"TrainingRecorder(to {str(self.folder or 'the output_dir of the Trainer')!r})"

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **seen: Any
    ) -> None:
        """Starts clock and meters."""
        args = seen.get("st_args", args)  # SetFit hands over its own and, under this name, those of the Trainer below
        self._device, self._first_step = str(args.device), state.global_step
        self._stage = MeteredStage("training", find_meters(self._device))
        self._stage.__enter__()

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **seen: Any) -> None:
        """Stops the clock and writes the record, on the main process alone."""
        self.finish(seen.get("st_args", args), state, seen.get("st_model", seen.get("model")))

    def finish(self, args: TrainingArguments, state: TrainerState, model: Any = None) -> Watched | None:
        """Ends the watch and writes the record. Returns: what was seen; None where nothing began or on other ranks."""
        if self._stage is None:
            return None
        self._stage.__exit__(None, None, None)
        stage, self._stage = self._stage, None
        if not state.is_world_process_zero:
            return None
        record = {
            "schema_version": 1,
            "arguments": plain_arguments(args),
            "log_history": [_finite(line) for line in state.log_history],
            "first_step": self._first_step,
            "global_step": state.global_step,
            "epoch": state.epoch,
            "best_metric": state.best_metric,
            "best_global_step": getattr(state, "best_global_step", None),
            "stopped": _why_it_ended(state),
            "train_runtime": stage.usage.seconds,
            "cpu_seconds": stage.usage.cpu_seconds,
            "peak_memory_bytes": stage.usage.peak_memory_bytes,
            "processor_kwh": stage.reading.processor_kwh,
            "accelerator_kwh": stage.reading.accelerator_kwh,
            "observed_dtypes": number_types(model),
            "hardware": hardware(args),
            "versions": versions(),
            "written": time.strftime("%Y-%m-%d"),
        }
        write_json((self.folder or Path(str(args.output_dir))) / FILE, record)
        return Watched(record, stage.usage, stage.reading, self._device)


def _why_it_ended(state: TrainerState) -> str:
    if state.global_step >= state.max_steps > 0:
        return "all steps done"
    return f"stopped after {state.global_step} of {state.max_steps} steps"


def number_types(model: Any) -> dict[str, str]:
    """ "weights that learn" and "frozen weights" -> number type, such as "float32"; empty without a model."""
    found: dict[str, set[str]] = {}
    for parameter in model.parameters() if hasattr(model, "parameters") else ():
        where = "weights that learn" if parameter.requires_grad else "frozen weights"
        found.setdefault(where, set()).add(str(parameter.dtype).removeprefix("torch."))
    return {where: " and ".join(sorted(kinds)) for where, kinds in sorted(found.items(), reverse=True)}


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
    return {
        "device": args.device.type,
        "accelerators": ", ".join(cards) or "none",
        "processor": read_processor().name or platform.machine(),
        "n_gpu": args.n_gpu,
        "processes": args.world_size,
    }


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
