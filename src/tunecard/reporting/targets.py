"""Published scores that a recipe names, as findings, and how far the own score is from each."""

from __future__ import annotations

from collections.abc import Iterable

from tunecard.evidence import Finding, Findings, declared, derived, not_measured
from tunecard.recipe import TargetRecipe

DECLARED_BY = "declared by evaluation.targets of the recipe"
METHOD = (
    "{own} minus {id}; the interval is that of the own score, moved by the published one, which is taken as exact "
    "though it has an error of its own: no test, and never proof that both are equal"
)


def target_findings(targets: Iterable[TargetRecipe], findings: Findings) -> list[Finding]:
    """`target.N` and `target.N.difference` for each, in the order of the recipe, from 1.

    Args:
        findings: with the own scores.
    """
    return [
        finding
        for number, target in enumerate(targets, 1)
        for finding in (_published(f"target.{number}", target), _difference(f"target.{number}", target, findings))
    ]


def _published(id: str, target: TargetRecipe) -> Finding:
    return declared(id, target.model_dump(mode="json"), n=target.seeds, method=DECLARED_BY, split=target.split)


def _difference(id: str, target: TargetRecipe, findings: Findings) -> Finding:
    own_id = f"results.{target.split}.{target.metric}"
    own = findings.get(own_id)
    if own is None or not isinstance(own.value, int | float) or isinstance(own.value, bool):
        reason = f"{own_id} has no value in this run" + (f": {own.reason}" if own is not None and own.reason else "")
        return not_measured(f"{id}.difference", reason=reason, split=target.split)
    return derived(
        f"{id}.difference",
        own.value - target.value,
        n=own.n,
        interval=moved(own.interval, target.value),
        level=own.level,
        method=METHOD.format(own=own_id, id=id),
        split=target.split,
        source=own.source,
    )


def moved(interval: tuple[float, float] | None, by: float) -> tuple[float, float] | None:
    """An interval with a number taken from both ends."""
    return None if interval is None else (interval[0] - by, interval[1] - by)
