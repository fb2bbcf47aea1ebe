"""Properties under the names that the OWASP AIBOM project reads, for what CycloneDX has no place of its own.

Names: those that its generator writes and its score looks for (`genai:aibom:modelcard:*`, and its field registry's
in the metadata). The namespace `cdx` is for registered names alone, and none of these is: none is used. What only we
have stands under `tunecard:`.
"""

from __future__ import annotations

import json
from typing import Any

from tunecard.card import facts, not_tested
from tunecard.card.markdown import one_line, plain_words
from tunecard.card.sections.limitations import untested, weaknesses
from tunecard.evidence import Findings

MODEL = "genai:aibom:modelcard:"
LONGEST = 4000
# Name after the prefix -> the record that it is.
PLAIN = {
    "contextLength": "model.max_length",
    "blockCount": "base_model.layers",
    "embeddingLength": "base_model.hidden_size",
}
KILOWATT_HOURS = "energy.total_kwh"


def model_properties(findings: Findings) -> list[dict[str, str]]:
    """Of the model card: settings of the training, sizes of the base, and what probes saw of how it answers."""
    settings = findings.value("training.hyperparameters")
    told = {name: findings.value(id) for name, id in PLAIN.items()}
    told |= {
        "hyperparameter": json.dumps(settings, sort_keys=True) if isinstance(settings, dict) and settings else None,
        "modelCardExplainability": _explained(findings),
    }
    return [_property(MODEL + name, value) for name, value in told.items() if value is not None]


def evaluation_properties(findings: Findings) -> list[dict[str, str]]:
    """Of the whole: the leading score, thresholds, what was measured of risk and what was not, and the energy."""
    energy = findings.get(KILOWATT_HOURS)
    upper = None if energy is None else energy.interval[1] if energy.interval else facts.number_of(energy)
    told: dict[str, Any] = {
        "metric": _leading(findings),
        "metricDecisionThreshold": _thresholds(findings),
        "safetyRiskAssessment": _risk(findings),
        "energyQuantity": upper,
        "energyUnit": None if upper is None else "kWh",
    }
    return [_property(name, value) for name, value in told.items() if value is not None]


def _leading(findings: Findings) -> str | None:
    head = facts.headline(findings)
    if head is None or facts.number_of(head) is None:
        return None
    ends = f" ({head.interval[0]} to {head.interval[1]}, level {head.level})" if head.interval else ""
    return f"{facts.headline_metric(findings)} {head.value}{ends}, {facts.scored_split(findings)}, n = {head.n}"


def _thresholds(findings: Findings) -> str | None:
    """Below which probability to keep an answer back, for a stated risk; as validation chose them."""
    records = facts.records_of(findings, f"results.{facts.scored_split(findings)}.abstention")
    keys = ("at_most", "threshold", "risk", "coverage")
    known = [{key: one.get(key) for key in keys} for one in records if isinstance(one.get("threshold"), int | float)]
    return json.dumps(known) if known else None


def _risk(findings: Findings) -> str:
    """What was measured, what was not and what runs it: nobody's judgement."""
    measured = [plain_words(one) for one in weaknesses(findings)]
    gaps = [f"Not tested: {', '.join(untested(findings))}.", *map(plain_words, not_tested.told(findings))]
    return " ".join([*measured, *gaps])


def _explained(findings: Findings) -> str | None:
    """The names of what probes recorded about the model, which the card shows."""
    found = [one for one in findings.under("examination") if one.id != not_tested.PASSES]
    names = [one.name for one in found if one.status != "not measured"]
    return f"Model Examination in README.md: {'; '.join(names)}" if names else None


def _property(name: str, value: object) -> dict[str, str]:
    return {"name": name, "value": one_line(value, LONGEST)}
