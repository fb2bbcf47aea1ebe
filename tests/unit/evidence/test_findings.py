"""Findings say how they are known, and the run folder gives back what it was given."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunecard.errors import RunFolderError
from tunecard.evidence import Finding, Findings, Predictions, RunFolder, derived, measured, not_measured

PLACE: dict[str, Any] = {"section": "results", "name": "F1"}


def found(id: str, status: str = "measured", **rest: Any) -> Finding:
    """A finding as a file may hold it, whatever its id."""
    return Finding(id=id, status=status, **PLACE, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, {"mean": math.nan}, [1.0, {"x": [-math.inf]}]])
def test_a_value_is_never_nan(value: Any) -> None:
    with pytest.raises(ValueError, match="never NaN or infinite"):
        measured("results.test.f1", value, **PLACE)


def test_an_interval_is_never_nan() -> None:
    with pytest.raises(ValueError, match="never NaN or infinite"):
        measured("results.test.f1", 0.5, interval=(0.1, math.nan), level=0.95, **PLACE)


def test_nothing_is_silent() -> None:
    with pytest.raises(ValueError, match=r"a measured finding has a value or an interval"):
        measured("results.test.f1", None, **PLACE)
    with pytest.raises(ValueError, match="has a reason and no value"):
        not_measured("results.test.f1", reason="", **PLACE)
    with pytest.raises(ValueError, match="has a reason and no value"):
        not_measured("results.test.f1", reason="no rows", value=0.0, **PLACE)


def test_a_range_has_no_value() -> None:
    finding = derived("energy.training_kwh", None, interval=(0.1, 0.2), unit="kWh", method="power x time", **PLACE)
    assert (finding.status, finding.value, finding.interval) == ("derived", None, (0.1, 0.2))


def test_an_id_is_recorded_once() -> None:
    findings = Findings([found("a.b", value=1)])
    with pytest.raises(ValueError, match=r"finding a\.b is recorded twice"):
        findings.add(found("a.b", value=2))


def test_lookups() -> None:
    findings = Findings([found("a.b", value=0), found("a.bc", value=2), found("a.b.c", "not measured", reason="r")])
    assert [finding.id for finding in findings.under("a.b")] == ["a.b.c"]
    assert findings.value("a.b", default=7) == 0
    assert findings.value("a.b.c", default=7) == 7
    assert findings.get("x") is None
    assert ("a.bc" in findings, len(findings), [finding.id for finding in findings]) == (
        True,
        3,
        ["a.b", "a.bc", "a.b.c"],
    )


def test_evidence_reads_back_equal(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "x.txt").write_text("x")
    given = [
        found("a", value={"labels": ["O"], "n": 1.5}, interval=(0.25, 0.5), level=0.95, n=4, source=folder.source(tmp_path / "x.txt")),
        found("b", "declared", value="CC0", method="declared by Anna"),
        found("c", "not measured", reason="no meter"),
    ]  # fmt: skip
    folder.write_findings(given)
    assert list(folder.read_findings()) == given
    record = json.loads(folder.evidence.read_text())
    assert record["schema_version"] == 1
    assert record["findings"][1].keys() == {
        "id", "section", "name", "status", "value", "unit", "n", "interval", "level", "method", "split", "slice",
        "seed", "source", "reason",
    }  # fmt: skip
    assert record["findings"][0]["source"] == {"file": "x.txt", "sha256": hashlib.sha256(b"x").hexdigest()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as evidence"),
        ("{}", "cannot be read as evidence"),
        ('{"schema_version": 2, "findings": []}', "schema_version must be 1. Got 2."),
        ('{"schema_version": 1, "findings": [{"id": "a"}]}', "cannot be read as evidence"),
        ('{"schema_version": 1, "findings": [3]}', "cannot be read as evidence"),
        ("[]", "cannot be read as evidence"),
    ],
)
def test_broken_evidence_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "evidence.json").write_text(content)
    with pytest.raises(RunFolderError, match=message):
        RunFolder(tmp_path).read_findings()


def test_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no evidence.json here. A run folder is made by `tunecard run RECIPE`"):
        RunFolder(tmp_path).read_findings()


def test_twice_recorded_evidence_is_refused(tmp_path: Path) -> None:
    record = found("a", value=1).model_dump(mode="json")
    (tmp_path / "evidence.json").write_text(json.dumps({"schema_version": 1, "findings": [record, record]}))
    with pytest.raises(RunFolderError, match="recorded twice"):
        RunFolder(tmp_path).read_findings()


def test_predictions_of_texts_read_back_equal(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    given = Predictions([5, 3], ["a", "b"], ["b", "b"], [[0.25, 0.75], [0.5, 0.5]], {"length": ["1-8 words", "9+"]})
    path = folder.write_predictions(given, "test", "majority")
    assert path == tmp_path / "predictions" / "test.majority.parquet"
    assert folder.read_predictions("test", "majority") == given
    flat = folder.read_probabilities("test", "majority")
    assert flat is not None
    np.testing.assert_array_equal(flat.values, [[0.25, 0.75], [0.5, 0.5]])


def test_predictions_of_tokens_read_back_equal(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    given = Predictions([0, 1], [["O", "B-X"], ["O"]], [["O", "O"], ["B-X"]], [[[0.75, 0.25], None], [[0.5, 0.5]]])
    folder.write_predictions(given, "test")
    assert folder.read_predictions("test") == given
    flat = folder.read_probabilities("test")
    assert flat is not None
    assert (flat.is_known.tolist(), flat.starts.tolist()) == ([True, False, True], [0, 2, 3])
    assert folder.read_predictions("test", with_probabilities=False).probabilities is None


def test_unlabelled_and_empty_predictions(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    unlabelled = Predictions([0], [None], ["a"])
    folder.write_predictions(unlabelled, "test")
    assert folder.read_predictions("test") == unlabelled
    folder.write_predictions(Predictions([], [], [], []), "empty")
    assert len(folder.read_predictions("empty")) == 0


def test_broken_predictions_are_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    path = folder.write_predictions(Predictions([0], ["a"], ["a"]), "test")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunFolderError, match="cannot be read as a predictions file"):
        folder.read_predictions("test")
    with pytest.raises(RunFolderError, match="cannot be read as a predictions file"):
        folder.read_predictions("validation")


def test_prediction_files_are_listed_by_split_and_predictor(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for split, predictor in (("test", None), ("test", "head"), ("validation", None)):
        folder.write_predictions(Predictions([0], ["a"], ["a"]), split, predictor)
    found = [(split, predictor) for split, predictor, _ in folder.prediction_files()]
    assert found == [("test", "head"), ("test", None), ("validation", None)]


def test_the_manifest_lists_every_file_but_the_agreed_ones(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    listed = ["README.md", "adapter_model.safetensors", "figures/scores.png", "predictions/test.parquet", ".hidden"]
    unlisted = [
        "manifest.json",
        "manifest.json.sig",
        ".gitattributes",
        ".lock",
        "checkpoints/a/x",
        ".git/HEAD",
        ".cache/y",
    ]
    for name in [*listed, *unlisted, "figures/checkpoints"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    folder.write_manifest()
    records = json.loads(folder.manifest.read_text())["files"]
    assert {record["path"] for record in records} == {*listed, "figures/checkpoints"}
    for record in records:
        content = (tmp_path / record["path"]).read_bytes()
        assert record == {"path": record["path"], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
