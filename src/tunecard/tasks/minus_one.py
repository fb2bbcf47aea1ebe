"""What -1 means among labels that nobody named: a class of its own, no label as on the Hub, or a question.

Declared names decide at once: -1 is a class where it is one of them, and no label where it is not. Without them a
split of nothing but -1 is unlabelled, and so are single rows beside names or beside the ids 0, 1, 2 ...; beside
another negative number or beside 1 alone it is a class. Beside 0 and 1, or numbers that begin elsewhere, both are
common, and a guess would lose a class or invent one: it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.row_faults import RowFault
from tunecard.rows.table import Table
from tunecard.tasks.naming import as_yaml

MINUS_ONE = "-1"
_ID = re.compile(r"0|-?[1-9][0-9]{0,17}")  # no class has an id beyond, and Python reads no number of any length
FEWEST_IDS = 3  # of 0, 1, 2...: with fewer, -1 may as well be the lowest of three grades


def settle_minus_one(
    tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None
) -> tuple[dict[str, list[Any]], str, list[str]]:
    """The labels with each "-1" a class or None, a note on what was decided, and the question where it is open.

    Args:
        labels: split to labels by name; "-1" where nobody declared it.
        declared: names in id order, where somebody declares them.
    """
    deciding = labels["train"] if "train" in labels else [label for several in labels.values() for label in several]
    if MINUS_ONE in (declared or ()) or not any(MINUS_ONE in several for several in labels.values()):
        return dict(labels), "", []
    others = {label for several in labels.values() for label in several if label not in (None, MINUS_ONE)}
    is_mixed = MINUS_ONE in deciding and not set(deciding) <= {None, MINUS_ONE}
    is_class = _decide(others) if is_mixed and not declared else False
    if is_class is None:
        return dict(labels), "", [_question(tables, labels, others)]
    if is_class:
        return dict(labels), "-1 is read as a class, as it stands beside " + _listed(others), []
    without = {split: [None if label == MINUS_ONE else label for label in several] for split, several in labels.items()}
    return without, "", []


def _decide(others: set[str]) -> bool | None:
    if not all(is_id(name) for name in others):
        return False
    ids = sorted(int(name) for name in others)
    if ids[0] < 0 or ids == [1]:
        return True
    return False if ids == list(range(len(ids))) and len(ids) >= FEWEST_IDS else None


def _question(tables: Mapping[str, Table], labels: Mapping[str, list[Any]], others: set[str]) -> RowFault:
    places = [
        tables[split].where(row)
        for split, several in labels.items()
        for row, label in enumerate(several)
        if label == MINUS_ONE
    ]
    names = sorted(others, key=int)
    return RowFault(
        f"label -1 beside {_listed(others)} may be a class, or mean that a row has no label. Say which: "
        f"`data.labels: {as_yaml([MINUS_ONE, *names])}` makes it a class, `data.labels: {as_yaml(names)}` leaves its "
        "rows out.",
        places,
    )


def _listed(names: set[str]) -> str:
    several = sorted(names, key=int)
    return ", ".join(several[:10]) + (" and more" if len(several) > 10 else "")


def is_id(text: str) -> bool:
    """Whether a text is an integer in plain form: "7" and "-1" are, "007" and "+7" are not."""
    return _ID.fullmatch(text) is not None
