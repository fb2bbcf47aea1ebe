"""Who made it, where it lives, who answers for the card: what only a person can say."""

from __future__ import annotations

from tunecard.card.answer import Answer, declared_answer, declared_text, declared_value, undeclared
from tunecard.card.declared_note import declared_note, what_is_stale
from tunecard.card.markdown import escape, web_link
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

PEOPLE = {"developers": "developed_by", "funded_by": "funded_by", "shared_by": "shared_by"}
PLACES = {"repo": "repository", "paper": "paper", "demo": "demo", "model_card_contact": "contact"}
KEYS = PEOPLE | PLACES  # variable of the template -> key of the recipe's `card:` block


def answers(findings: Findings) -> dict[str, Answer]:
    """`developers`, `funded_by`, `shared_by`, `repo`, `paper`, `demo`, `model_card_contact`, `model_card_authors`."""
    people = {variable: declared_text(findings, key) for variable, key in PEOPLE.items()}
    places = {variable: _address(findings, key) for variable, key in PLACES.items()}
    shown = {variable: declared_answer(findings, KEYS[variable], text) for variable, text in (people | places).items()}
    return shown | {"model_card_authors": _authors(findings)}


def _address(findings: Findings, key: str) -> str | None:
    address = declared_value(findings, key)
    return None if address is None else web_link(address)


def _authors(findings: Findings) -> Answer:
    version = findings.value("run.tunecard_version")
    made = f" {cite(findings, 'run.tunecard_version', escape(version, 40))}" if version else ""
    tool = f"Written by tunecard{made} from the findings of the run."
    said = what_is_stale(findings)
    tool += f" {said}" if said else ""
    named = declared_text(findings, "authors")
    if named is None:
        return Answer(f"{undeclared('authors')} {tool}", "not declared")
    return Answer(f"{named}{declared_note(findings, 'authors')}. {tool}", "declared")
