"""What a run says about its data: repeats across splits slice the scores, labels are judged, both data files verify."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import pair_rows, token_recipe

from tunecard.data.quality.overlap import FOUND, NOT_FOUND
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


@pytest.fixture(scope="module")
def shared_rows(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], warm_processes: None
) -> RunFolder:
    """Pairs of which 6 of the 24 test rows are training rows, and 6 more nearly."""
    train, test = pair_rows(80, 0), pair_rows(400, 7)[300:324]
    test[:6] = train[:6]
    test[6:12] = [
        row | {"premise": f"The well known {row['premise']}", "hypothesis": f"{row['hypothesis']}, in town"}
        for row in train[6:12]
    ]
    train[6:12] = [row | {"hypothesis": f"{row['hypothesis']}."} for row in test[6:12]]
    folder = tmp_path_factory.mktemp("data") / "shared-pairs"
    folder.mkdir()
    for name, rows in {"train": train, "validation": pair_rows(200, 3)[184:], "test": test}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "metadata.json").write_text(json.dumps({"curators": "Somebody", "language": "en"}))
    return run(token_recipe(tiny_base("bert"), folder), out=tmp_path_factory.mktemp("runs") / "shared-pairs")


def test_rows_that_training_holds_slice_the_score(shared_rows: RunFolder) -> None:
    findings = shared_rows.read_findings()
    assert findings.value("data.overlap.train.test") == 6
    assert findings.value("data.near_overlap.train.test") >= 6
    factor = shared_rows.read_predictions("test").factors["overlap"]
    assert factor[:12] == [FOUND] * 12
    clean = findings[f"results.test.slice.overlap={NOT_FOUND}.accuracy"]
    assert clean.n == factor.count(NOT_FOUND)
    assert shared_rows.read_predictions("test", "majority").rows == shared_rows.read_predictions("test").rows
    assert "are not found in train" in shared_rows.dataset_card.read_text()


def test_a_moved_row_of_the_factor_is_seen_by_verify(shared_rows: RunFolder, tmp_path: Path) -> None:
    assert verify(shared_rows.path).ok
    copy = RunFolder(Path(shutil.copytree(shared_rows.path, tmp_path / "copy")))
    predictions = copy.read_predictions("test")
    predictions.factors["overlap"][0] = NOT_FOUND
    copy.write_predictions(predictions, "test")
    copy.write_manifest()
    assert not verify(copy.path).ok


def test_labels_are_judged_and_rows_are_those_of_the_source(shared_rows: RunFolder, token_run: RunFolder) -> None:
    pairs = shared_rows.read_findings()["data.suspect_labels.train"]
    words = token_run.read_findings()["data.suspect_labels.train"]
    for finding, unit in ((pairs, "rows"), (words, "words")):
        assert (finding.status, finding.unit) == ("measured", unit), finding.reason
        assert isinstance(finding.value, dict)
        assert finding.value["count"] >= len(finding.value["most_suspect"])
        assert all(set(record) <= {"row", "word", "given", "likely"} for record in finding.value["most_suspect"])
    assert pairs.n == shared_rows.read_findings().value("data.train.rows")


def test_no_text_of_the_data_is_in_the_findings(shared_rows: RunFolder) -> None:
    for path in (shared_rows.evidence, shared_rows.dataset_card, shared_rows.croissant):
        assert "was seen" not in path.read_text()


def test_both_data_files_are_covered_and_rendered_again(shared_rows: RunFolder, tmp_path: Path) -> None:
    checks = {check.name: check for check in verify(shared_rows.path).checks}
    assert checks["dataset card"].ok
    assert checks["croissant"].ok
    assert "croissant.json" in shared_rows.manifest.read_text()
    copy = RunFolder(Path(shutil.copytree(shared_rows.path, tmp_path / "copy")))
    copy.croissant.write_text(copy.croissant.read_text().replace("Somebody", "Somebody else"))
    copy.write_manifest()
    failed = [check.name for check in verify(copy.path).checks if check.ok is False]
    assert failed == ["croissant"]


def test_without_a_probe_no_label_is_judged(tmp_path: Path, tiny_base: Callable[[str], Path], pair_data: Path) -> None:
    recipe = token_recipe(tiny_base("bert"), pair_data, adapter={"rank": 4, "train_head": True})
    finding = run(recipe, out=tmp_path / "run").read_findings()["data.suspect_labels.train"]
    assert finding.status == "not measured"
    assert "from-probe" in (finding.reason or "")
