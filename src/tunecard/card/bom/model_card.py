"""The `modelCard` of a bill of materials: what the card says of the model, as CycloneDX 1.7 has places for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.card import facts, not_tested, probe_limits
from tunecard.card.answer import declared_value
from tunecard.card.bom.named_properties import model_properties
from tunecard.card.bom.probed import fairness_assessments, probed_metrics
from tunecard.card.markdown import one_line, plain_words
from tunecard.card.sections.limitations import untested, weaknesses
from tunecard.evidence import Finding, Findings

LONGEST = 1000
# Family of findings -> the schema's word for what the energy was used for.
ACTIVITIES = {"energy.training_kwh": "fine-tuning", "energy.evaluation_kwh": "validation", "energy.failed_kwh": "other"}
UPPER_END = "the upper end of a range: no meter was readable"


def model_card_of(findings: Findings, *, data_refs: Sequence[str]) -> dict[str, Any]:
    """The record.

    Args:
        data_refs: `bom-ref` of the data components.
    """
    return without_nothing(
        {
            "bom-ref": "model-card",
            "modelParameters": _parameters(findings, data_refs),
            "quantitativeAnalysis": _analysis(findings),
            "considerations": _considerations(findings),
            "properties": model_properties(findings),
        }
    )


def without_nothing(record: dict[str, Any]) -> dict[str, Any]:
    """The record without the keys that hold nothing."""
    return {key: value for key, value in record.items() if value not in (None, [], {}, "")}


def _parameters(findings: Findings, data_refs: Sequence[str]) -> dict[str, Any]:
    task = findings.value("task.name")
    architecture = findings.value("base_model.architecture")
    output = facts.task_of(findings).words.output
    return without_nothing(
        {
            "approach": None if facts.is_from_elsewhere(findings) else {"type": "supervised"},
            "task": one_line(task, 60) if task else None,
            "architectureFamily": "transformer encoder",
            "modelArchitecture": one_line(architecture, 80) if architecture else None,
            "datasets": [{"ref": ref} for ref in data_refs],
            "inputs": [{"format": "a pair of texts" if findings.value("task.is_pair") else "text"}],
            "outputs": [{"format": output}],
        }
    )


def _analysis(findings: Findings) -> dict[str, Any]:
    """Every score of the scored split that has a value: whole, by type or class, by slice."""
    split = facts.scored_split(findings)
    scored = [f for f in findings.under(f"results.{split}") if facts.number_of(f) is not None and f.name]
    metrics = [_metric(finding) for finding in scored] + probed_metrics(findings)
    return {"performanceMetrics": metrics} if metrics else {}


def _metric(finding: Finding) -> dict[str, Any]:
    interval = finding.interval
    bounds = {"lowerBound": str(interval[0]), "upperBound": str(interval[1])} if interval else None
    where = ", ".join(part for part in (finding.split, finding.slice) if part)
    return without_nothing(
        {
            "type": one_line(finding.id.rsplit(".", 1)[-1], 80),
            "value": str(finding.value),
            "slice": one_line(where, 160),
            "confidenceInterval": bounds,
        }
    )


def _considerations(findings: Findings) -> dict[str, Any]:
    uses = [declared_value(findings, key) for key in ("direct_use", "downstream_use")]
    refused = declared_value(findings, "out_of_scope_use")
    limits = [f"Not for: {one_line(refused, LONGEST)}"] if refused else []
    limits += [one_line(plain_words(weakness), LONGEST) for weakness in weaknesses(findings)]
    limits += [f"Not tested: {one_line(gap)}" for gap in untested(findings)]
    limits += [one_line(plain_words(told), LONGEST) for told in not_tested.told(findings)]
    consumed = _consumptions(findings)
    return without_nothing(
        {
            "useCases": [one_line(use, LONGEST) for use in uses if use],
            "technicalLimitations": limits,
            "ethicalConsiderations": _risks(findings),
            "fairnessAssessments": fairness_assessments(findings),
            "environmentalConsiderations": {"energyConsumptions": consumed} if consumed else None,
        }
    )


def _risks(findings: Findings) -> list[dict[str, str]]:
    """The risk that a person declared, and what probes found about people, each with what to do about it."""
    declared = [(declared_value(findings, "risks"), declared_value(findings, "recommendations"))]
    found = [(plain_words(limit), plain_words(advice)) for limit, advice in probe_limits.risks(findings)]
    return [
        without_nothing({"name": one_line(name, LONGEST), "mitigationStrategy": one_line(advice or "", LONGEST)})
        for name, advice in (*declared, *found)
        if name
    ]


def _consumptions(findings: Findings) -> list[dict[str, Any]]:
    """The schema wants one value each; a range gives its upper end and says so."""
    consumed = [_consumption(findings.get(id), activity) for id, activity in ACTIVITIES.items()]
    found = [record for record in consumed if record is not None]
    grams = _upper(findings.get("co2.grams"))
    if found and grams is not None:
        found[0]["properties"].append({"name": "tunecard:co2_of_the_whole_run_g", "value": str(grams)})
    return found


def _consumption(finding: Finding | None, activity: str) -> dict[str, Any] | None:
    kwh = _upper(finding)
    if finding is None or kwh is None:
        return None
    used = {"value": kwh, "unit": "kWh"}
    provider = {"organization": {"name": "not known"}, "energySource": "unknown", "energyProvided": used}
    how = UPPER_END if finding.interval else "read from a meter"
    told = [{"name": "tunecard:how", "value": how}, {"name": "tunecard:finding", "value": finding.id}]
    return {"activity": activity, "energyProviders": [provider], "activityEnergyCost": used, "properties": told}


def _upper(finding: Finding | None) -> float | None:
    if finding is None:
        return None
    return finding.interval[1] if finding.interval else facts.number_of(finding)
