"""How well scores rank harmful sentences above harmless ones, by the identity term that stands in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL, Interval

DRAWS = 29_999
ROUNDING = 1e-12
_CHUNK = 500  # draws at once


def term_aucs(harmless: Floats, harmful: Floats) -> dict[str, Floats]:
    """(T,) areas under the ROC curve for each of T terms: `subgroup`, its sentences alone; `BPSN`, the harmful ones of
    all others (background positive) above its harmless ones (subgroup negative); `BNSP`, its harmful ones above the
    harmless ones of all others.

    Source: Borkan et al. 2019, "Nuanced Metrics for Measuring Unintended Bias".

    Args:
        harmless, harmful: (..., I, T) and (..., J, T) scores of sentences with each term, ties counted as half.
    """
    terms, pairs = harmless.shape[-1], harmless.shape[-2] * harmful.shape[-2]
    own = _own(harmless, harmful) / pairs
    above = _above(harmless, harmful).sum(axis=-2) / pairs
    below = _below(harmless, harmful).sum(axis=-2) / pairs
    return {"subgroup": own, "BPSN": (above - own) / (terms - 1), "BNSP": (below - own) / (terms - 1)}


def _own(harmless: Floats, harmful: Floats) -> Floats:
    """(..., T) pairs of sentences with the same term in the right order."""
    total = np.zeros(harmless.shape[:-2] + harmless.shape[-1:])
    for row in range(harmful.shape[-2]):
        one = harmful[..., row : row + 1, :]
        total += ((one > harmless) + 0.5 * (one == harmless)).sum(axis=-2)
    return total


def _above(harmless: Floats, harmful: Floats) -> Floats:
    """(..., I, T) harmful sentences of any term above each harmless one; drawing terms anew changes no sentence."""
    return _counted(np.sort(harmful.reshape(*harmful.shape[:-2], -1), axis=-1), harmless, above=True)


def _below(harmless: Floats, harmful: Floats) -> Floats:
    """(..., J, T) harmless sentences of any term below each harmful one."""
    return _counted(np.sort(harmless.reshape(*harmless.shape[:-2], -1), axis=-1), harmful, above=False)


def _counted(ordered: Floats, asked: Floats, *, above: bool) -> Floats:
    """How many of `ordered` lie above, or below, each that is asked; the same in every draw, so the first tells."""
    line = ordered.reshape(-1, ordered.shape[-1])[0]
    left, right = np.searchsorted(line, asked, "left"), np.searchsorted(line, asked, "right")
    counted: Floats = (len(line) - (left + right) / 2) if above else (left + right) / 2
    return counted


@dataclass(frozen=True)
class TermGaps:
    """(T,) each: an area, by how much it is over the mean of all terms, the interval of that, and its p value."""

    area: Floats
    gap: Floats
    interval: list[Interval | None]
    p: Floats


def term_gaps(harmless: Floats, harmful: Floats, seed: int) -> dict[str, TermGaps]:
    """Each of the three areas with its gap to the mean over terms.

    The interval leaves out each sentence with all its terms (jackknife, Student's t). The two-sided p value draws terms
    anew within each sentence: where no answer hangs on the term, every order of them is as likely.
    """
    areas = term_aucs(harmless, harmful)
    gaps = {name: area - area.mean() for name, area in areas.items()}
    left_out = _without_each(harmless, harmful)
    extreme = {name: np.zeros(len(gap)) for name, gap in gaps.items()}
    draws = np.random.default_rng(seed)
    for begin in range(0, DRAWS, _CHUNK):
        times = min(_CHUNK, DRAWS - begin)
        several = (np.broadcast_to(one, (times, *one.shape)) for one in (harmless, harmful))
        for name, area in term_aucs(*(draws.permuted(one, axis=-1) for one in several)).items():
            drawn = np.abs(area - area.mean(axis=-1, keepdims=True))
            extreme[name] += (drawn >= np.abs(gaps[name]) - ROUNDING).sum(axis=0)
    return {
        name: TermGaps(areas[name], gap, _intervals(gap, left_out[name]), (1 + extreme[name]) / (1 + DRAWS))
        for name, gap in gaps.items()
    }


def _without_each(harmless: Floats, harmful: Floats) -> dict[str, Floats]:
    """(I + J, T) gaps without each sentence."""
    several = [term_aucs(np.delete(harmless, row, axis=0), harmful) for row in range(len(harmless))]
    several += [term_aucs(harmless, np.delete(harmful, row, axis=0)) for row in range(len(harmful))]
    return {name: np.array([one[name] - one[name].mean() for one in several]) for name in several[0]}


def _intervals(gap: Floats, left_out: Floats) -> list[Interval | None]:
    units = len(left_out)
    error = np.sqrt((units - 1) / units * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    half = student.ppf(0.5 + LEVEL / 2, units - 1) * error
    return [(float(at - by), float(at + by)) if by > 0 else None for at, by in zip(gap, half, strict=True)]
