"""What the saved adapter costs whoever loads it, asked in a process of its own: `tunecard.load`, then `predict`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tunecard
from tunecard.errors import AdapterError
from tunecard.examination import use_script
from tunecard.examination.subject import Subject
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.measurement.latency import SIZES
from tunecard.stock.fresh_process import FreshProcess

MOST_ROWS = 320
LOADED = "loaded as `tunecard.load` does (merged where the method merges), on the processor, in a process of its own"
UNDER_WAY = "asked in use"
GIVES_WAY = 5
NO_ROW = "there is no row to predict"
NO_BASE = "the files of the base are not at hand"


def why_not(subject: Subject) -> str:
    """What keeps it from being asked; "" where nothing does."""
    if subject.base is None or subject.engine is None:
        return NO_BASE
    return "" if len(subject.rows) else NO_ROW


@contextmanager
def begun_in_use(subject: Subject, what: str) -> Iterator[None]:
    """Inside, a process that is asked `what` answers beside all that is done here; `ask_in_use` gives its answer.

    Only of what no other work on the machine changes, such as memory.
    """
    if why_not(subject):
        yield
        return
    under_way = subject.memory.setdefault(UNDER_WAY, {})
    under_way[what] = answering = _Answering(subject, what, GIVES_WAY)
    try:
        yield
    finally:
        del under_way[what]
        answering.close()


def ask_in_use(subject: Subject, what: str) -> dict[str, Any]:
    """What `use_script` answers. Nothing that was begun in use goes on beside what is asked here.

    Args:
        what: "speed" or "memory".
    Raises: AdapterError: it cannot be loaded, or cannot predict.
    """
    under_way: dict[str, _Answering] = subject.memory.get(UNDER_WAY, {})
    for answering in under_way.values():
        answering.wait()
    asked = under_way.get(what) or _Answering(subject, what)
    asked.wait()
    return asked.answer()


class _Answering:
    """A process that was asked.

    Args:
        gives_way: its niceness, so that what is computed beside it has the cores first.
    """

    def __init__(self, subject: Subject, what: str, gives_way: int = 0) -> None:
        engine, base = subject.engine, subject.base
        if engine is None or base is None:
            raise AdapterError(NO_BASE)
        rows = subject.rows.take(list(range(min(MOST_ROWS, len(subject.rows)))))
        asked = {
            "what": what,
            "package": str(Path(tunecard.__file__).parents[1]),
            "base": str(base.folder),
            "rows": kind_of_rows(subject.task).rows_of(rows.inputs),
            "lengths": engine.encode(rows.inputs).lengths,
            "sizes": SIZES,
            "max_length": subject.max_length,
            "gives_way": gives_way,
        }
        self._said: str | AdapterError | None = None
        self._place = tempfile.TemporaryDirectory(prefix="tunecard-asked-")
        file = Path(self._place.name) / "asked.json"
        file.write_text(json.dumps(asked))
        self._process = FreshProcess(subject.folder, base, [str(Path(use_script.__file__)), str(file)])

    def wait(self) -> None:
        """Returns when it has ended, however it did."""
        if self._said is None:
            try:
                self._said = self._process.result("Loading and predicting as a user does")
            except AdapterError as error:
                self._said = error
            finally:
                self.close()

    def answer(self) -> dict[str, Any]:
        """What it said. Raises: AdapterError: it failed."""
        if not isinstance(self._said, str):
            raise self._said or AdapterError("the process that was asked has not ended")
        answer: dict[str, Any] = json.loads(self._said.strip().splitlines()[-1])
        return answer

    def close(self) -> None:
        """Ends it if it still runs; what it was asked is removed."""
        self._process.close()
        self._place.cleanup()


def threads_told(answer: dict[str, Any]) -> str:
    """How many threads it computed with, in words."""
    threads = answer["threads"]
    return f"{threads} thread{'' if threads == 1 else 's'}"
