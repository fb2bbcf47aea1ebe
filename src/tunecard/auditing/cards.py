"""From card files to audited cards: one, or thousands one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tunecard.auditing.card_files import find_cards, read_card
from tunecard.auditing.card_passages import without_definitions
from tunecard.auditing.contradictions import contradictions
from tunecard.auditing.frontmatter import FrontMatter, split_card
from tunecard.auditing.html_blocks import with_plain_tables
from tunecard.auditing.metadata_rules import metadata_errors
from tunecard.auditing.placing import Texts, has_known_headings, texts_of
from tunecard.auditing.records import record_errors
from tunecard.auditing.report import AuditReport, CardAudit, FieldAudit
from tunecard.auditing.shown_metadata import BY_GENERATORS, shown_answers
from tunecard.auditing.states import STATES, Judgement, judge
from tunecard.auditing.wording import listed, printable
from tunecard.auditing.written_in import is_judged, language_of
from tunecard.counted import each
from tunecard.errors import DataError, nearest
from tunecard.evidence.ledger import CARD
from tunecard.hub.fields import FIELDS, Field


def audit_cards(paths: Sequence[str | os.PathLike[str]], require: frozenset[str] | None = None) -> AuditReport:
    """Audits model cards offline. `iterate_audits` does the same without holding all of them in memory.

    Args:
        paths: each a card (.md), a folder with a README.md, or a folder with cards of any name, there or below.
        require: only these states count as filled; all but `empty` when None.

    Raises: DataError: a path does not exist or holds no card, the only card is no text; `require` names an unknown
        state. One unreadable card among several is part of the report instead.
    """
    return AuditReport(tuple(iterate_audits(paths, require)))


def iterate_audits(
    paths: Sequence[str | os.PathLike[str]], require: frozenset[str] | None = None
) -> Iterator[CardAudit]:
    """`audit_cards` one card at a time, in order; raises before the first one.

    One process: to hand an audit from one to another was measured to cost as much as to make it.
    """
    _check_states(require)
    cards = find_cards(paths)
    if len(cards) == 1:
        return iter([_audit_card(cards[0], require)])
    return (_audit_file(card, require) for card in each(cards, "Auditing", "cards"))


def audit_text(text: str, *, path: str = CARD, require: frozenset[str] | None = None) -> CardAudit:
    """Audits one card given as text; `path` is only its name in the report."""
    front = split_card(text)
    body = with_plain_tables(without_definitions(front.body))
    texts = texts_of(body)
    judged = {field.variable: judge(field, texts.get(field.variable)) for field in FIELDS}
    judged |= _by_metadata(front, judged)
    fields = tuple(_field(field, judged[field.variable], require) for field in FIELDS)
    errors = tuple(_metadata(front, texts, body))
    language = language_of(body)
    if is_judged(language) or has_known_headings(body):
        return CardAudit(path, fields, errors, language=language)
    return CardAudit(path, _unjudged(fields, language), errors, language=language, is_judged=False)


def _audit_card(card: Path, require: frozenset[str] | None) -> CardAudit:
    """A card by its text, and by the records beside it."""
    audited = audit_text(read_card(card), path=str(card), require=require)
    return replace(audited, metadata_errors=(*audited.metadata_errors, *record_errors(card)))


def _audit_file(card: Path, require: frozenset[str] | None) -> CardAudit:
    """A card, or what keeps it from being read."""
    try:
        return _audit_card(card, require)
    except DataError as error:
        reason = "the card cannot be read"
        fields = tuple(FieldAudit(field.variable, _section(field), "empty", False, reason, "") for field in FIELDS)
        message = printable(str(error).removeprefix(f"{card}: "))
        return CardAudit(str(card), fields, (f"file: {message}",), is_readable=False)


def _unjudged(fields: tuple[FieldAudit, ...], language: str) -> tuple[FieldAudit, ...]:
    """The fields of a card whose headings are not known: one that seems empty may be answered in its own words."""
    reason = f"not judged: the card is written in {language}"
    return tuple(field if field.filled else replace(field, reason=reason) for field in fields)


def _by_metadata(front: FrontMatter, judged: dict[str, Judgement]) -> dict[str, Judgement]:
    """The fields that the text leaves empty and the Hub shows from the metadata."""
    is_untouched = all(found.state == "empty" for found in judged.values())
    return {
        variable: Judgement("written", None, text)
        for variable, text in shown_answers(front.values or {}).items()
        if judged[variable].state == "empty" and not (is_untouched and variable in BY_GENERATORS)
    }


def _field(field: Field, found: Judgement, require: frozenset[str] | None) -> FieldAudit:
    is_filled = found.state != "empty" and (require is None or found.state in require)
    reason = found.reason
    if require is not None and found.state != "empty" and not is_filled:
        reason = f"only {listed(sorted(require))} counts" + (f": {reason}" if reason else "")
    reason = printable(reason) if reason else None
    return FieldAudit(field.variable, _section(field), found.state, is_filled, reason, found.text)


def _section(field: Field) -> str:
    return field.section or "Title"


def _metadata(front: FrontMatter, texts: Texts, body: str) -> Iterator[str]:
    if front.problem:
        yield front.problem
    if front.values is not None:
        said = {variable: " ".join(piece.text for piece in pieces) for variable, pieces in texts.items()}
        yield from metadata_errors(front.values)
        yield from contradictions(front.values, body, said)


def _check_states(require: frozenset[str] | None) -> None:
    choices = [state for state in STATES if state != "empty"]
    for state in sorted(require or ()):
        if state not in choices:
            raise DataError(f"--require takes {listed(choices)}; {state!r} came.{nearest(state, choices)}")
    if require is not None and not require:
        raise DataError(f"--require takes {listed(choices)}; nothing came.")
