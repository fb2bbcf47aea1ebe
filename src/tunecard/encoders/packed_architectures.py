"""Which encoders of transformers were tried, and which path their rows take: one list, made by the tests.

`tests/contract/test_packed_architectures.py` computes packed and fused against stock padded PEFT and writes the list,
`test_bases.py` trains and reloads what is on it. What is not on it is compared at run time and takes the padded path
where it differs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

LIST = "packed_architectures.json"


@dataclass(frozen=True)
class Architecture:
    """One architecture as the tests found it.

    Attributes:
        name: transformers' `config.model_type`.
        tasks: names of the tasks for which it is packed; empty where it is padded.
        difference: upper bound, a power of ten, of the relative difference from stock padded PEFT in fp32 over logits
            and gradients; None where it is padded.
        reason: why it is padded or refused, else None.
        is_refused: whether no update of linear layers can be put on it.
    """

    name: str
    tasks: tuple[str, ...] = ()
    difference: float | None = None
    reason: str | None = None
    is_refused: bool = False

    @property
    def is_packed(self) -> bool:
        """Whether the packed path is taken for some task."""
        return bool(self.tasks)


def read_packed_architectures() -> list[Architecture]:
    """The list that this version was released with: packed, padded, refused; each part in alphabetical order."""
    content = json.loads(Path(__file__).with_name(LIST).read_text(encoding="utf-8"))
    packed = [Architecture(row["name"], tuple(row["tasks"]), float(row["difference"])) for row in content["packed"]]
    padded = [Architecture(row["name"], reason=row["reason"]) for row in content["padded"]]
    refused = [Architecture(row["name"], reason=row["reason"], is_refused=True) for row in content["refused"]]
    return [*packed, *padded, *refused]
