"""Faults of the rows of one file as messages: one a kind, with the first places and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tunecard.data.readers.records import Fault

SHOWN = 3
_GOT = re.compile(r" Got .*?\.(?= |$)", re.DOTALL)


def messages(file: str, faults: Iterable[Fault]) -> list[str]:
    """One message a kind of fault: what differs only in what was got is of one kind.

    >>> messages("a.csv", [Fault(f"row {i}", f"must have 2 columns. Got {i}. Mend it.") for i in range(3, 250)])
    ['a.csv row 3, row 4, row 5 and 244 more: must have 2 columns. Got 3. Mend it.']
    """
    kinds: dict[str, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(_GOT.sub("", fault.reason), []).append(fault)
    return [message for alike in kinds.values() for message in _of_a_kind(file, alike)]


def _of_a_kind(file: str, faults: list[Fault]) -> list[str]:
    if len(faults) <= SHOWN:
        return [f"{file} {fault.place}: {fault.reason}" for fault in faults]
    places = ", ".join(fault.place for fault in faults[:SHOWN])
    return [f"{file} {places} and {len(faults) - SHOWN:,} more: {faults[0].reason}"]
