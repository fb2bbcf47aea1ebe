"""Which files a run folder has stands in one place: no other file of the project spells a name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tunecard
from tunecard.evidence import ledger

SOURCE = Path(tunecard.__file__).parent
LEDGER = Path(ledger.__file__)
# One proposes a file of the user's; one runs in a process that imports nothing of tunecard, and one is copied into a Space.
OWN = {"cli/initialising.py", "stock/reload_script.py", "exporting/space/files/app.py"}
NAMES = {
    ledger.CARD, ledger.ORIGINAL_CARD, ledger.DATASET_CARD, ledger.PAGE, ledger.BOM, ledger.CROISSANT,
    ledger.ADAPTER_CONFIG, ledger.ADAPTER_WEIGHTS, ledger.MODEL_CONFIG, ledger.TOKENIZER, ledger.TOKENIZER_CONFIG,
    ledger.RECIPE, ledger.EVIDENCE, ledger.MANIFEST, ledger.SIGNATURE, ledger.MODEL_SIGNATURE, ledger.LOCK,
    f"{ledger.PREDICTIONS}/", f"{ledger.FIGURES}/", f"{ledger.CHECKPOINTS}/",
}  # fmt: skip


def spelled(source: str) -> list[str]:
    """Names of files that stand alone as a text; in a sentence they are words."""
    nodes = list(ast.walk(ast.parse(source)))
    in_sentences = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in in_sentences)
    return [text for text in texts if isinstance(text, str) and text in NAMES]


def test_only_the_ledger_names_the_files_of_a_run() -> None:
    others = [path for path in SOURCE.rglob("*.py") if path != LEDGER]
    found = {path.relative_to(SOURCE).as_posix(): spelled(path.read_text()) for path in others}
    assert {name for name, names in found.items() if names} == OWN


@pytest.mark.parametrize(
    ("source", "found"),
    [("f('config.json')", ["config.json"]), ("'config.json is cut'", []), ("f'predictions/{name} is cut'", [])],
)
def test_a_name_alone_is_seen_and_a_sentence_is_not(source: str, found: list[str]) -> None:
    assert spelled(source) == found
