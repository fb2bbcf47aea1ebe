"""What reviewers look for and the template has no field for, each under a heading of its own; and all that is open."""

from __future__ import annotations

from tunecard.card.answer import NOT_DECLARED, declared_paragraphs, declared_value, undeclared
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import code
from tunecard.evidence import Findings
from tunecard.evidence.records.declared import BEYOND, KEYS

HEADINGS = {
    "provider": "Provider",
    "version_history": "Version History",
    "foreseeable_misuse": "Foreseeable Misuse",
    "human_oversight": "Human Oversight",
}


def extras(findings: Findings) -> dict[str, str]:
    """variable -> the sections below its answer, each as declared or with the key that fills it."""
    found: dict[str, list[str]] = {}
    for key, heading in HEADINGS.items():
        said = declared_paragraphs(findings, key)
        text = undeclared(key) if said is None else said + declared_note(findings, key)
        found.setdefault(BEYOND[key], []).append(f"### {heading}\n\n{text}")
    return {variable: "\n\n".join(sections) for variable, sections in found.items()}


def open_keys(findings: Findings) -> list[str]:
    """Keys of the recipe's `card:` block that nobody filled; what a citation file answers is not open."""
    answered = {key for key in ("citation", "citation_apa") if findings.value(_MADE[key]) is not None}
    return [key for key in KEYS if key not in answered and declared_value(findings, key) is None]


def what_is_open(findings: Findings) -> dict[str, str]:
    """The one list of what nobody declared, at the end of the card's own words about itself."""
    keys = open_keys(findings)
    if not keys:
        return {}
    listed = ", ".join(code(key) for key in keys)
    how = "Set them in the `card:` block of `recipe.yaml`, then run `tunecard card DIR`"
    return {"more_information": f"### {NOT_DECLARED}\n\n{how}: {listed}."}


_MADE = {"citation": "citation.bibtex", "citation_apa": "citation.apa"}
