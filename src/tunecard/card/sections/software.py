"""The versions it was made with."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import bullets, escape
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

NAMES = {
    "python": "Python",
    "torch": "PyTorch",
    "transformers": "Transformers",
    "peft": "PEFT",
    "accelerate": "Accelerate",
    "datasets": "Datasets",
    "tokenizers": "Tokenizers",
    "safetensors": "Safetensors",
}
FRAMEWORKS = ("peft", "transformers", "torch", "datasets", "tokenizers")


def answers(findings: Findings) -> dict[str, Answer]:
    """`software`."""
    versions = _versions(findings)
    if not versions:
        return {"software": Answer(gap(None), "not measured")}
    listed = ", ".join(f"{name} {version}" for name, version in versions.values())
    if not facts.is_from_elsewhere(findings):
        return {"software": Answer(f"{listed}.", "measured")}
    told = findings.get("training.software") or findings.get("adapter.peft_version")
    known = told is not None and told.value is not None
    said = cite(findings, told.id, escape(told.value, 160)) if told is not None and known else "not known"
    return {"software": Answer(f"Of this evaluation: {listed}. Of the training: {said}.", "measured")}


def framework_versions(findings: Findings) -> str:
    """The last section, as PEFT and Trainer write it."""
    versions = _versions(findings)
    items = [" ".join(versions[package]) for package in FRAMEWORKS if package in versions]
    return "### Framework versions\n\n" + (bullets(items) if items else "Not measured (not recorded).")


def _versions(findings: Findings) -> dict[str, tuple[str, str]]:
    """package -> (name as a reader knows it, version)."""
    found = {}
    for finding in findings.under("software"):
        package = finding.id.removeprefix("software.")
        if finding.value is not None:
            found[package] = (
                NAMES.get(package, escape(package, 40)),
                cite(findings, finding.id, escape(finding.value, 60)),
            )
    return found
