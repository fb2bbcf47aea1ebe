"""Labels that no probe doubts: those of rows with several, numbers, and places of choices."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.evidence import Findings, measured
from tunecard.evidence.conditions import without_doubts

COUNTS = {"low": 100, "high": 100}


@pytest.mark.parametrize(
    ("labels", "others", "is_gap"),
    [
        (["no", "yes"], {}, False),
        (["V"], {}, True),
        (["A", "B"], {"results.test.accuracy": 0.8}, True),
        (["no", "yes"], {"results.test.accuracy": 0.8, "results.test.macro_f1": 0.8}, False),
        (["start", "end"], {"results.test.exact_match": 0.4, "results.test.f1": 0.5}, True),
        (["joy", "fear"], {"data.train.labels_a_row": {"0": 10, "1": 190}}, True),
    ],
)
def test_only_classes_of_whole_rows_are_doubted(labels: list[str], others: dict[str, Any], is_gap: bool) -> None:
    records = {"task.labels": labels, "data.train.labels": COUNTS, "training.head_probe": 0.9, **others}
    findings = Findings([measured(id, value, name=id) for id, value in records.items()])
    assert bool(list(without_doubts(findings))) is is_gap
