"""Who answers for the card, and where to ask."""

from __future__ import annotations

from tunecard.card.answer import Answer, declared_text, declared_value, undeclared
from tunecard.card.declared_note import declared_note, who_declared_what
from tunecard.card.markdown import escape, web_link
from tunecard.card.record_links import cite
from tunecard.evidence import Findings


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_card_authors`, `model_card_contact`."""
    return {"model_card_authors": _authors(findings), "model_card_contact": _contact(findings)}


def _authors(findings: Findings) -> Answer:
    version = findings.value("run.tunecard_version")
    made = f" {cite(findings, 'run.tunecard_version', escape(version, 40))}" if version else ""
    tool = f"Written by tunecard{made} from the findings of the run."
    said = who_declared_what(findings)
    tool += f" {said}" if said else ""
    named = declared_text(findings, "authors")
    if named is None:
        return Answer(f"{undeclared('authors')} {tool}", "not declared")
    return Answer(f"{named}{declared_note(findings, 'authors')}. {tool}", "declared")


def _contact(findings: Findings) -> Answer:
    contact = declared_value(findings, "contact")
    if contact is None:
        return Answer(undeclared("contact"), "not declared")
    return Answer(web_link(contact) + declared_note(findings, "contact"), "declared")
