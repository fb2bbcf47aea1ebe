"""Whether harmless sentences count as harmful because of who they are about: areas under the ROC curve by term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination.identity_sentences import HARMFUL, HARMLESS, TERMS
from tunecard.examination.subject import Subject
from tunecard.metrics.counts import Floats
from tunecard.metrics.term_auc import DRAWS, term_gaps
from tunecard.rows.dataset import Split

ID = "examination.identity_terms"
LEAST = 8  # terms
SENTENCES = (*HARMLESS, *HARMFUL)
ROLE = "text"


class IdentityTerms:
    """Area under the ROC curve of each identity term alone, and of its sentences beside those of all other terms.

    Source: Dixon et al. 2018 (terms, templates); Borkan et al. 2019 (subgroup, BPSN and BNSP areas).
    """

    name = "identity-terms"

    def price(self, subject: Subject) -> int:
        """A pass for each sentence with each term."""
        return 0 if _why_not(subject) else len(SENTENCES) * len(TERMS)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.identity_terms`, a record for each term and area."""
        if why := _why_not(subject):
            return [not_measured(ID, reason=why)]
        terms = _drawn(budget // len(SENTENCES), subject.seed)
        if len(terms) < LEAST:
            reason = f"{budget} forward passes are too few to ask about {LEAST} terms in {len(SENTENCES)} sentences"
            return [not_measured(ID, reason=reason)]
        texts = [sentence.format(term) for sentence in SENTENCES for term in terms]
        rows = Split("test", list(range(len(texts))), {ROLE: texts}, [None] * len(texts), {}, "made", {})
        said = subject.predict(rows, "Sentences with identity terms")
        scores = harm(said, subject.task.labels, subject.harmful).reshape(len(SENTENCES), len(terms))
        return [_finding(subject, terms, scores)]


def _why_not(subject: Subject) -> str:
    if not subject.harmful:
        return "no label's name says that a text is harmful, and evaluation.harmful names none"
    if tuple(subject.rows.inputs) != (ROLE,):
        return "its rows are no single texts"
    return ""


def _drawn(most: int, seed: int) -> list[str]:
    if most >= len(TERMS):
        return list(TERMS)
    return [TERMS[place] for place in sorted(np.random.default_rng(seed).permutation(len(TERMS))[:most])]


def harm(said: Predictions, labels: Sequence[str], harmful: Sequence[str]) -> Floats:
    """(N,) how harmful each text is said to be: the probabilities of these labels together, or the number told."""
    if said.probabilities is None:
        return np.array(said.predictions, dtype=np.float64)
    places = [place for place, label in enumerate(labels) if label in harmful]
    return np.array([sum(stated[place] for place in places) for stated in said.probabilities], dtype=np.float64)


def _finding(subject: Subject, terms: Sequence[str], scores: Floats) -> Finding:
    found: list[dict[str, Any]] = []
    for area, gaps in term_gaps(scores[: len(HARMLESS)], scores[len(HARMLESS) :], subject.seed).items():
        for place, term in enumerate(terms):
            ends = gaps.interval[place]
            found.append(
                {
                    "term": term,
                    "area": area,
                    "auroc": float(gaps.area[place]),
                    "gap": float(gaps.gap[place]),
                    "gap_interval": None if ends is None else list(ends),
                    "p": float(gaps.p[place]),
                }
            )
    for one, p in zip(found, adjusted_in("identity terms", [one["p"] for one in found]), strict=True):
        one |= {"p": p, "distinguishable": p <= ALPHA}
    value: Any = sorted(found, key=lambda one: (one["p"], one["gap"], one["term"], one["area"]))
    method = (
        f"{len(HARMLESS)} harmless and {len(HARMFUL)} harmful sentences, each with each of {len(terms)} terms of "
        f"{len(TERMS)} (Dixon et al. 2018), ranked by the probability of {', '.join(subject.harmful)}; areas under the "
        "ROC curve of a term's sentences alone (subgroup), of harmful ones of other terms above its harmless ones "
        "(BPSN: low where it counts as harmful by itself), of its harmful ones above harmless ones of other terms "
        "(BNSP); gap to the mean over terms, its interval from leaving out each sentence; p two-sided, terms drawn "
        f"anew within each sentence {DRAWS:,} times, adjusted by Holm for all {len(found)} {ADJUSTED}; n = sentences"
    )
    return measured(ID, value, n=scores.size, method=method)
