"""Recipe to card, with the real thing in every room."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from small_runs import token_recipe

from glossary_words import unexplained, unused
from tunecard.auditing import audit_cards
from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.pipeline import render_again, run
from tunecard.publishing.privacy import report, scan
from tunecard.publishing.privacy.names import machine_patterns
from tunecard.verification import verify

RUNS = ["token_run", "pair_run"]


@pytest.fixture(params=RUNS)
def finished(request: pytest.FixtureRequest) -> RunFolder:
    folder: RunFolder = request.getfixturevalue(request.param)
    return folder


def test_a_run_leaves_what_the_contract_names(finished: RunFolder) -> None:
    names = {path.relative_to(finished.path).as_posix() for path in finished.listed_files()}
    assert {
        "README.md", "DATASET_CARD.md", "adapter_config.json", "adapter_model.safetensors", "config.json", "evidence.json",
        "recipe.yaml", "tokenizer.json", "predictions/test.parquet", "predictions/validation.parquet",
        "predictions/test.majority.parquet", "predictions/test.probe.parquet", "figures/learning_curve.png",
    } <= names  # fmt: skip
    assert finished.manifest.is_file()


def test_a_run_verifies_and_its_card_is_full(finished: RunFolder) -> None:
    verified = verify(finished.path)
    assert verified.ok, [check for check in verified.checks if check.ok is False]
    audit = audit_cards([finished.card]).to_json()["cards"][0]
    assert (audit["filled"], audit["total"], audit["metadata_errors"]) == (44, 44, [])
    assert "[More Information Needed]" not in finished.card.read_text()


def test_nothing_of_this_machine_is_in_any_file(finished: RunFolder) -> None:
    for path in finished.listed_files():
        content = path.read_bytes()
        assert str(finished.path.parent).encode() not in content, path
        assert b"pytest-of" not in content, path
    files: dict[str, Path | bytes] = {
        path.relative_to(finished.path).as_posix(): path for path in finished.listed_files()
    }
    assert report(scan(files, machine=machine_patterns(finished.path))) == []


def test_the_reloaded_adapter_is_the_trained_one(finished: RunFolder) -> None:
    findings = finished.read_findings()
    assert findings.value("reload.max_logit_difference") < 1e-4
    assert findings.value("reload.label_agreement") == 1.0
    assert findings.value("training.rescored_validation") == pytest.approx(findings.value("training.best_validation"))


def test_stock_peft_gives_the_labels_of_the_predictions_file(
    token_run: RunFolder, tiny_base: Callable[[str], Path], token_data: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

    config = AutoConfig.from_pretrained(token_run.path)
    model = AutoModelForTokenClassification.from_pretrained(tiny_base("roberta"), config=config)
    model = PeftModel.from_pretrained(model, str(token_run.path)).eval()
    tokenizer = AutoTokenizer.from_pretrained(token_run.path)
    predictions = token_run.read_predictions("test")
    rows = [json.loads(line) for line in (token_data / "test.jsonl").read_text().splitlines()]
    for row, expected in zip(predictions.rows, predictions.predictions, strict=True):
        words = rows[row]["tokens"]
        inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt", truncation=True)
        with torch.no_grad():
            best = model(**inputs).logits[0].argmax(-1)
        ids = inputs.word_ids()
        assert [
            config.id2label[int(best[ids.index(word)])] if word in ids else "O" for word in range(len(words))
        ] == expected


def test_several_seeds_and_controls_are_told(token_run: RunFolder) -> None:
    findings = token_run.read_findings()
    seeds = findings.value("training.seeds")
    assert [record["seed"] for record in seeds] == [1, 2]
    best = max(seeds, key=lambda record: record["validation"])
    assert findings.value("training.seed") == best["seed"]
    assert findings.value("results.test.f1") == pytest.approx(best["test"], abs=1e-9)
    for control in ("head", "full"):
        assert f"control.{control}.test.f1" in findings
        assert token_run.predictions("test", control).is_file()
    assert any(finding.slice == "source=web" for finding in findings)


def test_grams_stand_only_where_the_region_is_declared(token_run: RunFolder, pair_run: RunFolder) -> None:
    with_region, without = token_run.read_findings()["co2.grams"], pair_run.read_findings()["co2.grams"]
    assert with_region.status == "derived"
    assert with_region.interval is not None
    assert 0 < with_region.interval[0] < with_region.interval[1]
    assert without.status == "not measured"
    assert "card.region" in (without.reason or "")


def test_a_missing_split_is_made_and_told(pair_run: RunFolder) -> None:
    assert pair_run.read_findings().value("data.validation.origin").startswith("made:")
    assert "made" in pair_run.card.read_text()


def test_the_same_recipe_gives_the_same_adapter_bytes(
    tmp_path: Path, pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    again = run(token_recipe(tiny_base("bert"), pair_data), out=tmp_path / "again")
    assert again.adapter_weights.read_bytes() == pair_run.adapter_weights.read_bytes()
    assert again.adapter_config.read_bytes() == pair_run.adapter_config.read_bytes()


def test_a_changed_byte_a_changed_number_and_a_lost_row_are_named(tmp_path: Path, token_run: RunFolder) -> None:
    def failed(change: Callable[[RunFolder], None]) -> set[str]:
        copy = RunFolder(Path(shutil.copytree(token_run.path, tmp_path / "copy")))
        change(copy)
        names = {check.name for check in verify(copy.path).checks if check.ok is False}
        shutil.rmtree(copy.path)
        return names

    def flip_weights(folder: RunFolder) -> None:
        content = bytearray(folder.adapter_weights.read_bytes())
        content[-1] ^= 1
        folder.adapter_weights.write_bytes(content)

    def change_prose(folder: RunFolder) -> None:
        text = folder.card.read_text()
        folder.card.write_text(text.replace("95 %", "96 %", 1))
        folder.write_manifest()

    def drop_row(folder: RunFolder) -> None:
        table = pq.read_table(folder.predictions("test"))
        pq.write_table(table.slice(1), folder.predictions("test"))
        folder.write_manifest()

    assert failed(lambda folder: None) == set()
    assert failed(flip_weights)
    assert failed(change_prose)
    assert failed(drop_row)


def test_rendering_again_takes_a_new_declaration_and_keeps_the_rest(tmp_path: Path, pair_run: RunFolder) -> None:
    copy = RunFolder(Path(shutil.copytree(pair_run.path, tmp_path / "copy")))
    before = copy.card.read_text()
    render_again(copy.path)
    assert copy.card.read_text() == before
    recipe = yaml.safe_load(copy.recipe.read_text())
    recipe["card"]["contact"] = "mail@example.org"
    copy.recipe.write_text(yaml.safe_dump(recipe))
    render_again(copy.path)
    assert "mail\\@example.org" in copy.card.read_text()  # escaped: a card makes no links of its own
    assert verify(copy.path).ok


def test_a_finished_folder_is_not_overwritten_unasked(
    pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    weights = pair_run.adapter_weights.read_bytes()
    with pytest.raises(RunFolderError, match="is not empty"):
        run(token_recipe(tiny_base("bert"), pair_data), out=pair_run.path)
    assert pair_run.adapter_weights.read_bytes() == weights


def test_probabilities_are_stored_in_the_order_of_the_labels(pair_run: RunFolder) -> None:
    predictions = pair_run.read_predictions("test")
    labels = pair_run.read_findings().value("task.labels")
    assert predictions.probabilities is not None
    chosen = [labels[int(np.argmax(row))] for row in predictions.probabilities]
    assert chosen == predictions.predictions


def test_the_glossary_explains_exactly_what_the_card_says(finished: RunFolder) -> None:
    card = finished.card.read_text()
    labels = {part for label in finished.read_findings().value("task.labels") for part in label.split("-")}
    assert unexplained(card) - labels == set()
    assert unused(card) == set()


def test_each_stage_tells_its_own_hours_and_energy(token_run: RunFolder) -> None:
    findings, card = token_run.read_findings(), token_run.card.read_text()
    stages = ("preparation", "training", "evaluation", "baselines", "controls")
    assert all(f"energy.{stage}_kwh" in findings and f"co2.{stage}_grams" in findings for stage in stages)
    hours = sum(findings.value(f"environment.{stage}_hours") for stage in stages)
    assert 0 < hours <= findings.value("environment.hours")
    ends = [findings[f"energy.{stage}_kwh"].interval for stage in stages]
    if all(ends):  # no meter here
        assert findings["energy.total_kwh"].interval == pytest.approx([sum(end) for end in zip(*ends, strict=True)])
    assert "; of all, [" in card and "controls [" in card


def test_declarations_name_the_adapter_that_they_were_made_for(token_run: RunFolder) -> None:
    findings = token_run.read_findings()
    assert findings.value("declared.for_adapter") == findings.value("adapter.sha256")
    assert findings["citation.bibtex"].status == "derived"  # developed_by is declared, no file is
