"""What the first screen needs: which score leads, where the adapter is worst, and what truncation cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.evaluation.parts import LEAST_SUPPORT, Part, comparable, worst_interval
from tunecard.evaluation.report import SECTION
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding, RunFolder, derived, measured, not_measured
from tunecard.tasks.scoring import Scoring, Truncation

LEADING_SPLITS = ("test", "validation", "train")


@dataclass(frozen=True)
class Judged:
    """A split that was scored, and the parts of it."""

    adapter: Scored
    parts: list[Part]


def summarise(folder: RunFolder, scoring: Scoring, judged: Sequence[Judged]) -> list[Finding]:
    """`results.headline`, `results.worst` and, for tags, `results.truncated_misses`, of the leading scored split.

    That is the test split; without one the validation split, then the training split, then the first scored.
    """
    if not judged:
        return [
            not_measured(
                "results.headline", section=SECTION, name="Headline score", reason="no split with labels was predicted"
            )
        ]
    lead = next((one for split in LEADING_SPLITS for one in judged if one.adapter.split == split), judged[0])
    summary = [_headline(scoring, lead.adapter), _worst(scoring, lead)]
    return summary if scoring.truncation is None else [*summary, _truncated(folder, scoring.truncation, lead.adapter)]


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


def _worst(scoring: Scoring, lead: Judged) -> Finding:
    word = scoring.groups.word if scoring.groups else None
    shared, part = _shared("Worst part", lead.adapter), f"{f'{word} or ' if word else ''}slice"
    parts = comparable(lead.parts, lead.adapter)
    if not parts:
        large = [one for one in lead.parts if one.finding.value is not None and (one.finding.n or 0) >= LEAST_SUPPORT]
        reason = f"no {part} with {LEAST_SUPPORT} or more is less than the whole split" if large else ""
        reason = reason or f"no {part} has {LEAST_SUPPORT} or more"
        return not_measured("results.worst", reason=reason, **shared)
    sign = -1 if scoring.headline.is_error else 1
    worst = min(parts, key=lambda part: (sign * float(str(part.finding.value)), part.finding.id))
    interval, level = worst_interval(worst, len(parts))
    how = f"the lowest {f'F1 of a {word} or ' if word else ''}headline score of a slice with n >= {LEAST_SUPPORT}"
    unit = (worst.finding.method or "").rpartition("n = ")[2] or "rows"
    how += (
        f" and less than the whole split; its interval holds for all {len(parts)} at once, since the worst was picked"
    )
    how += f" (Bonferroni); n = {unit}"
    return derived(
        "results.worst",
        worst.finding.id,
        n=worst.finding.n,
        interval=interval,
        level=None if interval is None else level,
        method=how,
        slice=worst.finding.slice,
        **shared,
    )


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
