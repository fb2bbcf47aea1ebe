"""A stop that comes between two steps of training is heard before the next stage begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunecard.errors import Interrupted
from tunecard.evidence import RunFolder
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.progress import Silence
from tunecard.training.signals import Stop


class Notes(Silence):
    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, title: str) -> None:
        self.stages.append(title)


def context_that_stops(asked: bool, listener: Notes) -> RunContext:
    nothing: Any = None
    stop = Stop()
    if asked:
        with stop.awaited():
            stop.ask()
    return RunContext(nothing, RunFolder(Path()), listener, stop=stop)


def test_a_stage_is_told() -> None:
    listener = Notes()
    context_that_stops(False, listener).begin("Judging")
    assert listener.stages == ["Judging"]


def test_a_stop_is_heard_before_the_next_stage() -> None:
    listener = Notes()
    with pytest.raises(Interrupted, match=r"--resume") as caught:
        context_that_stops(True, listener).begin("Judging")
    assert caught.value.exit_code == 3
    assert listener.stages == []
