"""Whatever in the source looks like the id of a record, or like the front of one, is in the record catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tunecard.adapters.methods.registry import METHODS
from tunecard.evidence.catalogue import find_entry
from tunecard.evidence.record import BLANKS
from tunecard.evidence.records import RECORDS
from tunecard.recipe import Recipe

SOURCE = Path(__file__).parents[2] / "src" / "tunecard"
ENTRIES = SOURCE / "evidence" / "records"
FILES = sorted(path for path in SOURCE.rglob("*.py") if ENTRIES not in path.parents)
FAMILIES = sorted({record.pattern.split(".")[0] for record in RECORDS})
HOLE = "\0"  # what an f-string fills in
LIKE_AN_ID = re.compile(rf"(?:{'|'.join(FAMILIES)})(?:\.[\w{HOLE}-]+)+")
OTHER_NAMES = re.compile(r".*\.(?:html|json|safetensors|sig)|base_model\.model(?:\..*)?")  # files, and PEFT's tensors
SETTINGS = {setting.key for method in METHODS.values() for setting in method.settings}
RECIPE_KEYS = {
    f"{block}.{key}"
    for block, field in Recipe.model_fields.items()
    for key in getattr(field.annotation, "model_fields", {})
}


def texts_of(source: str) -> Iterator[str]:
    """Every string of a module but its docstrings; what an f-string fills in is a hole."""
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def unknown_ids(source: str) -> list[str]:
    found = [text.removesuffix(".") for text in texts_of(source)]
    like = [text for text in found if LIKE_AN_ID.fullmatch(text) and not OTHER_NAMES.fullmatch(text)]
    return [text for text in like if text not in RECIPE_KEYS and not is_known(text)]


def is_known(text: str) -> bool:
    """Whether it is the id, or the whole front of an id, of some entry; a setting must be one of a method."""
    entry = None if HOLE in text else find_entry(text)
    if entry is not None:
        return entry.blanks.get("setting") in {None, *SETTINGS}
    return any(fits(text.split("."), record.pattern.split(".")) for record in RECORDS)


def fits(parts: list[str], pattern: list[str]) -> bool:
    is_front = len(parts) < len(pattern) or any(HOLE in part for part in parts)
    return len(parts) <= len(pattern) and is_front and all(map(meet, parts, pattern))


def meet(part: str, pattern: str) -> bool:
    """Whether what may stand in the holes of a part can make it what the pattern's part allows."""
    begin, blank, end = re.fullmatch(r"([^{]*)(?:\{(\w+)\})?(.*)", pattern).groups()  # type: ignore[union-attr]
    allowed = BLANKS[blank] if blank else ""
    if re.fullmatch(f"{begin}(?:{allowed}){end}", part.replace(HOLE, "x")):
        return True
    samples = [f"{begin}{choice}{end}" for choice in allowed.split("|")]
    return any(re.fullmatch(".+".join(map(re.escape, part.split(HOLE))), sample) for sample in samples)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_an_id_in_the_source_is_an_entry_of_the_catalogue(path: Path) -> None:
    assert unknown_ids(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('findings.value("run.name")', []),
        ('findings.value("run.nmae")', ["run.nmae"]),
        ('findings.under("data.personal")', []),
        ('findings.under("data.personnel")', ["data.personnel"]),
        ('measured(f"data.{split}.rows", 3)', []),
        ('measured(f"data.{split}.rose", 3)', [f"data.{HOLE}.rose"]),
        ('findings.value(f"energy.{stage}_kwh")', []),
        ('findings.value(f"energy.{stage}_mwh")', [f"energy.{HOLE}_mwh"]),
        ('id.startswith("declared.old.")', []),
        ('"""of run.nmae"""', []),
        ('raise RecipeError("data.max_length")', []),
        ('findings.get("adapter.rnak")', ["adapter.rnak"]),
    ],
)
def test_a_slip_is_seen(source: str, expected: list[str]) -> None:
    assert unknown_ids(source) == expected
