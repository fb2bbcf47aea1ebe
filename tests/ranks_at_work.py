"""Several processes that train one tiny model together, over gloo; each is forked from one that has imported torch."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tiny_training import Ground, make_ground
from tunecard.errors import TunecardError
from tunecard.ranks.group import Group
from tunecard.ranks.joining import joined
from tunecard.ranks.place import Place
from tunecard.ranks.presence import LEAVE
from tunecard.training import train
from tunecard.training.ranks.following import follow_training
from tunecard.training.ranks.leading import Leading
from tunecard.training.ranks.ranks import ALONE, Ranks
from tunecard.training.trainer import Trainer

PATIENCE = 90.0  # seconds: a test that hangs fails
# What processes are forked with; this module is not on the path of the one that they are forked from.
IMPORTED = [
    "tunecard.ranks.joining", "tunecard.training.loop", "tunecard.training.ranks.following",
    "transformers.models.roberta.modeling_roberta", "peft.tuners.lora",
]  # fmt: skip
STATE, CURVE, ERROR = "state.safetensors", "curve.json", "error.json"


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def in_ranks(
    count: int, work: Callable[..., None], *arguments: Any, waits_for: Sequence[int] | None = None
) -> list[int]:
    """Runs `work(place, *arguments)` in `count` processes.

    Args:
        waits_for: those whose end is awaited, all when None; the others are killed then.
    Returns: exit codes; of those that hang, too, which are killed.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    processes = [
        _server().Process(target=_begin, args=(Place(number, count, number), port, work, arguments))
        for number in range(count)
    ]
    for process in processes:
        process.start()
    awaited = range(count) if waits_for is None else waits_for
    for number in [*awaited, *range(count)]:
        processes[number].join(PATIENCE if number in awaited else 0)
    for process in processes:
        if process.is_alive():
            process.kill()
            process.join()
    return [process.exitcode or 0 for process in processes]


def _begin(place: Place, port: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    work(place, *arguments)


def meet(place: Place, **options: Any) -> Any:
    """The group, on processors."""
    return joined(place, device="cpu", words=f"processor {place.number}", asks_to_stop=lambda: False, **options)


def learn(place: Place, folder: Path, base: Path, ground: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """One training, of which rank 0 leaves state and curve in `folder`; what ends a rank is left there, too.

    Args:
        ground: of `make_ground`.
        options: `rows` cuts the training rows; `dies_before` kills the last rank at a step, and `hangs_before` has it
            wait; `stops_after` so many steps; `limit` of an operation; `others_learn_otherwise`; `resume`.
    """
    own = make_ground(base, **ground)
    if "rows" in options:
        own.data = _cut(own, options["rows"])
    try:
        with meet(place, limit=options.get("limit", PATIENCE)) as group:
            if place.is_first:
                _lead(own, Leading(group), folder, options)
                return
            _follow(own, group, options)
    except TunecardError as error:
        told = {"kind": type(error).__name__, "problems": error.problems}
        (folder / f"{place.number}-{ERROR}").write_text(json.dumps(told))
        raise SystemExit(error.exit_code) from error


def learn_alone(folder: Path, base: Path, ground: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """The same by one process."""
    own = make_ground(base, **ground)
    if "rows" in options:
        own.data = _cut(own, options["rows"])
    _lead(own, ALONE, folder, options)


def _cut(ground: Ground, rows: int) -> Any:
    return replace(ground.data, train=ground.data.train.pick(range(rows)))


def _lead(ground: Ground, ranks: Ranks, folder: Path, options: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    losses: list[float] = []
    ranks.call({})
    result = train(
        ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder / "checkpoints", ranks=ranks,
        resume=options.get("resume", False),
        should_stop=lambda: len(losses) == options.get("stops_after"),
        on_step=lambda step, total, loss: losses.append(loss),
    )  # fmt: skip
    save_file(ground.state(), folder / STATE)
    (folder / CURVE).write_text(json.dumps({**asdict(result), "losses": losses}))
    ranks.leave()


def _follow(ground: Ground, group: Group, options: Mapping[str, Any]) -> None:
    call = group.presence.next_call()
    assert LEAVE not in call
    if group.place.number == group.place.count - 1:
        if "dies_before" in options:
            _before(options["dies_before"], lambda: os.kill(os.getpid(), signal.SIGKILL))
        if "hangs_before" in options:
            _before(options["hangs_before"], lambda: os.kill(os.getpid(), signal.SIGSTOP))
        ground.plan = replace(ground.plan, **options.get("others_learn_otherwise", {}))
    follow_training(ground.model, ground.data, ground.plan, ground.encoder.new_modules, group)
    assert LEAVE in group.presence.next_call()


def _before(step: int, do: Callable[[], None]) -> None:
    take = Trainer.take

    def taking(trainer: Trainer, share: Any) -> Any:
        if trainer.result.steps == step:
            do()
        return take(trainer, share)

    Trainer.take = taking  # type: ignore[method-assign, assignment]


def state_of(folder: Path) -> dict[str, torch.Tensor]:
    """What a training has learned."""
    return load_file(folder / STATE)


def curve_of(folder: Path) -> dict[str, Any]:
    """The result of a training, and the `losses` of its steps."""
    found: dict[str, Any] = json.loads((folder / CURVE).read_text())
    return found


def error_of(folder: Path, number: int) -> dict[str, Any]:
    """What ended a rank."""
    found: dict[str, Any] = json.loads((folder / f"{number}-{ERROR}").read_text())
    return found
