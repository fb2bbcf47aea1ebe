"""Tiny files for the tests of the data room."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.data import DataPlan, load_dataset
from tunecard.errors import TunecardError
from tunecard.rows.dataset import Dataset

Write = Callable[[str, Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file: text as it is, bytes as they are, a list of objects as JSON lines, a dict as JSON."""

    def put(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(row) + "\n" for row in content)
        elif isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """Loads a source that lies in the test's folder; splits that are missing are made."""

    def read(source: Any = ".", **plan: Any) -> Dataset:
        return load_dataset(DataPlan(source=source, base_folder=tmp_path, **plan))

    return read


@pytest.fixture
def fault(load: Callable[..., Dataset]) -> Callable[..., str]:
    """The message of the error that loading a source raises."""

    def message(source: Any = ".", **plan: Any) -> str:
        with pytest.raises(TunecardError) as caught:
            load(source, **plan)
        return str(caught.value)

    return message
