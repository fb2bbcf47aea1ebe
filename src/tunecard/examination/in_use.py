"""What the saved adapter costs whoever loads it, asked in a process of its own: `tunecard.load`, then `predict`."""

from __future__ import annotations

import json
import tempfile
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
NO_ROW = "there is no row to predict"
NO_BASE = "the files of the base are not at hand"


def why_not(subject: Subject) -> str:
    """What keeps it from being asked; "" where nothing does."""
    if subject.base is None or subject.engine is None:
        return NO_BASE
    return "" if len(subject.rows) else NO_ROW


def ask_in_use(subject: Subject, what: str) -> dict[str, Any]:
    """What `use_script` answers.

    Args:
        what: "speed" or "memory".
    Raises: AdapterError: it cannot be loaded, or cannot predict.
    """
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
    }
    with tempfile.TemporaryDirectory(prefix="tunecard-asked-") as place:
        file = Path(place) / "asked.json"
        file.write_text(json.dumps(asked))
        process = FreshProcess(subject.folder, base, [str(Path(use_script.__file__)), str(file)])
        said = process.result("Loading and predicting as a user does")
    answer: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return answer


def threads_told(answer: dict[str, Any]) -> str:
    """How many threads it computed with, in words."""
    threads = answer["threads"]
    return f"{threads} thread{'' if threads == 1 else 's'}"
