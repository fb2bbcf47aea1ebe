"""What the card of an adapter made elsewhere said and no other section quotes: word for word, and made inert."""

from __future__ import annotations

from tunecard.card.markdown import escape, fenced, paragraphs
from tunecard.evidence import Finding, Findings
from tunecard.hub.fields import BY_VARIABLE

PREFIX = "declared.old"
# Lists of one line a field stay together: what was written for any of their fields follows the last of them.
PLACES = {
    "model_id": "model_description",
    "model_summary": "model_description",
    "model_type": "base_model",
    "hardware_type": "co2_emitted",
    "hours_used": "co2_emitted",
    "cloud_provider": "co2_emitted",
    "cloud_region": "co2_emitted",
    "other": "more_information",
    "glossary": "more_information",
}


def extras(findings: Findings) -> dict[str, str]:
    """variable -> what the old card said there, below the field's own answer."""
    found: dict[str, list[str]] = {}
    for finding in findings.under(PREFIX):
        variable = finding.id.removeprefix(PREFIX + ".").removesuffix(".code")
        place = PLACES.get(variable, variable)
        if place in BY_VARIABLE and isinstance(finding.value, str):
            found.setdefault(place, []).append(_quoted(finding))
    return {place: "\n\n".join(said) for place, said in found.items()}


def _quoted(finding: Finding) -> str:
    """The words under a line that says whose they are; code as text, which nobody takes for the card's own."""
    value = str(finding.value)
    lead = f"**{escape(finding.name, 120)}** ({escape(finding.method, 120)}):"
    if finding.id.endswith(".code"):
        return f"{lead}\n\n{fenced(value, 'text')}"
    return lead + "\n\n" + "\n>\n".join(f"> {paragraph}" for paragraph in paragraphs(value).split("\n\n"))
