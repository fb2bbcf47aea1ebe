"""Do the cards say what the evidence says? Rendered again byte for byte; nothing in a README is ever run."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

from tunecard import card
from tunecard.card.examples import start_code
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.verification.report import Check, judged
from tunecard.version import __version__

PLACEHOLDER = re.compile(r"more\s+information\s+needed", re.IGNORECASE)
PYTHON_BLOCK = re.compile(r"^(`{3,}|~{3,})[ \t]*(?:python|py)\b[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
SHOWN = 80


def check_card(folder: RunFolder, findings: Findings) -> Check:
    """README.md is what the renderer makes of the findings."""
    return _rendered_again("card", folder.card, findings, card.render_card)


def check_dataset_card(folder: RunFolder, findings: Findings) -> Check:
    """DATASET_CARD.md is what the renderer makes of the findings."""
    return _rendered_again("dataset card", folder.dataset_card, findings, card.render_dataset_card)


def check_page(folder: RunFolder, findings: Findings) -> Check:
    """card.html is what the renderer makes of the findings and the pictures beside them."""

    def render(known: Findings) -> str:
        return card.render_page(card.render_card(known), known, folder.pictures())

    return _rendered_again("page", folder.page, findings, render)


def check_bom(folder: RunFolder, findings: Findings) -> Check:
    """bom.json is what the renderer makes of the findings."""
    return _rendered_again("bill of materials", folder.bom, findings, card.render_bom)


def check_croissant(folder: RunFolder, findings: Findings) -> Check:
    """croissant.json is what the renderer makes of the findings."""
    return _rendered_again("croissant", folder.croissant, findings, card.render_croissant)


def check_code(folder: RunFolder, findings: Findings) -> Check:
    """The card's Python is byte for byte `start.code`, and that is our template for this base with a quoted text."""
    name = "get-started code"
    text = _read(folder.card)
    if isinstance(text, Check):
        return Check(name, False, text.detail)
    blocks = [block for _, block in PYTHON_BLOCK.findall(text)]
    code = findings.value("start.code")
    if not isinstance(code, str):
        problems = ["the card shows Python code that no finding holds"] if blocks else []
        return judged(name, problems, "") if problems else Check(name, None, "no code is recorded as `start.code`")
    expected = code.rstrip("\n") + "\n"
    problems = [] if blocks else ["the card shows no Python code, and `start.code` is recorded"]
    problems += ["the card's code differs from `start.code`" for block in blocks if block != expected]
    if start_code(findings) is None:
        problems.append("`start.code` is not what tunecard writes for this task and base")
    return judged(name, problems, "the card's code is `start.code`, which is tunecard's own text", {"start.code"})


def check_placeholders(folder: RunFolder) -> Check:
    """No field of a card is left at the template's placeholder."""
    problems = []
    for path in (folder.card, folder.dataset_card):
        text = _read(path)
        if isinstance(text, Check):
            problems.append(text.detail)
            continue
        lines = [text.count("\n", 0, found.start()) + 1 for found in PLACEHOLDER.finditer(text)]
        if lines:
            problems.append(f"{path.name} has {len(lines)} placeholders, the first in line {lines[0]}")
    return judged("placeholders", problems, "no field is left as in the empty template")


def of_another_version(name: str, findings: Findings) -> Check | None:
    """The check of evidence that another renderer wrote, which was not made; None for evidence of this one.

    It fails where the evidence names this tunecard and a renderer that this tunecard has not: a release has one.
    """
    version = findings.value("run.renderer_version")
    if version is None:
        return Check(name, False, "the evidence does not say which renderer wrote it (`run.renderer_version`)")
    if version == card.RENDERER_VERSION:
        return None
    made = findings.value("run.rendered_by") or findings.value("run.tunecard_version")
    if made == __version__:
        claimed = f"`run.renderer_version` is {shown(version)}, and tunecard {made}, which the evidence names"
        return Check(name, False, f"{claimed}, has renderer {card.RENDERER_VERSION}")
    detail = f"written by renderer {version}, and this is {card.RENDERER_VERSION}"
    return Check(name, None, detail + (f": tunecard {made} can render it again" if made else ""))


def _rendered_again(name: str, path: Path, findings: Findings, render: Callable[[Findings], str]) -> Check:
    other = of_another_version(name, findings)
    if other is not None:
        return other
    text = _read(path)
    if isinstance(text, Check):
        return Check(name, False, text.detail)
    try:
        expected = render(findings)
    except Exception as error:  # noqa: BLE001 evidence is foreign input: what the renderer trips over is its fault
        return Check(name, False, f"the evidence cannot be rendered: {type(error).__name__}: {error}")
    problems = [] if text == expected else [f"{path.name} {first_difference(text, expected)}"]
    return judged(name, problems, f"{path.name} is what its evidence renders to, byte for byte")


def first_difference(text: str, expected: str) -> str:
    """Where a card first departs from its evidence, whether in the metadata or in the prose, and which record it is."""
    lines, wanted = text.split("\n"), expected.split("\n")
    end = wanted.index("---", 1) if wanted[0] == "---" and "---" in wanted[1:] else -1
    for number, (line, want) in enumerate(zip_longest(lines, wanted)):
        if line != want:
            where = "metadata" if number <= end else "prose"
            said = f"line {number + 1} ({where}) is {_shown(line, want)}, the evidence says {_shown(want, line)}"
            return said + _record_behind(line, want, expected)
    return "is the same"


def _record_behind(line: str | None, want: str | None, expected: str) -> str:
    """The record that the first differing figure leads to: that of the next link in the line."""
    link = re.compile(r"\]\[(\d+)\]").search(want or "", _first_other(want or "", line or ""))
    cited = link and re.search(rf'^\[{link[1]}\]: \S+ "([^;"]+)', expected, re.MULTILINE)
    return f" ({cited[1]})" if cited else ""


def _first_other(line: str, other: str) -> int:
    """The first place at which two lines differ; 0 where one merely goes on."""
    return next((place for place, (a, b) in enumerate(zip(line, other, strict=False)) if a != b), 0)


def _shown(line: str | None, other: str | None) -> str:
    if line is None:
        return "missing"
    begin = max(0, _first_other(line, other or "") - SHOWN // 2)
    cut = line[begin : begin + SHOWN]
    return ("..." if begin else "") + repr(cut) + ("..." if begin + SHOWN < len(line) else "")


def _read(path: Path) -> str | Check:
    if path.is_symlink() or not path.is_file():
        return Check(path.name, False, f"{path.name} is missing")
    try:
        return RunFolder(path.parent).read_text(path)
    except UnicodeDecodeError as error:
        return Check(path.name, False, f"{path.name} is not UTF-8: {error}")
