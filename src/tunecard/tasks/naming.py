"""Labels of all splits together: which names there are, in which order, and which rows do not fit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class NamedLabels:
    """Names in id order, the labels of each split, a note on a conversion, and every fault."""

    names: list[str]
    labels: dict[str, list[Any]]
    note: str = ""
    problems: list[str] = field(default_factory=list)
