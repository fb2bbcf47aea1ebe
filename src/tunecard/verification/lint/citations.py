"""Does each cited figure lead to its record, and is it what that record holds?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.ledger import EVIDENCE, record_lines
from tunecard.verification.lint.card_text import Reading, read_card
from tunecard.verification.lint.figures import is_in, numbers_in, shown_numbers, texts_in, texts_of_value
from tunecard.verification.lint.wording import CUT, DERIVED_FIGURES, EDGES, PLAIN, words_of
from tunecard.verification.report import Check, judged

NAME = "citations"
WORD = re.compile(r"\S*\d\S*")  # with a digit


def check_citations(folder: RunFolder, findings: Findings) -> Check:
    """Every reference is defined, leads to the record it names, and shows a number of that record."""
    problems: list[str] = []
    count = 0
    for path in (folder.card, folder.dataset_card):
        reading = reading_of(path)
        if reading is None:
            return Check(NAME, None, f"{path.name} cannot be read")
        problems += [f"{path.name} {fault}" for fault in _faults(reading, findings)]
        count += len(reading.cited)
    return judged(NAME, problems, f"{count} cited figures lead to records that hold them")


def reading_of(path: Path) -> Reading | None:
    """A card, parsed; None where there is none or it is no text."""
    try:
        return None if path.is_symlink() else read_card(RunFolder(path.parent).read_text(path))
    except (OSError, UnicodeDecodeError, RecursionError):
        return None


def _faults(reading: Reading, findings: Findings) -> Iterator[str]:
    by_line = dict(zip(record_lines(findings), findings, strict=True))
    known = list(findings)
    for label in reading.doubled:
        yield f"defines [{label}] twice"
    for label, target in reading.definitions.items():
        if label.isdecimal():
            yield from _definition_faults(label, target, known, by_line)
    for line, text in reading.texts:
        for fragment in _undefined(text):
            yield f"line {line}: the citation {fragment!r} leads nowhere"
    for cited in reading.cited:
        finding = by_line.get(_line_of(cited.target))
        if finding is None:
            yield f"line {cited.line}: {cited.text!r} leads to no record"
        elif wrong := wrong_figures(cited.text, finding, findings):
            yield f"line {cited.line}: {cited.text!r} cites {finding.id}, which does not hold {', '.join(wrong)}"


def wrong_figures(text: str, finding: Finding, findings: Findings) -> list[str]:
    """The numbers of a cited text that its record does not hold; none of a text that it holds word for word."""
    said = " ".join(words_of(text))
    quoted = [f" {' '.join(words_of(found))} " for found in texts_in(finding)]
    if f" {said} " in quoted or (not PLAIN.fullmatch(said) and any(_is_part(said, found) for found in quoted)):
        return []
    also = [findings[id] for id in DERIVED_FIGURES.get(finding.id, ()) if id in findings]
    candidates = numbers_in(finding)
    candidates += [a / b for one in also for a in numbers_in(one) for b in numbers_in(finding) if b]
    if finding.n and isinstance(finding.value, int):
        candidates.append(finding.value / finding.n)  # so many of n, in per cent
    names = {word for found in texts_in(finding) for word in words_of(found) if not PLAIN.fullmatch(word)}
    figures = WORD.sub(lambda match: "" if match.group().strip(EDGES).lower() in names else match.group(), text)
    words = {word for found in texts_of_value(finding) for word in words_of(found)}
    return [shown.text for shown in shown_numbers(figures) if not is_in(shown, candidates) and shown.text not in words]


def _is_part(said: str, found: str) -> bool:
    """Whether a text has these words in this order; one that was cut off need only begin a word."""
    return f" {said.removesuffix(CUT)}" in found if said.endswith(CUT) else f" {said} " in found


def _definition_faults(label: str, target: str, known: list[Finding], by_line: Mapping[int, Finding]) -> Iterator[str]:
    finding = by_line.get(_line_of(target)) if target.startswith(EVIDENCE + "#") else None
    if finding is None:
        yield f"[{label}] leads to {target!r}, where no record begins"
    elif not 0 < int(label) <= len(known) or known[int(label) - 1].id != finding.id:
        yield f"[{label}] leads to the record of {finding.id}, which is another one"


def _line_of(target: str) -> int:
    number = target.partition("#L")[2]
    return int(number) if number.isdecimal() and len(number) < 12 else 0


def _undefined(text: str) -> Iterator[str]:
    for piece in text.split("][")[1:]:
        number = piece.partition("]")[0]
        if number.isdecimal():
            yield f"[{number}]"
