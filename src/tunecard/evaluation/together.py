"""All tests of a card together: how p values are adjusted so that where nothing is, alarms are raised in 5 % at most.

Each family of tests answers one question about all of its parts. Within a family p values are adjusted by Holm, and
families by Bonferroni, so that it does not matter which of them a run asks. How the adapter compares with other
predictors was to be asked whatever the families find: it stands alone, with 5 % of its own, as the first question of a
trial does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunecard.metrics.intervals import LEVEL

ALPHA = 1 - LEVEL
# Families of p values go through `adjusted_in`; a family of one test may instead be tested at `SHARE`.
FAMILIES = (
    "weak parts", "weak slices", "people", "calibration", "robustness", "group swaps", "identity terms", "shift",
    "give-aways", "layers", "raw text", "windows",
)  # fmt: skip
SHARE = ALPHA / len(FAMILIES)
ADJUSTED = f"and by Bonferroni for the {len(FAMILIES)} families of tests of a card"


def adjusted_in(family: str, chances: Sequence[float]) -> list[float]:
    """p values of a family, adjusted for one another and for the other families: at most `ALPHA` is told as found.

    Args:
        family: one of `FAMILIES`.
    Source: Holm 1979 within the family; Bonferroni's inequality between families.

    >>> [round(p, 3) for p in adjusted_in("robustness", [0.001, 0.004, 0.3])]
    [0.036, 0.096, 1.0]
    """
    if family not in FAMILIES:
        raise ValueError(f"a family of tests must be one of {', '.join(FAMILIES)}. Got {family!r}.")
    return [min(1.0, len(FAMILIES) * p) for p in holm(chances)]


def holm(chances: Sequence[float]) -> list[float]:
    """p values adjusted so that all of them together err at their level.

    Source: Holm 1979; `statsmodels.stats.multitest.multipletests(method="holm")`.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    if not len(chances):
        return []
    order = np.argsort(chances, kind="stable")
    stepped = np.maximum.accumulate([(len(order) - place) * chances[at] for place, at in enumerate(order)])
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in adjusted]
