"""An index for whoever keeps a technical documentation: the headings of the EU AI Act's Annex IV, and records for each.

It only says where something stands. Whether that is enough for a system, and which duties it has, nobody judges here.
"""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

HEADING = "Index by the EU AI Act, Annex IV"
LEAD = (
    "Records for the headings of a technical documentation. An index: it says neither that the duties apply nor that "
    "what stands here is enough."
)
NOTHING = "nothing in this card"
# Heading of the annex -> records for it: (what a reader calls it, id); `{headline}` and the like are filled in.
DUTIES: dict[str, tuple[tuple[str, str], ...]] = {
    "1. General description": (
        ("intended purpose", "declared.direct_use"),
        ("provider", "declared.provider"),
        ("version", "declared.version_history"),
        ("software", "software.python"),
        ("hardware", "prediction.peak_memory_bytes"),
        ("instructions for use", "start.code"),
    ),
    "2. Elements and development": (
        ("base", "base_model.weights_sha256"),
        ("method", "adapter.method"),
        ("settings", "training.hyperparameters"),
        ("training data", "data.source"),
        ("test data", "data.{split}.rows"),
        ("test result", "{headline}"),
        ("resources", "environment.hours"),
    ),
    "3. Monitoring, functioning and control": (
        ("accuracy", "{headline}"),
        ("weakest part", "results.worst"),
        ("foreseeable misuse", "declared.foreseeable_misuse"),
        ("risks", "declared.risks"),
        ("human oversight", "declared.human_oversight"),
        ("input", "model.max_length"),
    ),
    "4. Appropriateness of the metrics": (("headline score", "results.headline"),),
    "5. Risk management": (("risks", "declared.risks"), ("recommendations", "declared.recommendations")),
    "6. Changes through the lifecycle": (("version history", "declared.version_history"), ("date", "run.date")),
    "7. Standards applied": (),
    "8. EU declaration of conformity": (),
    "9. Post-market monitoring": (),
}


def extras(findings: Findings) -> dict[str, str]:
    """The index, at the end of what the card says of itself."""
    lines = [f"- {heading}: {_listed(findings, duty)}" for heading, duty in DUTIES.items() if duty]
    without = [heading for heading, duty in DUTIES.items() if not duty]
    lines.append(f"- {'; '.join(without)}: {NOTHING}")
    return {"more_information": f"### {HEADING}\n\n{LEAD}\n\n" + "\n".join(lines)}


def _listed(findings: Findings, duty: tuple[tuple[str, str], ...]) -> str:
    headline = facts.headline(findings)
    blanks = {"split": facts.scored_split(findings), "headline": headline.id if headline is not None else ""}
    found = [(said, findings.get(id.format_map(blanks))) for said, id in duty]
    return ", ".join(_led(findings, said, finding) for said, finding in found if finding is not None) or NOTHING


def _led(findings: Findings, said: str, finding: Finding) -> str:
    """A link to the record; what is open says so."""
    is_open = finding.status == "not measured"
    return cite(findings, finding.id, escape(said)) + (" (open)" if is_open else "")
