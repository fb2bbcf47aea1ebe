"""What was saved must be what was trained: permuted labels in config.json do not pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tunecard.encoders import locate_base
from tunecard.errors import AdapterError
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks.text_classification import TextClassification


def test_labels_saved_in_another_order_are_named(tmp_path: Path, tiny_base: Callable[[str], Path]) -> None:
    folder = RunFolder(tmp_path)
    folder.model_config.write_text(json.dumps({"id2label": {"0": "no", "1": "yes"}}))
    findings = Findings([measured("task.labels", ["yes", "no"], section="model_type", name="Labels")])
    with pytest.raises(AdapterError, match="the same labels in another order"):
        reload_strictly(folder, locate_base(str(tiny_base("bert"))), TextClassification(("yes", "no")), findings)
