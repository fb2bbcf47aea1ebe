"""In which layers the adapter is, as findings, and how that was chosen."""

from __future__ import annotations

from tunecard.evidence import Finding, measured, not_measured
from tunecard.reporting.adapter import RECIPE
from tunecard.training.layer_rule import RULE, LayerChoice


def layer_findings(layers: str, choice: LayerChoice | None, seed: int) -> list[Finding]:
    """`adapter.layers` where it is not in all, and `training.layer_choice` where `auto` was asked.

    Args:
        layers: as resolved: `all` or `top-N`.
    """
    found = [] if layers == "all" else [measured("adapter.layers", layers, method=RECIPE)]
    return found if choice is None else [*found, _choice_finding(choice, seed)]


def _choice_finding(choice: LayerChoice, seed: int) -> Finding:
    id, probes = "training.layer_choice", choice.probes
    if probes is None:
        return not_measured(id, reason=choice.reason, seed=seed)
    lines = [
        {"layer": layer, "score": value, "behind": behind, "error": error}
        for layer, (value, (behind, error)) in enumerate(zip(probes.scores, probes.behind, strict=True), 1)
    ]
    value = {"layers": choice.layers, "reason": choice.reason, "measure": probes.measure, "probes": lines}
    how = f"{RULE}; behind: mean of the errors more than the best probe's, error: its standard error over rows"
    return measured(
        id, value, n=probes.learned, split="validation", seed=seed, method=f"{how}; n = decisions learned from"
    )
