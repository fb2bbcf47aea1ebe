"""spending.json, whoever changed it: read as what it says, or refused by name; no broken sum becomes a figure."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.errors import RunFolderError
from tunecard.measurement import Meters
from tunecard.measurement.spending import FILE, Spending, read_spending
from tunecard.measurement.usage import ResourceUsage

STAGE = {"name": "training", "seconds": 2.0, "cpu_seconds": 1.5, "peak_memory_bytes": 10**8}
WHOLE = {"seconds": 3.0, "failed_attempts": 1, "stages": [STAGE], "running": STAGE}


def usage(folder: Path) -> ResourceUsage:
    return ResourceUsage(folder, time.perf_counter(), Meters((), {"processor": "no RAPL"}))


def test_what_a_run_writes_is_read_back(tmp_path: Path) -> None:
    first = usage(tmp_path)
    with first.kept(), first.stage("training"):
        pass
    assert read_spending(tmp_path / FILE).stages[0].seconds == usage(tmp_path).stages[0].seconds
    assert usage(tmp_path).stages == first.stages  # with what others used meanwhile


def test_where_there_is_none_nothing_was_used(tmp_path: Path) -> None:
    assert read_spending(tmp_path / FILE) == read_spending(tmp_path / "none" / FILE) == Spending()


BROKEN: list[Any] = [
    None, [], "text", 3, True, WHOLE | {"more": 1},
    *({**WHOLE, "seconds": value} for value in (-1, "3", None, True, [3], 10**30, 1e300, float("nan"), float("inf"))),
    *({**WHOLE, "failed_attempts": value} for value in (-1, 1.5, "1", None, 10**30, [])),
    *({**WHOLE, "stages": value} for value in ({}, "training", None, 3, [None], ["training"], [[]], [{}])),
    *({**WHOLE, "stages": [STAGE | {key: value}]} for key, value in (
        ("name", ["training"]), ("name", None), ("seconds", -0.1), ("seconds", float("nan")), ("cpu_seconds", 10**400),
        ("peak_memory_bytes", 1.5), ("peak_memory_bytes", 10**30), ("others_seconds", "2"), ("more", 1),
        ("processor_kwh", -1), ("accelerator_kwh", float("-inf")),
    )),
    {**WHOLE, "running": [STAGE]}, {**WHOLE, "running": {"name": "training"}},
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=lambda content: json.dumps(content)[:60])
def test_what_no_run_writes_is_refused(tmp_path: Path, content: Any) -> None:
    (tmp_path / FILE).write_text(json.dumps(content))
    with pytest.raises(RunFolderError) as caught:
        usage(tmp_path)
    assert FILE in str(caught.value) and "--overwrite" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 500_000, b"9" * 5_000, b'{"seconds": 1}' * 2])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(RunFolderError, match="cannot be read as what earlier attempts used"):
        usage(tmp_path)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / FILE)
    with pytest.raises(RunFolderError, match="it must be a file"):
        usage(tmp_path)
