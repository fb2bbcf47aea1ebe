"""Checkpoints without pickle: safetensors and JSON, written beside and renamed, the newest whole one wins."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from tunecard.adapters import trainable_state
from tunecard.errors import RunFolderError
from tunecard.evidence.files import disk_faults, flush, sha256_of, write_whole
from tunecard.training.result import EpochRecord, TrainingResult

KEPT = 2
BEST = "best.safetensors"


def save_best(folder: Path, model: nn.Module) -> None:
    """Writes the trainable weights as those to keep, so far."""
    state = {name: tensor.detach().contiguous() for name, tensor in trainable_state(model).items()}
    write_whole(folder / BEST, lambda beside: save_file(state, beside))


def load_best(folder: Path, model: nn.Module) -> None:
    """Puts the best weights back into the model. Raises: RunFolderError: missing, broken, or they do not fit it."""
    try:
        tensors = load_file(folder / BEST)
    except (OSError, SafetensorError) as error:
        raise RunFolderError(
            f"the best weights cannot be read: {error}. Start again with --overwrite.", place=str(folder / BEST)
        ) from error
    _restore_weights(model, tensors, folder / BEST)


def clear_checkpoints(folder: Path) -> None:
    """Removes what an earlier training left: its higher step numbers would pass for newer ones."""
    _remove_halves(folder)
    for old in folder.glob("step-*"):
        shutil.rmtree(old)
    (folder / BEST).unlink(missing_ok=True)


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, result: TrainingResult, position: dict[str, Any]
) -> None:
    """Writes `step-N/` with weights, optimizer, random state and counters; keeps the newest two.

    Args:
        position: where to go on: epoch, offset in its rows, sums, scale of the loss, and the fingerprint of the plan.
    """
    with disk_faults(folder / "checkpoint"):
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
        try:
            state = {name: tensor.detach().contiguous() for name, tensor in trainable_state(model).items()}
            save_file(state, beside / "weights.safetensors")
            save_file(_optimizer_tensors(model, optimizer), beside / "optimizer.safetensors")
            save_file(_random_state(), beside / "random.safetensors")
            hashes = {path.name: sha256_of(path) for path in beside.iterdir()}
            content = {"position": position, "result": asdict(result), "sha256": hashes}
            (beside / "state.json").write_text(json.dumps(content))
            for path in [*beside.iterdir(), beside]:
                flush(path)
            target = folder / f"step-{result.steps:08d}"
            shutil.rmtree(target, ignore_errors=True)
            os.replace(beside, target)
            flush(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    for old in sorted(folder.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)


def load_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, fingerprint: str
) -> tuple[TrainingResult, dict[str, Any]] | None:
    """Restores the newest whole checkpoint: weights, optimizer and random state.

    Args:
        fingerprint: of the plan, rows and base that go on from it.
    Returns: its counters and position; None when there is none.
    Raises: RunFolderError: it belongs to another plan.
    """
    _remove_halves(folder)
    for path in sorted(folder.glob("step-*"), reverse=True):
        content = _read_state(path)
        if content is None:
            continue  # cut by a crash: the one before it serves
        if content["position"]["fingerprint"] != fingerprint:
            raise RunFolderError(
                "the checkpoint was made by another recipe, data or base. "
                "Use the same, or start again with --overwrite.",
                place=str(folder),
            )
        _restore_weights(model, load_file(path / "weights.safetensors"), path)
        _restore_optimizer(model, optimizer, load_file(path / "optimizer.safetensors"))
        random_state = load_file(path / "random.safetensors")
        torch.set_rng_state(random_state["cpu"])
        if "cuda" in random_state:
            torch.cuda.set_rng_state(random_state["cuda"])
        result = content["result"]
        result["curve"] = [EpochRecord(**record) for record in result["curve"]]
        return TrainingResult(**result), content["position"]
    return None


def _remove_halves(folder: Path) -> None:
    """Files and folders that were being written when a process was killed; whole ones have no dot."""
    for half in folder.glob(".*"):
        if half.is_dir():
            shutil.rmtree(half)
        else:
            half.unlink()


def _read_state(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((path / "state.json").read_text())
        is_whole = all(sha256_of(path / name) == digest for name, digest in content["sha256"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return content if is_whole else None


def _optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    tensors = {}
    for name, parameter in trainable_state(model).items():
        for key, value in optimizer.state[parameter].items():
            tensors[f"{name}|{key}"] = value.detach().clone().contiguous()
    return tensors or {"empty": torch.zeros(1)}


def _restore_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    for name, parameter in trainable_state(model).items():
        state = {key.split("|")[1]: value for key, value in tensors.items() if key.rpartition("|")[0] == name}
        if state:
            # Fused AdamW counts its steps on the device, too.
            optimizer.state[parameter] = {key: value.to(parameter.device) for key, value in state.items()}


def _restore_weights(model: nn.Module, tensors: dict[str, torch.Tensor], place: Path) -> None:
    own = trainable_state(model)
    if own.keys() != tensors.keys():
        raise RunFolderError("the checkpoint holds other weights than this recipe trains.", place=str(place))
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(tensors[name])


def _random_state() -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state
