"""A score for a leaderboard is written by huggingface_hub's own entries, only for a whole split of a known benchmark."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from example_findings import text_run
from huggingface_hub import parse_eval_result_entries

from tunecard.card import render_eval_results
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.verification.eval_records import check_eval_records
from tunecard.version import RENDERER_VERSION

WHOLE = {
    "data.source": "TIGER-Lab/MMLU-Pro",
    "data.revision": "a" * 40,
    "data.test.origin": "given",
    "data.test.dropped": {},
    "task.name": "multiple-choice",
    "run.renderer_version": RENDERER_VERSION,
}


def scored(**other: Any) -> Findings:
    values = WHOLE | {key.replace("__", "."): value for key, value in other.items()}
    rest = [one for one in text_run() if one.id not in values]
    new = [measured(id, value, section="results", name=id) for id, value in values.items() if value is not None]
    return Findings([*rest, *new])


def test_the_entry_is_read_back_by_the_hub_s_client() -> None:
    findings = scored()
    files = render_eval_results(findings)
    assert list(files) == ["mmlu_pro.yaml"]
    (entry,) = parse_eval_result_entries(yaml.safe_load(files["mmlu_pro.yaml"]))
    score = findings["results.test.accuracy"]
    assert score.interval is not None
    assert (entry.dataset_id, entry.task_id, entry.dataset_revision) == ("TIGER-Lab/MMLU-Pro", "mmlu_pro", "a" * 40)
    assert entry.value == round(100 * float(str(score.value)), 2) and entry.date == "2026-11-20"
    assert (
        entry.notes is not None and f"n = {score.n}" in entry.notes and f"{100 * score.interval[0]:.2f}" in entry.notes
    )
    assert entry.verify_token is None and entry.source_url is None


@pytest.mark.parametrize(
    "other",
    [
        {"data__source": "somebody/MMLU-Pro"},
        {"data__source": ["TIGER-Lab/MMLU-Pro", "more.csv"]},
        {"data__config": "small"},
        {"data__test__origin": "given; sample of 100 of 12,032 rows, seed 42"},
        {"data__test__dropped": {"no label": 1}},
        {"results__headline": "results.validation.accuracy"},
    ],
)
def test_anything_else_is_no_entry(other: dict[str, Any]) -> None:
    assert render_eval_results(scored(**other)) == {}


def test_verify_names_a_score_that_the_evidence_has_not(tmp_path: Any) -> None:
    folder, findings = RunFolder(tmp_path), scored()
    assert ".eval_results/mmlu_pro.yaml is missing" in check_eval_records(folder, findings).detail
    folder.eval_results.mkdir()
    better = render_eval_results(findings)["mmlu_pro.yaml"].replace("value: ", "value: 9")
    (folder.eval_results / "mmlu_pro.yaml").write_text(better)
    assert "mmlu_pro.yaml is not what the evidence says of a benchmark" in check_eval_records(folder, findings).detail
    (folder.eval_results / "hle.yaml").write_text("- value: 99")
    assert "hle.yaml is not" in check_eval_records(folder, scored(data__source="x.csv")).detail
