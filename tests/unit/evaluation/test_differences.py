"""Which differences are told: p values that agree with scipy, adjusted for all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from tunecard.card import facts
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named

GOLD = ["yes" if place % 2 else "no" for place in range(200)]


def said(is_right: np.ndarray) -> list[str]:
    return [name if right else "no" if name == "yes" else "yes" for name, right in zip(GOLD, is_right, strict=True)]


def found(path: Path, own: np.ndarray, others: dict[str | None, np.ndarray]) -> Findings:
    folder = RunFolder(path)
    for name, is_right in {None: own, **others}.items():
        folder.write_predictions(Predictions(list(range(200)), GOLD, said(is_right)), "test", name)
    return Findings(evaluate(folder, task_named("text-classification", ("no", "yes")), ["test"]))


def test_what_chance_explains_with_all_else_is_not_told(tmp_path: Path) -> None:
    draws = np.random.default_rng(1)
    own = draws.random(200) < 0.9
    worse, bit_worse, as_bad = own & (draws.random(200) < 0.7), own.copy(), own.copy()
    bit_worse[np.flatnonzero(own)[:4]] = False
    as_bad[np.flatnonzero(own)[4:8]] = False
    findings = found(tmp_path, own, {"majority": worse, "probe": bit_worse, "full": as_bad})
    record = findings["results.test.differences"]
    assert record.n == 3 and [one["difference"] for one in record.value] == ["difference.majority.test.accuracy"]
    chances = [ttest_rel(own.astype(float), other.astype(float)).pvalue for other in (worse, bit_worse, as_bad)]
    assert record.value[0]["p"] == pytest.approx(min(chances) * 3, rel=0.05)
    gap = findings["difference.probe.test.accuracy"]
    assert gap.interval is not None and gap.interval[0] > 0 and max(chances) < 0.05
    assert not facts.is_told_apart(findings, gap) and "once all such differences" in facts.all_counted(findings, gap)
    assert facts.is_told_apart(findings, findings["difference.majority.test.accuracy"])


def test_a_folder_without_the_record_is_read_by_its_intervals(tmp_path: Path) -> None:
    own = np.arange(200) % 10 > 0
    findings = found(tmp_path, own, {"majority": own & (np.arange(200) % 3 > 0)})
    earlier = Findings([one for one in findings if one.id != "results.test.differences"])
    gap = earlier["difference.majority.test.accuracy"]
    assert facts.is_told_apart(earlier, gap) and facts.all_counted(earlier, gap) == ""


def test_of_nothing_beside_it_there_is_no_record(tmp_path: Path) -> None:
    assert "results.test.differences" not in found(tmp_path, np.arange(200) % 10 > 0, {})
