"""bom.json against the schema of CycloneDX 1.7, and against the findings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from example_findings import text_run, token_run

from tunecard.card import render_bom
from tunecard.evidence import Finding, Findings, declared, derived, measured

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


SWAPS: list[Any] = [
    {
        "family": "gender", "groups": 2, "rows": 60, "flips": 12, "flip_rate": 0.2, "flip_interval": [0.12, 0.32],
        "first": "women", "second": "men", "gap": 0.2, "gap_interval": [0.1, 0.3], "p": 0.001, "distinguishable": True,
    },
    {"family": "country", "groups": 2, "rows": 30, "flips": 0, "flip_rate": 0.0, "flip_interval": [0.0, 0.11]},
]  # fmt: skip
CHANGED: list[Any] = [
    {
        "change": "typing errors",
        "strength": 0.1,
        "rows": 90,
        "drop": 0.1,
        "drop_interval": [0.02, 0.2],
        "flip_rate": 0.1,
    }
]


def probed_run() -> Findings:
    known = [one for one in text_run() if not one.id.startswith("examination.")]
    scores: list[Any] = [{"family": "gender", "group": "women", "rows": 60, "score": 0.9}]
    return Findings([
        *known,
        measured("examination.group_swaps", SWAPS, n=90),
        measured("examination.group_scores", scores, n=60),
        measured("examination.robustness", CHANGED, n=90),
    ])  # fmt: skip


def card_of(findings: Findings) -> dict[str, Any]:
    found: dict[str, Any] = bom(findings)["metadata"]["component"]["modelCard"]
    return found


def test_what_probes_found_of_groups_is_a_fairness_assessment_and_a_risk() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(render_bom(probed_run())) is None
    considered = card_of(probed_run())["considerations"]
    gender, country = considered["fairnessAssessments"]
    assert gender["groupAtRisk"] == "gender" and "they hang on gender" in gender["mitigationStrategy"]
    assert gender["harms"] == (
        "0.200 (0.120 to 0.320) of answers flip when the same rows speak of another group; "
        "accuracy of women minus men +0.200 (0.100 to 0.300), more than chance explains; n = 60 rows"
    )
    assert country["harms"].endswith("n = 30 rows") and "mitigationStrategy" not in country
    (risk,) = [one for one in considered["ethicalConsiderations"] if "Groups of people" in one["name"]]
    assert "women minus men +0.200" in risk["name"] and "they hang on gender" in risk["mitigationStrategy"]
    assert any("Groups of people" in limit for limit in considered["technicalLimitations"])
    assert not re.search(r"\*\*|\]\[\d", json.dumps(considered))  # no Markdown is left


def test_rows_written_otherwise_are_slices() -> None:
    metrics = card_of(probed_run())["quantitativeAnalysis"]["performanceMetrics"]
    bounds = {"lowerBound": "0.02", "upperBound": "0.2"}
    where = "test, typing errors, strength 0.1"
    assert {"type": "drop of accuracy", "value": "0.1", "slice": where, "confidenceInterval": bounds} in metrics
    assert {"type": "accuracy", "value": "0.9", "slice": "test, gender, women"} in metrics


def test_probes_that_did_not_run_are_limits_with_the_command() -> None:
    limits = card_of(text_run())["considerations"]["technicalLimitations"]
    (told,) = [limit for limit in limits if limit.startswith("Probes not run: ")]
    assert "tunecard examine DIR --probes " in told


def test_properties_have_the_names_that_others_read() -> None:
    found = bom(text_run())
    ours = {one["name"]: one["value"] for one in found["metadata"]["component"]["modelCard"]["properties"]}
    assert {"genai:aibom:modelcard:hyperparameter", "genai:aibom:modelcard:contextLength"} <= ours.keys()
    assert json.loads(ours["genai:aibom:modelcard:hyperparameter"])["training.epochs"] == 10
    whole = {one["name"]: one["value"] for one in found["metadata"]["properties"]}
    head = text_run()["results.test.accuracy"]
    assert whole["metric"].startswith(f"accuracy {head.value} (")
    assert "Not tested: " in whole["safetyRiskAssessment"] and whole["energyUnit"] == "kWh"
    names = re.findall(r'"name": "([^"]*:[^"]*)", "value"', json.dumps(found))
    assert names and all(re.fullmatch(r"(tunecard|genai):[a-zA-Z0-9_:-]+", name) for name in names)


def test_the_serial_number_follows_from_the_findings() -> None:
    def serial(findings: Findings) -> str:
        return str(bom(findings)["serialNumber"])

    def with_score(finding: Finding) -> Finding:
        return finding.model_copy(update={"value": 0.1}) if finding.id == "results.test.f1" else finding

    assert serial(token_run()) == serial(token_run())
    assert serial(Findings(map(with_score, token_run()))) != serial(token_run())
