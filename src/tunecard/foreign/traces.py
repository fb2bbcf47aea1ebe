"""What training left beside an adapter, read and never run: JSON of Trainer, event files, and the old card's tables.

Every source is brought to one form, a `Trace`: settings, log lines as Trainer writes them, and totals. A pickle
(`training_args.bin`, `optimizer.pt`) is never opened.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard.untrusted.bounded_json import read_json

# Settings that say how training went. Others of Trainer's are paths, names of machines and accounts, and tokens.
SETTINGS = frozenset(
    {
        "learning_rate", "num_train_epochs", "max_steps", "per_device_train_batch_size", "per_device_eval_batch_size",
        "train_batch_size", "eval_batch_size", "total_train_batch_size", "gradient_accumulation_steps", "weight_decay",
        "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm", "lr_scheduler_type", "lr_scheduler_warmup_ratio",
        "lr_scheduler_warmup_steps", "warmup_ratio", "warmup_steps", "seed", "data_seed", "fp16", "bf16", "tf32",
        "optim", "optimizer", "mixed_precision_training", "num_epochs", "training_steps", "label_smoothing_factor",
        "group_by_length", "metric_for_best_model", "greater_is_better", "load_best_model_at_end", "eval_strategy",
        "evaluation_strategy", "gradient_checkpointing", "full_determinism", "neftune_noise_alpha", "num_devices",
        "distributed_type", "max_length", "max_seq_length",
    }
)  # fmt: skip
JSON_FILES = (
    "training_record.json",
    "trainer_state.json",
    "all_results.json",
    "train_results.json",
    "eval_results.json",
)
ARGUMENT_FILES = ("training_args.json", "args.json", "hparams.json")
PICKLES = ("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth", "adapter_model.bin")
LARGEST = 50_000_000
_CHECKPOINT = re.compile(r"checkpoint-\d+$")


@dataclass(frozen=True)
class Trace:
    """What one source tells.

    Attributes:
        source: its name, such as "trainer_state.json".
        settings: name to number, text or switch.
        log: lines as Trainer logs them: `step`, `epoch`, `loss`, `eval_loss`, `eval_<metric>`, `learning_rate`.
        totals: `global_step`, `epoch`, `best_metric`, `train_runtime`, `train_samples_per_second`, `eval_<metric>`...
        is_seen: whether it was noted down in the process that trained, by us, and handed over without a file between.
    """

    source: str
    settings: dict[str, Any] = field(default_factory=dict)
    log: list[dict[str, float]] = field(default_factory=list)
    totals: dict[str, Any] = field(default_factory=dict)
    is_seen: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing."""
        return not (self.settings or self.log or self.totals)


@dataclass(frozen=True)
class Traces:
    """All that was found, the most trustworthy first, and what was not read, a sentence each."""

    found: list[Trace]
    unread: list[str]


def read_traces(folders: Sequence[Path]) -> Traces:
    """Reads the JSON files of `folders`; of two with one name the first."""
    found: dict[str, Trace] = {}
    unread: list[str] = []
    for folder in folders:
        for name in (*JSON_FILES, *ARGUMENT_FILES):
            if name not in found and (folder / name).is_file():
                found[name] = _read_json(folder / name, unread)
        unread += [
            f"{name}: a pickle, which can run code when it is read; it was not opened"
            for name in PICKLES
            if (folder / name).is_file()
        ]
    return Traces(list(found.values()), list(dict.fromkeys(unread)))


def folders_of(adapter: Path) -> list[Path]:
    """Where traces may lie: the adapter's folder and, where that is a checkpoint of Trainer, the folder above it."""
    return [adapter, *([adapter.resolve().parent] if _CHECKPOINT.search(adapter.resolve().name) else [])]


def _read_json(path: Path, unread: list[str]) -> Trace:
    try:
        content = read_json(path, LARGEST)
        if not isinstance(content, dict):
            raise ValueError("no mapping")
    except (OSError, ValueError) as error:
        unread.append(f"{path.name}: cannot be read ({str(error)[:80]})")
        return Trace(path.name)
    if path.name in ARGUMENT_FILES:
        return Trace(path.name, settings=settings_of(content))
    arguments = content.get("arguments")
    settings = settings_of(arguments if isinstance(arguments, dict) else content)
    return Trace(path.name, settings, log_of(content.get("log_history")), totals_of(content))


def settings_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among a mapping's keys whose values are plain; texts are cut at 120 characters."""
    return {
        key: value[:120] if isinstance(value, str) else value
        for key, value in content.items()
        if key in SETTINGS and _is_plain(value)
    }


def log_of(lines: Any) -> list[dict[str, float]]:
    """The lines of a log that are mappings, with their finite numbers."""
    kept = [_numbers(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
    return [line for line in kept if line]


def totals_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The finite numbers at the top of a file; a path to the best checkpoint is cut to its last part."""
    totals: dict[str, Any] = {key: value for key, value in _numbers(content).items() if key not in SETTINGS}
    for name in ("hardware", "versions"):
        if isinstance(content.get(name), dict):
            totals[name] = _listed(content[name])
    if isinstance(content.get("stopped"), str):
        totals["stopped"] = content["stopped"][:120]
    best = content.get("best_model_checkpoint")
    if isinstance(best, str) and (step := _CHECKPOINT.search(best)):
        totals.setdefault("best_global_step", int(step.group().partition("-")[2]))
    return totals


def _listed(content: Mapping[str, Any]) -> str:
    """A mapping of plain values in a line: "torch 2.10, peft 0.20"."""
    said = [f"{key} {value}" for key, value in content.items() if isinstance(value, str | int | float) and value != ""]
    return ", ".join(said)[:300] or "nothing"


def _numbers(content: Mapping[Any, Any]) -> dict[str, float]:
    return {
        str(key): value
        for key, value in content.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _is_plain(value: Any) -> bool:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return is_number or (isinstance(value, str) and bool(value.strip()))
