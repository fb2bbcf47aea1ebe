"""The whole card: sections answer first, then the first screen counts them, then the glossary reads them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tunecard.card.answer import Answer, Mark
from tunecard.card.layout import lay_out
from tunecard.card.markdown import bullets
from tunecard.card.model_metadata import front_matter
from tunecard.card.record_links import definitions
from tunecard.card.sections import (
    citation,
    data,
    environment,
    evaluated,
    examination,
    first_screen,
    glossary,
    identity,
    inherited,
    limitations,
    people,
    results,
    specifications,
    start,
    summary,
    training,
    uses,
)
from tunecard.card.self_counts import counted_findings, without_counted
from tunecard.evidence import Finding, Findings
from tunecard.hub.fields import VARIABLES

RENDERER_VERSION = 2

MORE_INFORMATION = (
    "Every figure above is a link to its record in [evidence.json](evidence.json): value, interval, n, how it is "
    "known, and the file it came from with that file's sha256. Hovering shows the record's name; in plain text the "
    "list at the end of this file names it.",
    "`tunecard verify DIR` compares hashes, renders this card again byte for byte and recomputes every score from "
    "`predictions/`; `--deep` predicts the rows again and runs the code above.",
    "What no check can show: an author who made up the data, or trained and tested on rows made to agree, would pass "
    "them all. Consistent is not the same as reproduced by somebody else.",
)


def how_to_follow_a_figure(_: Findings) -> dict[str, Answer]:
    """`more_information`: how a reader gets to a record, and what asking again can and cannot show."""
    return {"more_information": Answer(bullets(MORE_INFORMATION), "derived")}


SECTIONS: tuple[Callable[[Findings], dict[str, Answer]], ...] = (
    identity.answers,
    people.answers,
    uses.answers,
    limitations.answers,
    start.answers,
    data.answers,
    training.answers,
    evaluated.answers,
    results.answers,
    summary.answers,
    examination.answers,
    environment.answers,
    specifications.answers,
    citation.answers,
    how_to_follow_a_figure,
)
LATER = ("model_summary", "glossary")
EXTRAS: tuple[Callable[[Findings], dict[str, str]], ...] = (training.extras, inherited.extras)


def card_of(findings: Findings) -> str:
    """README.md from findings: metadata, first screen, the template's fields, framework versions."""
    answers = _answers(findings)
    extras: dict[str, str] = {}
    for extra in EXTRAS:
        for variable, text in extra(findings).items():
            extras[variable] = f"{extras[variable]}\n\n{text}" if variable in extras else text
    title = identity.title(findings)
    answers["model_summary"] = first_screen.answer(findings, count_states(answers, findings))
    answers["glossary"] = glossary.answer([answer.text for answer in answers.values()] + list(extras.values()))
    _check_complete(answers)
    body = f"{lay_out(title, answers, extras)}\n\n{specifications.framework_versions(findings)}\n"
    records = definitions(findings, body)
    return f"{front_matter(findings)}\n{body}" + (f"\n{records}\n" if records else "")


def counts_of(findings: Findings) -> list[Finding]:
    """What the card of these findings says of itself; what they record of an earlier card is left out."""
    known = without_counted(findings)
    return counted_findings(known, count_states(_answers(known), known))


def _answers(findings: Findings) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for section in SECTIONS:
        answers.update(section(findings))
    return answers


def count_states(answers: dict[str, Answer], findings: Findings) -> dict[str, int]:
    """How many fields are measured, derived, declared or explained gaps; the title has no mark and is not counted.

    The first screen and the glossary are counted here since they are rendered later.
    """
    marks: list[Mark] = [answer.mark for variable, answer in answers.items() if variable not in LATER]
    marks += [first_screen.mark(findings), glossary.MARK]
    counted = Counter("explained" if mark.startswith("not ") else mark for mark in marks)
    return {state: counted[state] for state in ("measured", "derived", "declared", "explained")}


def _check_complete(answers: dict[str, Answer]) -> None:
    """A section that forgets a field is a bug of ours, found at the first render."""
    missing = [name for name in VARIABLES if name != "model_id" and not answers.get(name, Answer("", "derived")).text]
    unknown = sorted(set(answers) - set(VARIABLES))
    if missing or unknown:
        raise ValueError(f"fields without an answer: {missing}; answers without a field: {unknown}")
