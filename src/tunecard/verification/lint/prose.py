"""Is there a number in a card that leads to no record? Text outside links and code, and the pictures' words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunecard.card.citation.references import method_reference
from tunecard.evidence import Findings, RunFolder
from tunecard.verification.lint.card_text import GAP
from tunecard.verification.lint.citations import reading_of
from tunecard.verification.lint.figures import Shown, is_in, numbers_in, shown_numbers, texts_in
from tunecard.verification.lint.wording import CUT, NAMES, PLAIN, SPOKEN, joined, own_texts, words_of
from tunecard.verification.report import Check, judged

NAME = "figures in prose"
SPELLED = {"kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB", "wh": "Wh", "kwh": "kWh"}  # words come in lower case


def check_prose(folder: RunFolder, findings: Findings) -> Check:
    """Every number in a card's text is a link to a record, a word of a record, or our own fixed wording."""
    titles = [f"Model Card for {findings.value('run.name')}", f"Dataset Card for {findings.value('data.source')}"]
    paper = method_reference(findings)
    titles += [paper.apa] if paper else []
    known = joined([*own_texts(), *titles, *(text for finding in findings for text in texts_in(finding))])
    values = sorted({number for finding in findings for number in numbers_in(finding)})
    problems: list[str] = []
    for path in (folder.card, folder.dataset_card):
        reading = reading_of(path)
        if reading is None:
            return Check(NAME, None, f"{path.name} cannot be read")
        for line, text in reading.texts:
            problems += [f"{path.name} line {line}: {what!r} has no record" for what in loose(text, known, findings)]
        for line, text in reading.alternatives:
            strange = loose(text, known, findings, values)
            problems += [f"{path.name} line {line}: {what!r} (a picture's words) has no record" for what in strange]
    return judged(NAME, problems, "no number stands in the cards without a record")


def loose(text: str, known: str, findings: Findings, values: Sequence[float] = ()) -> Iterator[str]:
    """The numbers of a text that neither a record nor our wording holds, each with its neighbours.

    Args:
        known: what `wording.joined` makes of all texts that are allowed.
        values: numbers that may stand anywhere: all that records hold for a picture's words, which cannot be links.
    """
    words = words_of(text)
    names = {name.lower() for name in NAMES}
    for place, word in enumerate(words):
        if not any(character.isdigit() for character in word) or word in names:
            continue
        before, after = _neighbour(words, place - 1), _neighbour(words, place + 1)
        if _is_known(word, before, after, known) or _is_spoken(words, place, findings):
            continue
        if not values or not all(is_in(shown, values) for shown in _numbers_at(words, place)):
            yield " ".join(part for part in (before, word, after) if part)


def _is_known(word: str, before: str, after: str, known: str) -> bool:
    """A name may stand anywhere; a plain number only beside its neighbour in the known text, or as a text by itself."""
    bare = word.removesuffix(CUT)
    if word != bare:
        return f" {before} {bare}" in known  # cut off: the rest of the word is not there to compare
    if f"\n {word} \n" in known or (not PLAIN.fullmatch(word) and f" {word} " in known):
        return True
    phrases = (f" {before} {word} " if before else "", f" {word} {after} " if after else "")
    return any(phrase and phrase in known for phrase in phrases)


def _is_spoken(words: list[str], place: int, findings: Findings) -> bool:
    for phrase, ids in SPOKEN.items():
        pattern = phrase.split()
        begin = place - pattern.index("#")
        window = words[max(begin, 0) : begin + len(pattern)]
        if (
            begin >= 0
            and len(window) == len(pattern)
            and all(p in ("#", w) for p, w in zip(pattern, window, strict=True))
        ):
            held = _held(findings, ids)
            if all(is_in(number, held) for number in _numbers_at(words, place)):
                return True
    return False


def _numbers_at(words: list[str], place: int) -> list[Shown]:
    """The numbers of one word, with the unit that follows it."""
    unit = words[place + 1] if place + 1 < len(words) else ""
    return [shown for shown in shown_numbers(f"{words[place]} {SPELLED.get(unit, unit)}") if shown.text in words[place]]


def _held(findings: Findings, ids: Sequence[str]) -> list[float]:
    """The numbers of these records, and the sums of the ends of their ranges where there are two."""
    found = [findings[id] for id in ids if id in findings]
    numbers = [number for finding in found for number in numbers_in(finding)]
    ends = [finding.interval or (finding.value,) * 2 for finding in found]
    ranges = [pair for pair in ends if all(isinstance(end, int | float) for end in pair)]
    return numbers + [float(sum(pair[end] for pair in ranges)) for end in (0, 1) if len(ranges) > 1]  # type: ignore[misc]


def _neighbour(words: list[str], place: int) -> str:
    return words[place] if 0 <= place < len(words) and words[place] != GAP else ""
