"""Labels of all splits together: which names there are, in which order, and which rows do not fit them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class NamedLabels:
    """Names in id order, and the labels of each split.

    Attributes:
        origin: how the labels were converted, for the origin of each split: "; tags converted from IOB1 to IOB2".
        notes: what was decided and a reader should know, a sentence each.
        problems: every fault.
    """

    names: list[str]
    labels: dict[str, list[Any]]
    origin: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def as_yaml(names: Sequence[str]) -> str:
    """Names as a recipe lists them: in quotation marks, since no, 1 and null are no text without them."""
    return f"[{', '.join(json.dumps(name, ensure_ascii=False) for name in names)}]"
