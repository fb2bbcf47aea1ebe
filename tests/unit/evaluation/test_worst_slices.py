"""The search over pairs of factors: a planted pair is found, each look is counted, and chance is not taken for more."""

import numpy as np
import pytest
from scipy.stats import binom

from tunecard.evaluation import evaluate
from tunecard.evaluation.together import FAMILIES
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.conditions import each_searched
from tunecard.tasks import task_named


def found(tmp_path, is_right, factors):
    folder = RunFolder(tmp_path)
    gold = ["yes" if place % 2 else "no" for place in range(len(is_right))]
    said = [name if right else {"yes": "no", "no": "yes"}[name] for name, right in zip(gold, is_right, strict=True)]
    columns = {name: values.tolist() for name, values in factors.items()}
    folder.write_predictions(Predictions(list(range(len(gold))), gold, said, None, columns), "test")
    return Findings(evaluate(folder, task_named("text-classification", ("no", "yes")), ["test"]))


def test_a_pair_that_fails_together_is_found_and_every_look_counts(tmp_path):
    rng = np.random.default_rng(0)
    factors = {name: rng.choice(["x", "y", "z"], 900) for name in ("a", "b")}
    planted = (factors["a"] == "x") & (factors["b"] == "y")
    is_right = rng.random(900) < np.where(planted, 0.6, 0.95)
    findings = found(tmp_path, is_right, factors)
    finding = findings["results.test.worst_slices"]
    assert finding.n == 3 + 3 + 9
    assert finding.value[0]["slice"] == "a=x, b=y" and finding.value[0]["n"] == planted.sum()
    assert [*each_searched(findings)] == [{"split": "test"}]
    cells = [factors[name] == value for name in "ab" for value in "xyz"]
    cells += [(factors["a"] == one) & (factors["b"] == other) for one in "xyz" for other in "xyz"]
    mean = is_right.mean()
    chances = [
        binom.cdf(is_right[cell].sum(), cell.sum(), mean) if is_right[cell].mean() < mean else 1.0 for cell in cells
    ]
    ordered = sorted(chances)
    rejected, level = 0, 0.05 / len(FAMILIES)  # Holm's steps in words: the smallest at a 15th of it, the next at a 14th
    while ordered[rejected] <= level / (15 - rejected):
        rejected += 1
    assert ordered[0] == chances[6 + 1] and finding.value[0]["p"] == pytest.approx(15 * len(FAMILIES) * ordered[0])
    assert len(finding.value) == rejected > 0


def test_small_cells_and_cells_that_are_a_whole_slice_are_not_looked_at(tmp_path):
    a, b = np.repeat(["x", "y"], 50), np.repeat(["x", "y"], 50)
    b[:5] = "z"
    findings = found(tmp_path, np.arange(100) % 3 > 0, {"a": a, "b": b})
    assert findings["results.test.worst_slices"].n == 2 + 2  # z has 5 rows; y is the same rows by both


def test_of_one_value_there_is_nothing_to_search(tmp_path):
    findings = found(tmp_path, np.arange(100) % 3 > 0, {"a": np.repeat("x", 100)})
    assert "results.test.worst_slices" not in findings and not [*each_searched(findings)]
