"""docs/architecture.md names every file of the source in a line, and no file that is not there."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tunecard"
LIST = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Every file in a line")[2]


def named(text: str) -> list[str]:
    """Paths below the source: under the heading of a room a line names a file as that room sees it."""
    files, room = [], ""
    for heading, file in re.findall(r"^### (\S+)$|^- `([^`]+)`: .+$", text, re.MULTILINE):
        room = heading.removeprefix("src/tunecard/") if heading else room
        files += [room + file] if file else []
    return files


def test_every_file_has_its_line_and_no_other_is_named() -> None:
    there = [path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if path.stat().st_size]
    assert sorted(named(LIST)) == sorted(there)


def test_a_name_is_read_under_its_room() -> None:
    text = "### src/tunecard/\n\n- `api.py`: x.\n\n### tasks/\n\n- `tags.py`: x.\n- `a/b.py`: x.\n- no file\n"
    assert named(text) == ["api.py", "tasks/tags.py", "tasks/a/b.py"]


def test_no_line_stands_for_two_files() -> None:
    lines = re.findall(r"^- `[^`]+`: (.+)$", LIST, re.MULTILINE)
    assert [line for line, times in Counter(lines).items() if times > 1] == []


def test_paths_in_the_text_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Every file in a line")[0]
    paths = re.findall(r"`((?:\w+/)+\w+\.py)`", text)
    assert paths
    assert [path for path in paths if not (SOURCE / path).is_file() and not (ROOT / path).is_file()] == []


def test_the_picture_is_the_one_that_the_linter_holds() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^    (\S+(?: \| \S+)*)  ", text.partition("## The path")[0], re.MULTILINE)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "house")
    assert drawn == [layer for layer in layers if layer != "__main__"]
