"""Checkpoints without pickle: safetensors and JSON, written beside and renamed, the newest whole one wins."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from tunecard.adapters import trainable_state
from tunecard.errors import RunFolderError
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import clear_halves, flush, half_folder, sha256_of, write_whole
from tunecard.training.checkpoint_state import STATE, read_state
from tunecard.training.result import TrainingResult
from tunecard.training.tensor_file import write_tensors

KEPT = 2
BEST = "best.safetensors"
WEIGHTS, OPTIMIZER, RANDOM = "weights.safetensors", "optimizer.safetensors", "random.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint on disk: its folder, its counters, and where it goes on."""

    path: Path
    result: TrainingResult
    position: dict[str, Any]

    @property
    def step(self) -> int:
        return self.result.steps


def save_best(folder: Path, model: nn.Module) -> str:
    """Writes the trainable weights as those to keep, so far. Returns: the sha256 of their file."""
    write_whole(folder / BEST, lambda stream: write_tensors(stream, trainable_state(model)))
    return sha256_of(folder / BEST)


def load_best(folder: Path, model: nn.Module) -> None:
    """Puts the best weights back into the model. Raises: RunFolderError: missing, broken, or they do not fit it."""
    try:
        tensors = load_file(folder / BEST)
    except (OSError, SafetensorError) as error:
        raise RunFolderError(
            f"the best weights cannot be read: {error}. Go on with --resume: they are made again.",
            place=str(folder / BEST),
        ) from error
    _restore_weights(model, tensors, folder / BEST)


def clear_checkpoints(folder: Path) -> None:
    """Removes what an earlier training left: its higher step numbers would pass for newer ones."""
    clear_halves(folder)
    clear_newer(folder, None)
    (folder / BEST).unlink(missing_ok=True)


def clear_newer(folder: Path, kept: Checkpoint | None) -> None:
    """Removes checkpoints that nothing goes on from, so that none of them stands in the way of those to come."""
    for path in _folders(folder):
        if kept is None or path.name > kept.path.name:
            shutil.rmtree(path)


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, result: TrainingResult, position: dict[str, Any]
) -> None:
    """Writes `step-N/` with weights, optimizer, random state and counters; keeps the newest two, and the best epoch's.

    Args:
        position: where to go on: epoch, offset in its rows, sums, scale of the loss, and the fingerprint of the plan.
    """
    with disk_faults(folder / "checkpoint"):
        folder.mkdir(parents=True, exist_ok=True)
        with half_folder(folder) as beside:
            _write(beside / WEIGHTS, trainable_state(model))
            _write(beside / OPTIMIZER, optimizer_tensors(model, optimizer))
            _write(beside / RANDOM, _random_state())
            hashes = {path.name: sha256_of(path) for path in beside.iterdir()}
            content = {"position": position, "result": asdict(result), "sha256": hashes}
            (beside / STATE).write_text(json.dumps(content))
            for path in [*beside.iterdir(), beside]:
                flush(path)
            _put(beside, _folder_of(folder, result.steps))
            flush(folder)
    best = _best_step(result)
    wanted = {path.name for path in _folders(folder)[-KEPT:]} | ({_folder_of(folder, best).name} if best else set())
    for old in _folders(folder):
        if old.name not in wanted:
            shutil.rmtree(old)


def load_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, fingerprint: str
) -> tuple[TrainingResult, dict[str, Any]] | None:
    """Restores the newest whole checkpoint whose best weights are at hand: weights, optimizer and random state.

    Args:
        model: as it is before the first step.
        fingerprint: of the plan, rows and base that go on from it.
    Returns: its counters and position; None when there is none.
    Raises: RunFolderError: it belongs to another plan.
    """
    newest = next(iter(whole_checkpoints(folder, fingerprint)), None)
    clear_newer(folder, newest)
    return None if newest is None else restore(folder, newest, model, optimizer)


