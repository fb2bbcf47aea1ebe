"""What each method can do on an encoder, as tests/contract/test_methods.py has found: the list that ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LIST = "abilities.json"
UNTRIED = "it was tried with no head of this kind"


@dataclass(frozen=True)
class Ability:
    """What was found of a method.

    Attributes:
        reasons: transformers' class of models with a head that it was tried with, e.g.
            "AutoModelForTokenClassification", to why it does not work there; None where it works.
        merges: whether a plain model gives the same answers with its update in the weights.
        packs: whether rows that lie end to end get the same answers.
        parameters: a base to the numbers that learn on it, without the head, at the method's own settings.
    """

    reasons: Mapping[str, str | None]
    merges: bool
    packs: bool
    parameters: Mapping[str, int]

    def why_not(self, auto_class: str) -> str | None:
        """Why it does not work under a head; None where it does."""
        return self.reasons.get(auto_class, UNTRIED)


@cache
def read_abilities() -> dict[str, Ability]:
    """Every method by its name."""
    return {
        row["name"]: Ability(
            {head: None if told is True else told for head, told in row["heads"].items()},
            row["merges"], row["packs"], row["parameters"],
        )
        for row in _listed()["methods"]
    }  # fmt: skip


@cache
def _listed() -> dict[str, Any]:
    return json.loads(files(__package__).joinpath(LIST).read_text())  # type: ignore[no-any-return]
