"""Areas by identity term beside scikit-learn's on the same subsets; a term that shifts scores is found, chance is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from tunecard.evaluation.together import holm
from tunecard.metrics.term_auc import DRAWS, term_aucs, term_gaps


def drawn(seed: int, terms: int = 6, sentences: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Scores that hang on the sentence and on chance, with ties."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(2, sentences, 1)) + 0.3 * rng.normal(size=(2, sentences, terms))
    return own[0].round(1), (own[1] + 1).round(1)


def test_each_area_is_that_of_its_subset() -> None:
    harmless, harmful = drawn(3)
    areas = term_aucs(harmless, harmful)
    for term in range(6):
        others = [place for place in range(6) if place != term]
        subsets = {
            "subgroup": (harmless[:, term], harmful[:, term]),
            "BPSN": (harmless[:, term], harmful[:, others].ravel()),
            "BNSP": (harmless[:, others].ravel(), harmful[:, term]),
        }
        for name, (low, high) in subsets.items():
            labels = [0] * len(low) + [1] * len(high)
            assert areas[name][term] == pytest.approx(roc_auc_score(labels, [*low, *high])), name


def test_a_term_that_counts_as_harmful_by_itself_is_found() -> None:
    harmless, harmful = drawn(4)
    harmless[:, 2] += 2.0
    found = term_gaps(harmless, harmful, 0)["BPSN"]
    low, high = found.interval[2] or (0.0, 0.0)
    assert found.area.argmin() == 2 and high < 0 and low < found.gap[2] < high
    assert found.p[2] == pytest.approx(1 / (1 + DRAWS)) and min(np.delete(found.p, 2)) > 1e-3


def test_where_nothing_hangs_on_terms_few_alarms_are_raised() -> None:
    alarms = 0
    for seed in range(25):
        found = term_gaps(*drawn(seed, terms=4, sentences=6), seed)
        alarms += min(holm([float(p) for gaps in found.values() for p in gaps.p])) <= 0.05
    assert binomtest(alarms, 25, 0.05, alternative="greater").pvalue > 0.01


def test_equal_scores_have_no_interval_and_no_alarm() -> None:
    found = term_gaps(np.zeros((4, 3)), np.ones((4, 3)), 0)["BNSP"]
    assert found.area.tolist() == [1.0] * 3 and found.interval == [None] * 3 and found.p.tolist() == [1.0] * 3