def whole_checkpoints(folder: Path, fingerprint: str) -> list[Checkpoint]:
    """Those that a training can go on from, newest first. What a crash has cut is left out: the one before it serves.

    Raises: RunFolderError: one belongs to another plan.
    """
    clear_halves(folder)
    found = []
    for path in reversed(_folders(folder)):
        checkpoint = _read(path)
        if checkpoint is None:
            continue
        if checkpoint.position["fingerprint"] != fingerprint:
            raise RunFolderError(
                "the checkpoint was made by another recipe, or from other rows or another base. "
                "Use the same, or start again with --overwrite.",
                place=str(folder),
            )
        found.append(checkpoint)
    return [checkpoint for checkpoint in found if _finds_best(folder, checkpoint)]


def restore(
    folder: Path, checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[TrainingResult, dict[str, Any]]:
    """Puts a checkpoint of `whole_checkpoints` into model, optimizer and random state. Returns: counters, position.

    Raises: RunFolderError: its tensors are not those of this model.
    """
    _mend_best(folder, checkpoint.result, model)
    try:
        return _take_up(checkpoint, model, optimizer)
    except (RuntimeError, ValueError, TypeError, LookupError, SafetensorError) as error:
        raise RunFolderError(
            f"the checkpoint does not fit this model: {error}. Start again with --overwrite.",
            place=str(checkpoint.path),
        ) from error


def _take_up(
    checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[TrainingResult, dict[str, Any]]:
    _restore_weights(model, load_file(checkpoint.path / WEIGHTS), checkpoint.path)
    restore_optimizer(model, optimizer, load_file(checkpoint.path / OPTIMIZER))
    random_state = load_file(checkpoint.path / RANDOM)
    torch.set_rng_state(random_state["cpu"])
    if "cuda" in random_state:
        torch.cuda.set_rng_state(random_state["cuda"])
    return checkpoint.result, dict(checkpoint.position)


def _folders(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _folder_of(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}"


def _put(beside: Path, target: Path) -> None:
    """Moves a checkpoint to its place; one of the same step that is there already goes whole."""
    before = beside.with_name(f"{beside.name}-before")
    if target.exists():
        os.replace(target, before)
    os.replace(beside, target)
    shutil.rmtree(before, ignore_errors=True)


def _read(path: Path) -> Checkpoint | None:
    """What stands in a checkpoint; None where a file is missing, cut or not what was written."""
    try:
        state = read_state(path)
        is_whole = all(sha256_of(path / name) == state.sha256.get(name) for name in (WEIGHTS, OPTIMIZER, RANDOM))
    except (OSError, ValueError):
        return None
    checkpoint = Checkpoint(path, state.result, state.position_as_dict())
    return checkpoint if is_whole and _folder_of(path.parent, checkpoint.step) == path else None


def _best_step(result: TrainingResult) -> int | None:
    """After which step the best epoch ended; 0 for the start, None where no epoch has been scored."""
    return next((record.step for record in result.curve if record.epoch == result.best_epoch), None)


def _finds_best(folder: Path, checkpoint: Checkpoint) -> bool:
    """Whether the weights that a checkpoint calls the best are there, or can be made again."""
    result, step = checkpoint.result, _best_step(checkpoint.result)
    return not step or _is_best(folder / BEST, result) or _is_best(_folder_of(folder, step) / WEIGHTS, result)


def _mend_best(folder: Path, result: TrainingResult, start: nn.Module) -> None:
    """Writes the best weights again where their file is cut, is gone, or is that of an epoch to be learned again.

    Args:
        start: the model before its first step: epoch 0.
    """
    step = _best_step(result)
    if step is None or _is_best(folder / BEST, result):
        return
    if step == 0:
        save_best(folder, start)
        return
    with (_folder_of(folder, step) / WEIGHTS).open("rb") as content:
        write_whole(folder / BEST, lambda stream: shutil.copyfileobj(content, stream))


def _is_best(path: Path, result: TrainingResult) -> bool:
    return path.is_file() and sha256_of(path) == result.best_sha256


def _write(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    with path.open("wb") as stream:
        write_tensors(stream, tensors)


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """What an optimizer keeps of each weight, by the weight's name and the key."""
    tensors = {
        f"{name}|{key}": value
        for name, parameter in trainable_state(model).items()
        for key, value in optimizer.state[parameter].items()
    }
    return tensors or {"empty": torch.zeros(1)}


def restore_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Puts back what `optimizer_tensors` gave; a weight that is not in it keeps what it has."""
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
