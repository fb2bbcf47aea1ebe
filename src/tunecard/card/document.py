"""The whole card: sections answer first, then the first screen counts them, then the glossary reads them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tunecard.card.answer import Answer
from tunecard.card.layout import lay_out
from tunecard.card.markdown import bullets
from tunecard.card.model_metadata import front_matter
from tunecard.card.record_links import with_targets
from tunecard.card.sections import (
    beyond,
    citation,
    data,
    duties,
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

Section = Callable[[Findings], dict[str, Answer]]

MORE_INFORMATION = (
    "Every figure leads to its record in [evidence.json](evidence.json) with value, n, how it is known and its "
    "file: by its own link, or in a table by the link on its left or in its heading.",
    "`tunecard verify DIR` compares hashes, renders this card again byte for byte and recomputes every score from "
    "`predictions/`; `--deep` predicts the rows again and runs the code above.",
    "No check can show that an author made up the data, or trained and tested on rows made to agree: consistent is "
    "not reproduced.",
)


def how_to_follow_a_figure(_: Findings) -> dict[str, Answer]:
    """`more_information`: how a reader gets to a record, and what asking again can and cannot show."""
    return {"more_information": Answer(bullets(MORE_INFORMATION), "derived")}


SECTIONS: tuple[Section, ...] = (
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
EXTRAS: tuple[Callable[[Findings], dict[str, str]], ...] = (
    training.extras,
    inherited.extras,
    beyond.extras,
    duties.extras,
    beyond.what_is_open,
)


@dataclass(frozen=True)
class Card:
    """README.md of a run.

    Attributes:
        findings: what it quotes, with what it counts of itself as the last records.
        markdown: the text.
    """

    findings: Findings
    markdown: str


def make_card(findings: Findings) -> Card:
    """The card of these findings; what they record of an earlier card is left out.

    Every section answers once: the card is counted on its answers, and its own counts are then quoted beside them.
    """
    known = without_counted(findings)
    answers = answers_of(known)
    counted = Findings([*known, *counted_findings(known, count_states(answers, known))])
    return Card(counted, _markdown(counted, answers))


def render_card(findings: Findings) -> str:
    """README.md of a run whose findings hold the card's counts: metadata and the Hub's template, no field left open.

    Returns: Markdown that ends with a newline. No clock, file or environment is read.
    """
    return _markdown(findings, answers_of(findings))


def count_card(findings: Findings) -> list[Finding]:
    """`card.*`: what the card says of itself, counted over the other findings."""
    known = without_counted(findings)
    return counted_findings(known, count_states(answers_of(known), known))


def answers_of(findings: Findings) -> dict[str, Answer]:
    """Every field but the first screen and the glossary, each answered by one section.

    Raises: ValueError: two sections answer one field, which is a bug of ours.
    """
    answers: dict[str, Answer] = {}
    answered_by: dict[str, str] = {}
    for section in SECTIONS:
        found = section(findings)
        for variable in found.keys() & answers.keys():
            raise ValueError(f"{variable} is answered by {answered_by[variable]} and by {section.__module__}")
        answers |= found
        answered_by |= dict.fromkeys(found, section.__module__)
    return answers


def count_states(answers: Mapping[str, Answer], findings: Findings) -> dict[str, int]:
    """How many fields are measured, derived, declared or explained gaps; the title has no label and is not counted.

    Args:
        answers: of all fields but the first screen and the glossary, which are rendered later and counted too.
    """
    labels = [answer.status for answer in answers.values()] + [first_screen.status(findings), glossary.STATUS]
    counted = Counter("explained" if label.startswith("not ") else label for label in labels)
    return {state: counted[state] for state in ("measured", "derived", "declared", "explained")}


def _markdown(findings: Findings, answers: Mapping[str, Answer]) -> str:
    """Metadata, first screen, the template's fields, framework versions, and the records that figures lead to."""
    extras = _extras(findings)
    summary = first_screen.answer(findings, count_states(answers, findings))
    texts = [summary.text, *(answer.text for answer in answers.values()), *extras.values()]
    whole = {**answers, "model_summary": summary, "glossary": glossary.answer(texts, findings)}
    _check_complete(whole)
    laid_out = lay_out(identity.title(findings), whole, extras)
    body = f"{laid_out}\n\n{specifications.framework_versions(findings)}\n"
    return f"{front_matter(findings)}\n{with_targets(findings, body)}"


def _extras(findings: Findings) -> dict[str, str]:
    """Tables and quotations below a field's answer; several of one field follow one another."""
    found: dict[str, list[str]] = {}
    for extra in EXTRAS:
        for variable, text in extra(findings).items():
            found.setdefault(variable, []).append(text)
    return {variable: "\n\n".join(texts) for variable, texts in found.items()}


def _check_complete(answers: Mapping[str, Answer]) -> None:
    """A section that forgets a field is a bug of ours, found at the first render."""
    missing = [name for name in VARIABLES if name != "model_id" and not answers.get(name, Answer("", "derived")).text]
    unknown = sorted(set(answers) - set(VARIABLES))
    if missing or unknown:
        raise ValueError(f"fields without an answer: {missing}; answers without a field: {unknown}")
