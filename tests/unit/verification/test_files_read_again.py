"""The adapter's own files, the recipe, the rows and the arithmetic: a forgery that hashes do not see."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

from tunecard.adapters.methods.lora import LORA
from tunecard.evidence import Findings, measured
from tunecard.evidence.adapter_file import read_header
from tunecard.verification import file_sizes, verify
from tunecard.verification.arithmetic import check_arithmetic
from tunecard.verification.effective_rank import effective_ranks


def said(run, name):
    check = run.check(verify(run.folder.path), name)
    assert check.ok is False
    return check.detail


@pytest.mark.parametrize(
    ("id", "value", "name", "words"),
    [
        ("adapter.rank", 64, "adapter", "adapter.rank is 64, adapter_config.json says 2"),
        ("adapter.alpha", 64.0, "adapter", "adapter.alpha is 64.0, adapter_config.json says 4"),
        ("adapter.adapted_layers", 9, "adapter", "adapter.adapted_layers is 9, adapter_model.safetensors says 2"),
        ("model.trainable_parameters", 9, "adapter", "model.trainable_parameters is 9, adapter_model.safetensors says"),
        ("model.parameters", 9, "adapter", "model.parameters is 9, adapter_model.safetensors says 1048"),
        ("base_model.revision", "x", "adapter", "base_model.revision is 'x', adapter_config.json says 'abc123'"),
        ("base_model.layers", 24, "labels", "base_model.layers is 24, config.json says 2"),
        (
            "results.protocol",
            "best-epoch-dev",
            "settings",
            "results.protocol is 'best-epoch-dev', recipe.yaml says 'held-out'",
        ),
        ("training.seed", 3, "settings", "training.seed is 3, recipe.yaml says [42]"),
        ("declared.license", "mit", "settings", "declared.license is 'mit', recipe.yaml declares 'apache-2.0'"),
        ("data.test.rows", 41, "rows", "data.test.rows is 41, predictions/test.parquet says 40"),
        ("training.best_epoch", 1, "arithmetic", "training.best_epoch is 1, training.curve give 3"),
        ("environment.hours", 1.0, "arithmetic", "environment.hours is 1.0, run.seconds give 0.01"),
        ("card.fields", {"measured": 44}, "arithmetic", "card.fields is {'measured': 44}"),
    ],
)
def test_what_a_file_says_otherwise_is_named(text_run, id, value, name, words):
    text_run.set(id, value=value)
    assert words in said(text_run, name)


@pytest.mark.parametrize(
    ("keep", "error", "kept"),
    [("best", 0.05, 2), ("level", 0.05, 3), ("level", None, 2), ("last", 0.05, 4), ("unheard-of", 0.05, None)],
)
def test_the_epoch_that_was_kept_follows_from_the_curve(text_run, keep, error, kept):
    scores = {1: 0.5, 2: 0.8, 3: 0.76, 4: 0.7}
    curve = [{"epoch": n, "step": n, "validation_metric": score, "validation_error": error}
             for n, score in scores.items()]  # fmt: skip
    for said, score in {**scores, 99: 0.99}.items():
        told = {"training.curve": curve, "training.hyperparameters": {"keep": keep}, "training.best_epoch": said,
                "training.best_validation": score}  # fmt: skip
        findings = Findings(measured(id, value, section="training", name=id) for id, value in told.items())
        assert check_arithmetic(text_run.folder, findings).ok is (kept in {said, None})


@pytest.mark.parametrize(
    ("metric", "settings", "kept"),
    [("eval_loss", {}, 2), ("eval_f1", {}, 1), ("eval_error", {"greater_is_better": False}, 2),
     ("eval_loss", {"greater_is_better": True}, 1)],
)  # fmt: skip
def test_a_trainer_may_have_kept_the_lowest(text_run, metric, settings, kept):
    curve = [{"epoch": n, "step": n, "validation_metric": value} for n, value in ((1, 0.9), (2, 0.3), (3, 0.5))]
    for said in (1, 2, 3):
        told = {"training.curve": curve, "training.hyperparameters": {"learning_rate": 1e-3, **settings},
                "training.best_metric": metric, "training.best_epoch": said,
                "training.best_validation": curve[said - 1]["validation_metric"]}  # fmt: skip
        findings = Findings(measured(id, value, section="training", name=id) for id, value in told.items())
        assert check_arithmetic(text_run.folder, findings).ok is (said == kept)


@pytest.mark.parametrize(("mean", "ok"), [(0.7, True), (0.8, False)])
def test_the_spread_over_seeds_follows_from_the_seeds(text_run, mean, ok):
    seeds = [{"seed": seed, "test": test} for seed, test in ((1, 0.5), (2, 0.9))]
    spread = {"mean": mean, "lowest": 0.5, "highest": 0.9}
    told = {"training.seeds": seeds, "training.seeds_summary": spread}
    findings = Findings(measured(id, value, section="results", name=id) for id, value in told.items())
    check = check_arithmetic(text_run.folder, findings)
    assert check.ok is ok
    assert ok or "training.seeds_summary is {'mean': 0.8" in check.detail


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rank": 3}, "encoder.layer.0.query has rank 3, not 2"),
        ({"effective_rank": 1.0}, "encoder.layer.0.query has effective rank"),
        ({"module": "encoder.layer.7.query"}, "tells of 2 modules"),
        ({"relative_norm": 0.4}, "examination.layers does not follow from examination.update_norms"),
    ],
)
def test_an_examination_that_the_factors_do_not_give_is_named(text_run, fields, words):
    norms = text_run.folder.read_findings().value("examination.update_norms")
    text_run.set("examination.update_norms", value=[norms[0] | fields, *norms[1:]])
    assert words in said(text_run, "adapter")


def test_a_module_that_was_not_saved_is_named(text_run):
    text_run.set("adapter.modules_to_save", value=["classifier", "pooler"])
    assert "adapter.modules_to_save is ['classifier', 'pooler']" in said(text_run, "adapter")


def test_a_declaration_of_nobody_is_named(text_run):
    said_by = "declared in recipe.yaml on x"
    text_run.set("declared.contact", value="me", status="declared", method=said_by, reason=None)
    assert "declared.contact is 'me', recipe.yaml declares nothing" in said(text_run, "settings")


def test_a_baseline_that_is_not_the_majority_is_named(text_run):
    findings = text_run.folder.read_findings()
    text_run.change_findings(
        lambda record: record | {"id": "data.train.labels", "value": {"good": 1, "bad": 9, "mixed": 2}}
        if record["id"] == "task.name.x" or record["id"] == "training.best_metric" else record
    )  # fmt: skip
    assert findings.value("task.name") == "text-classification"
    assert "does not answer with the most frequent class" in said(text_run, "rows")


def test_a_recipe_that_repeats_itself_is_not_unfolded(text_run):
    text_run.folder.recipe.write_text("a: &a [x, x]\nb: &b [*a, *a]\nbase_model: [*b, *b]\n")
    assert "repeats parts of itself by aliases" in said(text_run, "settings")


def test_get_started_code_of_another_hand_is_refused(text_run):
    code = text_run.folder.read_findings().value("start.code")
    text_run.set("start.code", value=code.replace("import torch\n", "import torch; import os\n"))
    text_run.render()
    assert "`start.code` is not what tunecard writes for this task and base" in said(text_run, "get-started code")


def test_effective_ranks_are_those_of_the_factors(tmp_path):
    """Two orthogonal directions of equal size count as 2, a single one as 1, in every number type."""
    path = tmp_path / "adapter.safetensors"
    for dtype in (np.float64, np.float32, np.float16):
        save_file(
            {
                "base_model.model.a.lora_A.weight": np.eye(2, 5, dtype=dtype),
                "base_model.model.a.lora_B.weight": np.eye(4, 2, dtype=dtype),
                "base_model.model.b.lora_A.weight": np.array([[1, 0, 0], [1, 0, 0]], dtype=dtype),
                "base_model.model.b.lora_B.weight": np.ones((3, 2), dtype=dtype),
            },
            path,
        )
        assert effective_ranks(path, read_header(path), LORA.adapted(read_header(path))) == pytest.approx(
            {"a": 2.0, "b": 1.0}
        )


def test_the_difference_to_a_start_that_was_not_left_has_no_rank(tmp_path):
    path, dice = tmp_path / "adapter.safetensors", np.random.default_rng(0)
    a, b = dice.normal(size=(3, 7)), dice.normal(size=(5, 3))
    factors = {"A": np.concatenate([a, a]), "B": np.concatenate([b, -b], axis=1)}
    save_file({f"base_model.model.m.lora_{part}.weight": value for part, value in factors.items()}, path)
    assert effective_ranks(path, read_header(path), LORA.adapted(read_header(path))) == {"m": None}


@pytest.mark.parametrize("content", [b"", b"weights", b"\xff" * 64, b"\x02" + b"\0" * 7 + b"{}x"])
def test_what_is_no_safetensors_file_is_said_to_be_none(text_run, content):
    text_run.folder.adapter_weights.write_bytes(content)
    said(text_run, "adapter")


def test_a_file_too_large_is_not_opened(text_run, monkeypatch):
    monkeypatch.setitem(file_sizes.MOST_BYTES, "evidence.json", 100)
    report = verify(text_run.folder.path)
    assert not report.ok
    assert "evidence.json has" in text_run.check(report, "size").detail
    assert {check.ok for check in report.checks if check.name != "size"} == {None}


def test_a_small_file_that_unpacks_to_millions_of_rows_is_not_opened(text_run):
    path = text_run.folder.predictions("test", "bomb")
    rows = file_sizes.MOST_ROWS + 1
    pq.write_table(pa.table({"row": pa.nulls(rows, pa.int64())}), path)
    assert path.stat().st_size < 100_000
    assert f"unpacks to {rows:,} rows" in said(text_run, "size")


@pytest.mark.parametrize("value", [[1], {"a": []}, [{"module": 1}], [[]], "x", [{"counts": 1}], {"counts": [["x"]]}])
def test_evidence_of_any_shape_stops_no_report(text_run, value):
    for id in ("training.curve", "training.hyperparameters", "card.fields", "results.test.confusion", "start.code"):
        text_run.set(id, value=value)
    text_run.change_findings(
        lambda record: record | {"id": "examination.update_norms", "value": value}
        if record["id"] == "training.class_weights" else record
    )  # fmt: skip
    report = verify(text_run.folder.path)
    assert not report.ok
    assert json.dumps(report.to_json())


def test_a_score_said_to_come_from_a_missing_file_is_still_compared(text_run):
    """Withheld is what is withheld, not what says so."""
    source = {"file": "predictions/nowhere.parquet", "sha256": "0" * 64}
    text_run.set("results.test.accuracy", value=0.999, source=source)
    text_run.render()
    assert "results.test.accuracy: value is 0.999" in said(text_run, "scores")


def test_claims_are_counted_once_each_and_told_in_80_columns(text_run):
    from rich.console import Console

    from tunecard.verification import render_report

    report = verify(text_run.folder.path)
    findings = text_run.folder.read_findings()
    assert sorted(id for claim in report.claims for id in claim.ids) == sorted(finding.id for finding in findings)
    by_how = {claim.how: claim for claim in report.claims}
    assert "results.test.accuracy" in by_how["recomputed from the stored predictions"].ids
    assert "adapter.rank" in by_how["read again from the files in the folder"].ids
    assert not by_how["declared: only the one who declared can answer for them"].is_checked
    text_run.set("adapter.rank", value=64)
    broken = {claim.how: claim for claim in verify(text_run.folder.path).claims}["asked about in a check that failed"]
    assert "adapter.rank" in broken.ids and not broken.is_checked
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    render_report(report, console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "What no check can show: an author who made up the data" in " ".join(text.split())
