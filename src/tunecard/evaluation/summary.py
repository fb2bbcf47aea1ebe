"""What the first screen needs: which score leads, where the adapter is worst, and what truncation cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.evaluation.report import SECTION
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding, RunFolder, derived, measured, not_measured
from tunecard.tasks.scoring import Scoring, Truncation

LEADING_SPLITS = ("test", "validation", "train")
LEAST_SUPPORT = 20


def summarise(
    folder: RunFolder, scoring: Scoring, scored: Sequence[Scored], findings: Sequence[Finding]
) -> list[Finding]:
    """`results.headline`, `results.worst` and, for tags, `results.truncated_misses`, of the leading scored split.

    That is the test split; without one the validation split, then the training split, then the first scored.
    """
    if not scored:
        return [
            not_measured(
                "results.headline", section=SECTION, name="Headline score", reason="no split with labels was predicted"
            )
        ]
    lead = next((one for split in LEADING_SPLITS for one in scored if one.split == split), scored[0])
    summary = [_headline(scoring, lead), _worst(scoring, lead, findings)]
    return summary if scoring.truncation is None else [*summary, _truncated(folder, scoring.truncation, lead)]


def _headline(scoring: Scoring, lead: Scored) -> Finding:
    return derived(
        "results.headline",
        f"results.{lead.split}.{scoring.headline.key}",
        section=SECTION,
        name="Headline score",
        method="the task's leading score on the test split, else validation, else train",
        split=lead.split,
        source=lead.source,
    )


def _worst(scoring: Scoring, lead: Scored, findings: Sequence[Finding]) -> Finding:
    prefix = f"results.{lead.split}."
    word = scoring.groups.word if scoring.groups else None
    whole = next((finding.n or 0 for finding in findings if finding.id == f"{prefix}{scoring.headline.key}"), 0)
    large = [
        (finding.value, finding.id, finding)
        for finding in findings
        if (word and finding.id.startswith(f"{prefix}{word}.") and finding.id.endswith(".f1"))
        or finding.id.startswith(f"{prefix}slice.")
        if isinstance(finding.value, float) and (finding.n or 0) >= LEAST_SUPPORT
    ]
    scores = [score for score in large if (score[2].n or 0) < whole]  # a part that is all of it is no part
    shared, part = _shared("Worst part", lead), f"{f'{word} or ' if word else ''}slice"
    if not scores:
        reason = f"no {part} with {LEAST_SUPPORT} or more is less than the whole split" if large else ""
        reason = reason or f"no {part} has {LEAST_SUPPORT} or more"
        return not_measured("results.worst", reason=reason, **shared)
    _, id, worst = min(scores, key=lambda score: score[:2])
    how = f"the lowest {f'F1 of a {word} or ' if word else ''}headline score of a slice with n >= {LEAST_SUPPORT}"
    how += f" and less than the whole split; n = {(worst.method or '').rpartition('n = ')[2] or 'rows'}"
    return derived("results.worst", id, n=worst.n, method=how, slice=worst.slice, **shared)


def _truncated(folder: RunFolder, truncation: Truncation, lead: Scored) -> Finding:
    shared = _shared(truncation.name, lead)
    flat = folder.read_probabilities(lead.split)
    if flat is None:
        reason = "the predictions hold no probabilities, which tell a word that was cut off"
        return not_measured("results.truncated_misses", reason=reason, **shared)
    lost = truncation.count(lead.predictions.labels, [flat.known_in(place) for place in lead.places.tolist()])
    n = round(truncation.size(lead.counts.totals()))
    method = truncation.method
    return measured("results.truncated_misses", lost, unit=truncation.unit, n=n, method=method, **shared)


def _shared(name: str, lead: Scored) -> dict[str, Any]:
    return {"section": SECTION, "name": name, "split": lead.split, "source": lead.source}
