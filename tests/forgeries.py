"""Forgeries of a real run folder: evidence changed, cards rendered anew, hashes written anew, as a forger would.

Each entry says which check must see it, and what that check says. Nothing else in the folder gives it away.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tiny_folders import Run
from tunecard.evidence.files import json_text

Change = Callable[[Run], None]


@dataclass(frozen=True)
class Forgery:
    """One forgery.

    Attributes:
        name: what the forger did.
        check: the check that sees it.
        said: what stands in its detail.
        change: does it to a folder; rendering and hashes follow.
        folder: which of the two runs it is done to.
    """

    name: str
    check: str
    said: str
    change: Change
    folder: str = "pairs"


def value_of(run: Run, id: str) -> Any:
    return run.folder.read_findings()[id].value


def setting(id: str, **fields: Any) -> Change:
    return lambda run: run.set(id, **fields)


def scaled(id: str, factor: float) -> Change:
    """The value, or both ends of the interval, times a factor."""

    def change(run: Run) -> None:
        finding = run.folder.read_findings()[id]
        if finding.interval is not None:
            run.set(id, interval=[end * factor for end in finding.interval])
        else:
            run.set(id, value=finding.value * factor)

    return change


def gap(id: str) -> Change:
    return setting(id, status="not measured", value=None, interval=None, n=None, level=None, unit=None,
                   reason="it took too long")  # fmt: skip


def dropped(*ids: str) -> Change:
    return lambda run: [run.drop(id) for id in ids]  # type: ignore[return-value]


def invented(like: str, **fields: Any) -> Change:
    """A record more, made after another one."""

    def change(run: Run) -> None:
        content = json.loads(run.folder.evidence.read_text())
        model = next(record for record in content["findings"] if record["id"] == like)
        content["findings"].append(model | fields)
        run.folder.evidence.write_text(json_text(content))

    return change


def both(*changes: Change) -> Change:
    def change(run: Run) -> None:
        for one in changes:
            one(run)

    return change
