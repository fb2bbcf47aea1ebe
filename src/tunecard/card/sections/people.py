"""Who made it and where it lives: what only a person can say."""

from __future__ import annotations

from tunecard.card.answer import Answer, declared_text, declared_value, undeclared
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import web_link
from tunecard.evidence import Findings

PEOPLE = {"developers": "developed_by", "funded_by": "funded_by", "shared_by": "shared_by"}
PLACES = {"repo": "repository", "paper": "paper", "demo": "demo"}


def answers(findings: Findings) -> dict[str, Answer]:
    """`developers`, `funded_by`, `shared_by`, `repo`, `paper`, `demo`."""
    people = {variable: _person(findings, key) for variable, key in PEOPLE.items()}
    return people | {variable: _place(findings, key) for variable, key in PLACES.items()}


def _person(findings: Findings, key: str) -> Answer:
    return _declared(findings, key, declared_text(findings, key))


def _place(findings: Findings, key: str) -> Answer:
    address = declared_value(findings, key)
    return _declared(findings, key, None if address is None else web_link(address))


def _declared(findings: Findings, key: str, shown: str | None) -> Answer:
    if shown is None:
        return Answer(undeclared(key), "not declared")
    return Answer(shown + declared_note(findings, key), "declared")
