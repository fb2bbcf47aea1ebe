"""`--ray [ADDRESS]`: an option whose value may be left out, which the parser of options does not know by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import typer

OPTION, HERE = "--ray", "local"
_ADDRESS = re.compile(r"auto|local|ray://.+|[^/\s]+:\d+")

RayAddress = Annotated[
    str | None,
    typer.Option(
        OPTION,
        metavar="[ADDRESS]",
        help="Over Ray's workers: of this machine, or of the cluster at HOST:PORT (auto: the one it belongs to).",
        show_default=False,
    ),
]


def with_addresses(arguments: Sequence[str]) -> list[str]:
    """What was typed, with "local" behind each `--ray` that no address follows.

    >>> with_addresses(["predict", "--ray", "runs/a", "in.csv"]), with_addresses(["--ray", "head:6379"])
    (['predict', '--ray=local', 'runs/a', 'in.csv'], ['--ray=head:6379'])
    """
    settled: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*settled, word, *waiting]
        if word == OPTION:
            has_address = bool(waiting) and _ADDRESS.fullmatch(waiting[0]) is not None
            word = f"{OPTION}={waiting.pop(0) if has_address else HERE}"
        settled.append(word)
    return settled
