"""Rows as a pandas DataFrame; pandas is imported here only, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunecard.errors import MachineError

if TYPE_CHECKING:
    import pandas


def frame_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pandas.DataFrame:
    """A frame of these columns; what a row lacks is None.

    Raises: MachineError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MachineError("to_pandas needs pandas, which is not installed: pip install pandas.") from error
    return pandas.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))
