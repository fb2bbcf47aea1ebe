"""Adapter folders as runs leave them, made without training: weights, rank and labels anew over the files of two real runs.

    folder/runs/text, folder/runs/token       the two runs: a few rows, one epoch; their evidence and tokenizer are taken over
    folder/adapters/text-0000, token-0001     adapters in turn, of all ranks and label counts
    folder/merged/text-0000, merged/base-...  an adapter's update added to the base, as a base of its own

Updates are about a tenth of the weights and heads decide clearly, so that an answer is the adapter's own and no near tie.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("text", "token")
RANKS = (4, 8, 16, 32)
LABELS = {"text": (2, 3, 5, 10, 28, 77), "token": (3, 5, 11, 21, 37, 77)}  # of entities O, and two a type
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
PREFIX = "base_model.model.bert."
POOL = 1 << 22  # random numbers, of which every tensor is a piece
LOGIT_SPREAD = 3.0  # of what a head gives
UPDATE_SPREAD = 0.16  # of B, over the root of the rank: the update then has a tenth of a weight's size
CLEAR_OF_ENTITIES = (
    1.3  # by how many spreads O is above the likeliest type, so that about a tenth of the tokens are entities
)


@dataclass(frozen=True)
class Template:
    """What a real run left.

    Attributes:
        folder: the run.
        shapes: name to shape of every tensor of its adapter.
        config, model_config, evidence: its files, read.
    """

    folder: Path
    shapes: Mapping[str, tuple[int, ...]]
    config: dict[str, Any]
    model_config: dict[str, Any]
    evidence: dict[str, Any]

    @staticmethod
    def read(folder: Path) -> Template:
        from safetensors import safe_open

        with safe_open(folder / "adapter_model.safetensors", "numpy") as weights:
            shapes = {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
        read = [
            json.loads((folder / name).read_text()) for name in ("adapter_config.json", "config.json", "evidence.json")
        ]
        return Template(folder, shapes, *read)


def names_of(count: int) -> list[str]:
    """Text and token adapters in turn."""
    return [f"{KINDS[number % 2]}-{number:04d}" for number in range(count)]


def make_folders(folder: Path, count: int, seed: int) -> list[Path]:
    """The first `count` adapter folders; those that are there already stay, unless they were made otherwise."""
    _begin_anew_where_changed(folder, seed)
    templates = {kind: Template.read(_real_run(folder, kind)) for kind in KINDS}
    pool = np.random.default_rng(seed).standard_normal(POOL, dtype=np.float32)
    targets = [folder / "adapters" / name for name in names_of(count)]
    for number, target in enumerate(targets):
        if not (target / "adapter_config.json").is_file():
            _make(target, templates[KINDS[number % 2]], number, pool, seed)
    return targets


def make_merged(folder: Path, adapter: Path) -> Path:
    """A folder that `tunecard serve` takes and that answers as `adapter` does, with nothing left to add at a layer.

    Its base is the adapter's base with the update in its weights. Since only adapters are served, it is one of rank 1 whose
    update is nothing at one layer of 36, however a server computes that.
    """
    target, base = folder / "merged" / adapter.name, folder / "merged" / f"base-{adapter.name}"
    if not (target / "adapter_config.json").is_file():
        update = _tensors(adapter / "adapter_model.safetensors")
        _merge_base(base, update, json.loads((adapter / "adapter_config.json").read_text()))
        _write_idle(target, adapter, base, update)
    return target


def _begin_anew_where_changed(folder: Path, seed: int) -> None:
    """Adapters, and what was computed with them, are those of this file and seed, or none."""
    how = hashlib.sha256(Path(__file__).read_bytes() + str(seed).encode()).hexdigest()
    told = folder / "made.txt"
    if not told.is_file() or told.read_text() != how:
        for name in ("adapters", "merged", "servers"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "expected.json").unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        told.write_text(how)


def _real_run(folder: Path, kind: str) -> Path:
    """A run of the embedded base over rows of the embedded data."""
    run, rows = folder / "runs" / kind, folder / "runs" / f"{kind}.jsonl"
    if not (run / "manifest.json").is_file():
        rows.parent.mkdir(parents=True, exist_ok=True)
        rows.write_text("".join(json.dumps(row) + "\n" for row in _rows(kind)))
        recipe = rows.with_suffix(".yaml")
        settings = {"base_model": "embedded", "data": {"source": rows.name}, "quality": "fast"}
        recipe.write_text(json.dumps(settings | {"training": {"epochs": 1}, "evaluation": {"probes": []}}))
        command = [sys.executable, "-m", "tunecard", "run", str(recipe), "--out", str(run)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    return run


def _rows(kind: str) -> list[dict[str, Any]]:
    rows = embedded_rows("train")[:200]
    if kind == "text":
        return [{"text": " ".join(row["tokens"]), "label": row["theme"]} for row in rows]
    return [{"tokens": row["tokens"], "tags": row["tags"]} for row in rows]


def embedded_rows(split: str) -> list[dict[str, Any]]:
    """Rows that come with the package: `tokens`, `tags`, `theme`."""
    lines = files("tunecard").joinpath("data", "embedded", f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _make(target: Path, template: Template, number: int, pool: np.ndarray, seed: int) -> None:
    """One adapter folder, of which the config comes last: with it a folder is one."""
    from safetensors.numpy import save_file

    place = number // 2
    rank, labels = RANKS[place % len(RANKS)], _labels(KINDS[number % 2], place)
    target.mkdir(parents=True, exist_ok=True)
    dice = np.random.default_rng([seed, number])
    save_file(_weights(template, rank, labels, pool, dice), target / "adapter_model.safetensors")
    names = {"id2label": dict(enumerate(labels)), "label2id": {label: id for id, label in enumerate(labels)}}
    (target / "config.json").write_text(json.dumps(template.model_config | names))
    (target / "evidence.json").write_text(json.dumps(_evidence(template, target, rank, labels)))
    _link(template.folder, target, (*TOKENIZER, "README.md", "card.html"))
    config = template.config | {"r": rank, "lora_alpha": rank}
    (target / "adapter_config.json").write_text(json.dumps(config))


def _labels(kind: str, place: int) -> list[str]:
    """Counts go round beside the ranks, so that each meets each."""
    count = LABELS[kind][(place // len(RANKS)) % len(LABELS[kind])]
    if kind == "text":
        return [f"class {number}" for number in range(count)]
    return ["O", *(f"{part}-TYPE{number}" for number in range(count // 2) for part in "BI")]


def _weights(
    template: Template, rank: int, labels: Sequence[str], pool: np.ndarray, dice: np.random.Generator
) -> dict[str, np.ndarray]:
    def drawn(shape: tuple[int, ...], spread: float) -> np.ndarray:
        size = math.prod(shape)
        start = int(dice.integers(0, len(pool) - size))
        return (pool[start : start + size] * np.float32(spread)).reshape(shape)

    found = {}
    for name, shape in template.shapes.items():
        if name.endswith("lora_A.weight"):
            found[name] = drawn((rank, shape[1]), 1 / math.sqrt(3 * shape[1]))
        elif name.endswith("lora_B.weight"):
            found[name] = drawn((shape[0], rank), UPDATE_SPREAD / math.sqrt(rank))
        elif name.endswith("classifier.weight"):
            found[name] = drawn((len(labels), shape[1]), LOGIT_SPREAD / math.sqrt(shape[1]) / HIDDEN_SPREAD)
        elif name.endswith("classifier.bias"):
            found[name] = _bias(labels)
        else:
            raise SystemExit(f"serving_folders.py knows no tensor {name} of a run: say how it is drawn.")
    return found


HIDDEN_SPREAD = 0.5  # of a value of the base's last layer, about


def _bias(labels: Sequence[str]) -> np.ndarray:
    """O stands above the likeliest of the types; classes stand level."""
    bias = np.zeros(len(labels), np.float32)
    if labels[0] == "O":
        bias[0] = LOGIT_SPREAD * (math.sqrt(2 * math.log(len(labels) - 1)) + CLEAR_OF_ENTITIES)
    return bias


def _evidence(template: Template, target: Path, rank: int, labels: Sequence[str]) -> dict[str, Any]:
    """The run's, with what is another adapter's put right."""
    weights = target / "adapter_model.safetensors"
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    own = {
        "adapter.rank": rank, "adapter.alpha": float(rank), "adapter.sha256": digest, "task.labels": list(labels),
        "adapter.bytes": weights.stat().st_size,
    }  # fmt: skip
    evidence = copy.copy(template.evidence)
    evidence["findings"] = [
        record | {"value": own[record["id"]]} if record["id"] in own else record for record in evidence["findings"]
    ]
    return evidence


def _link(source: Path, target: Path, names: Sequence[str]) -> None:
    for name in names:
        (target / name).unlink(missing_ok=True)
        os.link(source / name, target / name)


def _tensors(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    found: dict[str, np.ndarray] = load_file(path)
    return found


def _merge_base(base: Path, update: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> None:
    """The base with B A added to its weights, scaled as PEFT scales it."""
    from safetensors.numpy import save_file

    from tunecard.encoders import locate_base

    source = locate_base("embedded").folder
    shutil.copytree(source, base, dirs_exist_ok=True)
    weights = _tensors(source / "model.safetensors")
    scale = np.float32(config["lora_alpha"] / config["r"])
    for name, a in update.items():
        if name.endswith("lora_A.weight"):
            b = update[name.replace("lora_A", "lora_B")]
            weights[name.removeprefix(PREFIX).replace("lora_A.weight", "weight")] += scale * (b @ a)
    (base / "model.safetensors").unlink()  # it may be a link to the one that is shared
    save_file(weights, base / "model.safetensors", {"format": "pt"})


def _write_idle(target: Path, adapter: Path, base: Path, update: Mapping[str, np.ndarray]) -> None:
    """The head alone, and an update of nothing at the first query."""
    from safetensors.numpy import save_file

    target.mkdir(parents=True, exist_ok=True)
    first = f"{PREFIX}encoder.layer.0.attention.self.query.lora_"
    kept = {name: tensor for name, tensor in update.items() if "lora_" not in name}
    kept |= {f"{first}A.weight": update[f"{first}A.weight"][:1].copy()}
    kept |= {f"{first}B.weight": np.zeros_like(update[f"{first}B.weight"][:, :1])}
    save_file(kept, target / "adapter_model.safetensors")
    _link(adapter, target, ("config.json", *TOKENIZER))
    config = json.loads((adapter / "adapter_config.json").read_text())
    config |= {"base_model_name_or_path": str(base.resolve()), "r": 1, "lora_alpha": 1}
    config["target_modules"] = ["encoder.layer.0.attention.self.query"]
    (target / "adapter_config.json").write_text(json.dumps(config))
