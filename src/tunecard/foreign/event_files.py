"""TensorBoard's event files as Trainer leaves them, read with TensorBoard's own reader where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunecard.foreign.traces import LARGEST, Trace, settings_of
from tunecard.untrusted.bounded_json import load_json

PATTERN = "events.out.tfevents.*"
SOURCE = "TensorBoard event files"
# Trainer writes "train/loss" and "eval/loss"; its own log calls them "loss" and "eval_loss".
FRONTS = {"train/": "", "eval/": "eval_"}


def read_events(folders: Sequence[Path], unread: list[str]) -> Trace:
    """The scalars and the arguments of all event files at or below the folders; empty where there are none.

    Args:
        unread: what could not be read is added, a sentence each.
    """
    files = sorted({path for folder in folders for path in _event_files(folder)})
    if not files:
        return Trace(SOURCE)
    try:
        from tensorboard.backend.event_processing import event_accumulator  # type: ignore[import-untyped]
    except ImportError:
        unread.append(f"{len(files)} {SOURCE}: tensorboard is not installed (pip install 'tunecard[loggers]')")
        return Trace(SOURCE)
    lines: dict[int, dict[str, float]] = {}
    settings: dict[str, Any] = {}
    for path in files:
        if path.stat().st_size > LARGEST:
            unread.append(f"{path.name}: larger than {LARGEST // 10**6} MB")
            continue
        events = event_accumulator.EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 10})
        events.Reload()
        _add_scalars(events, lines)
        settings |= _arguments(events)
    log = [lines[step] for step in sorted(lines)]
    totals = {key: value for line in log for key, value in line.items() if key.startswith("train_") or key == "epoch"}
    last = {"global_step": float(max(lines))} if lines else {}
    return Trace(SOURCE, settings, log, {**totals, **last})


def _event_files(folder: Path) -> list[Path]:
    places = [folder, folder / "runs", folder / "logs", *sorted((folder / "runs").glob("*"))]
    return [path for place in places if place.is_dir() for path in place.glob(PATTERN) if path.is_file()]


def _add_scalars(events: Any, lines: dict[int, dict[str, float]]) -> None:
    for tag in events.Tags()["scalars"]:
        front = next((front for front in FRONTS if tag.startswith(front)), None)
        name = tag if front is None else FRONTS[front] + tag[len(front) :]
        for event in events.Scalars(tag):
            lines.setdefault(int(event.step), {"step": float(event.step)})[name] = float(event.value)


def _arguments(events: Any) -> dict[str, Any]:
    """What Trainer wrote as text under "args": its arguments as JSON."""
    if "args/text_summary" not in events.Tags().get("tensors", []):
        return {}
    try:
        text = events.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
        content = load_json(text)
    except (ValueError, IndexError, AttributeError):
        return {}  # other programs write other texts there
    return settings_of(content) if isinstance(content, dict) else {}
