"""What follows from predictions cannot be left out of the evidence unnoticed, even where the predictions are withheld."""

import numpy as np
import pytest

from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.catalogue import required
from tunecard.rows.overlap import FACTOR, FOUND, NOT_FOUND
from tunecard.tasks import task_named


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    folder, rng = RunFolder(tmp_path_factory.mktemp("run")), np.random.default_rng(4)
    for split in ("validation", "test"):
        stated = rng.uniform(0.5, 1.0, 200)
        labels = np.where(rng.random(200) < stated, "yes", "no").tolist()
        overlap = np.where(rng.random(200) < 0.3, FOUND, NOT_FOUND).tolist()
        likely = [[1 - p, p] for p in stated]
        folder.write_predictions(
            Predictions(list(range(200)), labels, ["yes"] * 200, likely, {FACTOR: overlap}, None, None), split
        )
    return Findings(evaluate(folder, task_named("text-classification", ("no", "yes")), ["validation", "test"]))


@pytest.mark.parametrize(
    "key", ["risk_coverage", "aurc", "abstention", "worst_slices", "clean.difference", "differences"]
)
def test_a_removed_record_is_missed(findings, key):
    id = f"results.test.{key}"
    assert id in findings
    assert id in required(Findings([one for one in findings if one.id != id]))


def test_validation_need_not_choose_for_itself(findings):
    assert "results.validation.abstention" not in required(findings)
    assert "results.validation.aurc" in required(findings)
