"""What reading a file whole gives: its columns, or the message of its fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.data.readers.tables import read_file
from tunecard.errors import DataError


@pytest.fixture
def columns() -> Callable[[Path], dict[str, list[Any]]]:
    """Column to its values."""
    return lambda path: read_file(path)[0].columns


@pytest.fixture
def message() -> Callable[[Path], str]:
    """What is said of a file that cannot be read."""

    def said(path: Path) -> str:
        with pytest.raises(DataError) as caught:
            read_file(path)
        return str(caught.value)

    return said
