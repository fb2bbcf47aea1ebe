"""What the parts of serving.py must reach, each figure beside its bound, by the median of the rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WORTH_A_STEP = 1.25  # of p95: what 0.8 of the rows a second make of it where clients wait for each other
LEVEL_MIB = 20.0


@dataclass(frozen=True)
class Aim:
    """One figure and what it must be.

    Attributes:
        figure: None where it could not be measured, which is no success.
        is_least: the bound is the least that it may be, else the most.
    """

    what: str
    figure: float | None
    bound: float
    is_least: bool

    @property
    def is_reached(self) -> bool:
        if self.figure is None:
            return False
        return self.figure >= self.bound if self.is_least else self.figure <= self.bound

    def row(self) -> list[str]:
        shown = "-" if self.figure is None else f"{self.figure:,.2f}"
        return [
            self.what,
            shown,
            f"{'at least' if self.is_least else 'at most'} {self.bound:g}",
            "yes" if self.is_reached else "NO",
        ]


def aims(parts: Mapping[str, Any]) -> list[Aim]:
    """Of the parts that were measured."""
    of = {"mixed": _mixed, "many": _many, "peers": _peers, "overload": _overload, "start": _start}
    return [aim for name, part in parts.items() for aim in [*of[name](part), *_wrong(name, part)]]


def _mixed(part: Mapping[str, Any]) -> Iterator[Aim]:
    yield Aim("mixed: rows a second of one merged adapter's", _median(part["rows_a_second_of_merged"]), 0.85, True)


def _many(part: Mapping[str, Any]) -> Iterator[Aim]:
    for law, shares in part["of_few"].items():
        yield Aim(f"many, {law}: rows a second of few", _median(shares["rows_a_second"]), 0.8, True)
        yield Aim(f"many, {law}: p95 over that of few", _median(shares["p95"]), WORTH_A_STEP, False)
        yield Aim(f"many, {law}: p95 of seldom asked over often asked", shares["step"], WORTH_A_STEP, False)


def _peers(part: Mapping[str, Any]) -> Iterator[Aim]:
    for side, shares in part["against"].items():
        yield Aim(f"peers, {side}: times the rows a second", _median(shares["rows_a_second"]), 3, True)
        yield Aim(f"peers, {side}: share of p95", _median(shares["p95"]), 1 / 3, False)


def _overload(part: Mapping[str, Any]) -> Iterator[Aim]:
    crowded = part["sides"]["overload"]
    others = sum(n for status, n in crowded["statuses"].items() if status not in {"200", "429"})
    yield Aim("overload: neither 200 nor 429", others, 0, False)
    yield Aim("overload: refusals without Retry-After", crowded["without_retry_after"], 0, False)
    yield Aim("overload: never sent", crowded["unsent"], 0, False)
    yield Aim("overload: MiB more at the end", part["memory_mib"]["from_second_quarter_to_last"], LEVEL_MIB, False)
    for name, times in part["p95_of"].items():
        yield Aim(f"overload: p95 of the admitted over that with {name}", times, 2, False)


def _start(part: Mapping[str, Any]) -> Iterator[Aim]:
    yield Aim("start: seconds after imports", _median(part["since_imports"]), 5, False)


def _wrong(name: str, part: Mapping[str, Any]) -> Iterator[Aim]:
    """Answers of ours that `predict` would not give, in any round."""
    for side, measured in part.get("sides", {}).items():
        if side not in part.get("against", {}):
            rounds = measured if isinstance(measured, list) else [measured]
            yield Aim(f"{name}, {side}: wrong answers", sum(one["wrong"] for one in rounds), 0, False)


def _median(spread: Mapping[str, float] | None) -> float | None:
    return None if spread is None else spread["median"]
