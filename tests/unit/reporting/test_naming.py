"""What a run is called."""

from __future__ import annotations

import pytest

from tunecard.evidence import Findings, measured
from tunecard.reporting.naming import run_name


def named(source: object, base: str = "owner/roberta-large", method: str | None = "LoRA") -> str:
    known = [measured("data.source", source), measured("base_model.id", base)]
    return run_name(Findings([*known, *([measured("adapter.title", method)] if method else [])]))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("owner/mails", "mails · roberta-large · LoRA"),
        ("mails.csv", "mails · roberta-large · LoRA"),
        ("v1.2", "v1.2 · roberta-large · LoRA"),
        ("a/mails + letters.jsonl", "mails + letters · roberta-large · LoRA"),
        (["a/mails", "b/letters"], "mails + letters · roberta-large · LoRA"),
        ("train.csv", "roberta-large · LoRA"),
        ("out", "roberta-large · LoRA"),
    ],
)
def test_data_and_base_name_a_run_and_folders_never_do(source: object, name: str) -> None:
    assert named(source) == name


def test_the_declared_name_of_the_data_goes_first_and_nothing_known_is_said() -> None:
    assert (
        run_name(Findings([measured("data.source", "x/y"), measured("data.pretty_name", "All mails")])) == "All mails"
    )
    assert run_name(Findings([])) == "an unnamed adapter"
