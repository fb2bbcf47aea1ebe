"""bom.json against the schema of CycloneDX 1.7, and against the findings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from example_findings import text_run, token_run

from tunecard.card import render_bom
from tunecard.evidence import Finding, Findings, declared, derived

RUNS = {"token": token_run, "text": text_run, "nothing": Findings}


def bom(findings: Findings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_bom(findings))
    return found


def declared_run() -> Findings:
    keys = ("license", "direct_use", "out_of_scope_use", "risks", "recommendations", "developed_by", "shared_by")
    known = [f for f in token_run() if f.id.removeprefix("declared.") not in keys and not f.id.startswith("energy.")]
    said = [declared(f"declared.{key}", f"<{key}>\n\u202e", section=key, name=key, method="declared") for key in keys]
    used = derived("energy.training_kwh", None, section="co2_emitted", name="Energy", method="x", interval=(0.1, 0.4))
    return Findings([*known, *said, used])


@pytest.mark.parametrize("make", [*RUNS.values(), declared_run], ids=[*RUNS, "declared"])
def test_it_is_valid(make: type[Findings]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_7)
    assert validator.validate_str(render_bom(make())) is None
    broken = bom(make()) | {"components": [{"type": "model"}]}
    assert validator.validate_str(json.dumps(broken)) is not None


def test_scores_keep_their_slices_and_intervals() -> None:
    findings = token_run()
    metrics = bom(findings)["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    head = findings["results.test.f1"]
    assert head.interval is not None
    assert {
        "type": "f1",
        "value": str(head.value),
        "slice": "test",
        "confidenceInterval": {"lowerBound": str(head.interval[0]), "upperBound": str(head.interval[1])},
    } in metrics
    assert any(metric["slice"].startswith("test, ") for metric in metrics)


def test_the_adapter_the_base_and_the_data_are_components() -> None:
    findings = token_run()
    found = bom(findings)
    adapter = found["metadata"]["component"]
    assert adapter["hashes"] == [{"alg": "SHA-256", "content": findings.value("adapter.sha256")}]
    kinds = [component["type"] for component in found["components"]]
    assert kinds[:4] == ["machine-learning-model", "data", "data", "data"] and set(kinds[4:]) == {"library"}
    refs = {component["bom-ref"] for component in found["components"]}
    assert set(found["dependencies"][0]["dependsOn"]) == refs
    assert {part["ref"] for part in adapter["modelCard"]["modelParameters"]["datasets"]} <= refs


def test_declarations_stand_where_tools_look_for_them() -> None:
    component = bom(declared_run())["metadata"]["component"]
    considered = component["modelCard"]["considerations"]
    assert considered["useCases"] == ["<direct_use>"]  # direction marks are gone
    assert considered["technicalLimitations"][0] == "Not for: <out_of_scope_use>"
    assert considered["ethicalConsiderations"] == [{"name": "<risks>", "mitigationStrategy": "<recommendations>"}]
    assert component["licenses"] == [{"license": {"name": "<license>"}}]


def test_a_range_of_energy_gives_its_upper_end_and_says_so() -> None:
    considered = bom(declared_run())["metadata"]["component"]["modelCard"]["considerations"]
    (used,) = considered["environmentalConsiderations"]["energyConsumptions"]
    assert used["activity"] == "fine-tuning" and used["activityEnergyCost"] == {"value": 0.4, "unit": "kWh"}
    assert {"name": "tunecard:how", "value": "the upper end of a range: no meter was readable"} in used["properties"]


def test_the_serial_number_follows_from_the_findings() -> None:
    def serial(findings: Findings) -> str:
        return str(bom(findings)["serialNumber"])

    def with_score(finding: Finding) -> Finding:
        return finding.model_copy(update={"value": 0.1}) if finding.id == "results.test.f1" else finding

    assert serial(token_run()) == serial(token_run())
    assert serial(Findings(map(with_score, token_run()))) != serial(token_run())
