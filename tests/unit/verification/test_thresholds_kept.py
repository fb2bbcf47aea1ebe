"""Thresholds stand in config.json, where predicting reads them, as in the records, which the card quotes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecard.evidence import Findings, RunFolder, measured
from tunecard.tasks.multi_label import MultiLabel
from tunecard.verification.identity import check_labels

TASK = MultiLabel(("joy", "fear"), thresholds=(0.25, 0.5))


def checked(folder: Path, config: dict[str, Any]) -> Any:
    stock = {
        "id2label": {"0": "joy", "1": "fear"},
        "label2id": {"joy": 0, "fear": 1},
        "problem_type": TASK.problem_type,
    }
    (folder / "config.json").write_text(json.dumps(stock | config))
    records = [measured("task.name", TASK.name), measured("task.labels", list(TASK.labels))]
    records.append(measured("task.problem_type", TASK.problem_type))
    return check_labels(RunFolder(folder), Findings([*records, *TASK.describe()]))


def test_thresholds_of_config_and_records_are_one(tmp_path):
    check = checked(tmp_path, TASK.settings)
    assert check.ok
    assert "task.thresholds" in check.covered


@pytest.mark.parametrize("config", [{}, {"thresholds": {"joy": 0.25, "fear": 0.1}}, {"thresholds": "none"}])
def test_others_are_a_fault(tmp_path, config):
    check = checked(tmp_path, config)
    assert not check.ok
    assert "config.json: thresholds is not `task.thresholds`" in check.detail
