"""The YAML at the top, read back with PyYAML and with the Hub's own client."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from example_findings import text_run, token_run
from huggingface_hub import ModelCard
from read_markdown import front_matter

from tunecard.card import render_card
from tunecard.card.model_metadata import licence_keys, metadata_of
from tunecard.evidence import Finding, Findings, declared


def changed(findings: Findings, id: str, **update: Any) -> Findings:
    assert id in findings
    return Findings(f.model_copy(update=update) if f.id == id else f for f in findings)


def saying(findings: Findings, **said: str) -> Findings:
    """The run with these declarations."""
    kept = [f for f in findings if f.id.removeprefix("declared.") not in said]
    new = [declared(f"declared.{key}", text, section=key, name=key, method="declared") for key, text in said.items()]
    return Findings([*kept, *new])


def test_yaml_is_what_was_meant() -> None:
    record = yaml.safe_load(front_matter(render_card(token_run())))
    assert record == metadata_of(token_run())
    assert record["base_model"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert record["base_model_relation"] == "adapter"
    assert record["library_name"] == "peft"
    assert record["pipeline_tag"] == "token-classification"
    assert record["license"] == "apache-2.0"
    assert record["language"] == ["en"]
    assert record["metrics"] == ["seqeval", "f1", "precision", "recall", "accuracy"]
    assert "datasets" not in record


@pytest.mark.parametrize("make", [token_run, text_run])
def test_the_hubs_client_reads_the_results_back(make: type[Findings]) -> None:
    findings = make()
    data = ModelCard(render_card(findings)).data
    results = {result.metric_type + result.metric_name: result for result in data.eval_results}
    split = "test"
    headline = findings[findings.value("results.headline")]
    found = [r for r in results.values() if r.metric_value == headline.value]
    assert len(found) == 1
    assert found[0].dataset_split == split
    assert found[0].metric_args == {"interval": list(headline.interval or ()), "level": 0.95, "n": headline.n}
    assert all(isinstance(result.metric_value, float) and result.verified is None for result in results.values())
    assert yaml.safe_load(data.to_yaml())["model-index"] == metadata_of(findings)["model-index"]


def test_hub_data_is_named_and_local_data_is_a_slug() -> None:
    record = metadata_of(text_run())
    assert record["datasets"] == ["PolyAI/banking77"]
    assert record["model-index"][0]["results"][0]["dataset"]["type"] == "PolyAI/banking77"
    local = metadata_of(changed(text_run(), "data.source", value="My rows (v2).csv"))
    assert "datasets" not in local
    dataset = local["model-index"][0]["results"][0]["dataset"]
    assert dataset == {"type": "my-rows-v2-.csv", "name": "My rows (v2).csv", "split": "test"}


def test_a_local_base_is_never_written() -> None:
    record = metadata_of(changed(token_run(), "base_model.is_local", value=True))
    assert "base_model" not in record
    assert "base_model_relation" not in record


def test_nothing_is_invented() -> None:
    record = metadata_of(text_run())
    assert not {"license", "language", "co2_eq_emissions"} & set(record)
    assert set(metadata_of(Findings())) == {"library_name", "tags"}


def test_emissions_need_grams_and_a_region() -> None:
    every = [f for f in token_run() if f.id != "co2.grams"]
    grams = Finding(id="co2.grams", section="co2_emitted", name="g", status="derived", interval=(0.12, 3.4), method="m")
    assert "co2_eq_emissions" not in metadata_of(Findings([*every, grams]))
    record = metadata_of(saying(Findings([*every, grams]), region="FRA"))["co2_eq_emissions"]
    assert record["emissions"] == 3.4
    assert "0.12-3.4 g" in record["source"]
    assert record["geographical_location"] == "FRA"


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("CC BY 3.0", {"license": "cc-by-3.0"}),
        ("My Own Licence\nmit: yes", {"license": "other", "license_name": "my-own-licence-mit-yes"}),
        (None, {}),
    ],
)
def test_licences(said: str | None, keys: dict[str, str]) -> None:
    assert licence_keys(said) == keys
