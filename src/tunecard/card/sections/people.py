"""Who made it and where it lives: what only a person can say."""

from __future__ import annotations

from tunecard.card.answer import Answer, declared_or_gap, declared_value, undeclared
from tunecard.card.markdown import web_link
from tunecard.evidence import Findings

PEOPLE = {"developers": "developed_by", "funded_by": "funded_by", "shared_by": "shared_by"}
PLACES = {"repo": "repository", "paper": "paper", "demo": "demo"}


def answers(findings: Findings) -> dict[str, Answer]:
    """`developers`, `funded_by`, `shared_by`, `repo`, `paper`, `demo`."""
    people = {variable: declared_or_gap(findings, key) for variable, key in PEOPLE.items()}
    return people | {variable: _place(findings, key) for variable, key in PLACES.items()}


def _place(findings: Findings, key: str) -> Answer:
    address = declared_value(findings, key)
    return Answer(undeclared(key), "not declared") if address is None else Answer(web_link(address), "declared")
