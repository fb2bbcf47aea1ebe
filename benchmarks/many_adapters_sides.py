"""The sides of many_adapters.py: each builds its model and gives a function of one call over all rows."""

from __future__ import annotations

import json
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from ours import require_fast
from peers import load_base, wrap
from rounds import peak_mib, silent_libraries
from shapes import MAX_LENGTH, Workload
from transformers import AutoTokenizer

from tunecard.adapters.fused.fused_layers import fuse_layers
from tunecard.adapters.learned_parts import read_learned_parts
from tunecard.adapters.stacked_lora import open_to
from tunecard.adapters.targets import choose_targets
from tunecard.encoders.packed_forward import enable_packing
from tunecard.inference import predict_logits, take_fast_path
from tunecard.inference.batches import collate, length_sorted_batches
from tunecard.inference.engine import Engine
from tunecard.inference.many_adapters import ManyAdapters
from tunecard.inference.predictor import Predictor
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import TASKS

Call = Callable[[], list[np.ndarray]]


@dataclass(frozen=True)
class Ground:
    """The rows, and the adapter that each row has."""

    work: Workload
    folder: Path
    settings: dict[str, Any]
    encoded: EncodedSplit
    pad: int

    @staticmethod
    def read(folder: Path) -> Ground:
        work, tokenizer = Workload.read(folder), AutoTokenizer.from_pretrained(folder / "base")
        ids = tokenizer(work.texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]
        encoded = EncodedSplit(ids, None, None, [False] * len(ids))
        return Ground(work, folder, json.loads((folder / "many.json").read_text()), encoded, tokenizer.pad_token_id)

    @property
    def names(self) -> list[str]:
        return [f"adapter-{number}" for number in range(self.settings["adapters"])]

    @property
    def of_row(self) -> list[str]:
        return [self.names[row % len(self.names)] for row in range(len(self.encoded))]

    def peft(self, count: int) -> Any:
        """Stock PEFT's model with the first `count` adapters: random updates and heads, the same in every process."""
        targets = self.settings["targets"]
        with silent_libraries():
            base = load_base(self.work, self.folder)
            chosen = choose_targets(base, targets[0] if targets == ["all-linear"] else targets)
            rank = self.settings["rank"]
            lora = {"r": rank, "lora_alpha": rank, "target_modules": list(chosen), "init_lora_weights": False}
            model = wrap(self.work, base, adapter_name=self.names[0], **lora)
            for name in self.names[:count]:
                if name != self.names[0]:
                    model.add_adapter(name, model.peft_config[self.names[0]])
                for path, parameter in model.named_parameters():
                    if f"modules_to_save.{name}." in path:
                        torch.nn.init.normal_(parameter.data, std=0.02)
        return model.eval().requires_grad_(False)


def time_calls(side: Callable[[Ground], Call], folder: Path) -> dict[str, Any]:
    """The median of the calls behind the first one; `reason` instead where the side refuses these adapters."""
    ground = Ground.read(folder)
    warnings.filterwarnings("ignore")
    run = side(ground)
    seconds = []
    for _ in range(ground.settings["calls"] + 1):
        began = time.perf_counter()
        try:
            run()
        except TypeError as error:  # PEFT takes only some modules in a mixed batch
            return {"reason": f"{type(error).__name__}: {error}"}
        seconds.append(time.perf_counter() - began)
    return {"seconds": statistics.median(seconds[1:]), "memory_mib": peak_mib()}


def largest_difference(folder: Path) -> dict[str, float]:
    """Of a logit, between the mixed rows and stock PEFT, which gets each row alone and unpadded."""
    ground = Ground.read(folder)
    found, model = predict_mixed(ground)(), ground.peft(len(ground.names))
    differences = []
    with torch.inference_mode():
        for name, ids, logits in zip(ground.of_row, ground.encoded.input_ids, found, strict=True):
            model.set_adapter(name)
            differences.append(float(np.abs(model(torch.tensor([ids])).logits[0].numpy() - logits).max()))
    return {"largest": max(differences)}


def predict_alone(ground: Ground) -> Call:
    """The first adapter beside the weights, packed and fused."""
    return _on_fast_path(ground.peft(1), ground)


def predict_merged(ground: Ground) -> Call:
    """The first adapter merged into the weights, packed."""
    return _on_fast_path(ground.peft(1).merge_and_unload(), ground)


def predict_mixed(ground: Ground) -> Call:
    """Every row by its own adapter, in one pass."""
    many = _many(ground)
    return lambda: many.logits(ground.encoded, ground.of_row)


def predict_one_in_mixed_layers(ground: Ground) -> Call:
    """All rows by the first adapter, with all of them in memory."""
    many = _many(ground)
    return lambda: many.logits(ground.encoded, [ground.names[0]] * len(ground.encoded))


def predict_peft(ground: Ground) -> Call:
    """Every row by its own adapter as PEFT does it, rows of like length padded together."""
    model = ground.peft(len(ground.names))

    def run() -> list[np.ndarray]:
        with torch.inference_mode():
            return [
                model(
                    **collate(ground.encoded, rows, ground.pad), adapter_names=[ground.of_row[row] for row in rows]
                ).logits.numpy()
                for rows in length_sorted_batches(ground.encoded.lengths)
            ]

    return run


def _on_fast_path(model: Any, ground: Ground) -> Call:
    require_fast(take_fast_path(model))
    return lambda: predict_logits(model, ground.encoded, ground.pad)


def _many(ground: Ground) -> ManyAdapters:
    """As `load_many` puts it together, without folders to load from."""
    peft, parts = ground.peft(len(ground.names)), []
    for name in ground.names:
        peft.set_adapter(name)
        parts.append(read_learned_parts(peft, name))
    with silent_libraries():
        model = load_base(ground.work, ground.folder).eval().requires_grad_(False)
    enable_packing(model)
    fuse_layers(model)
    for of_adapter in parts:
        open_to(model, of_adapter)
    tokenizer: Any = SimpleNamespace(pad_token_id=ground.pad)
    task = TASKS[f"{ground.work.task}-classification"](ground.work.label_names)
    predictor = Predictor(Engine(model, tokenizer, task, MAX_LENGTH))
    return ManyAdapters(model, dict.fromkeys(ground.names, predictor), dict(zip(ground.names, parts, strict=True)))
