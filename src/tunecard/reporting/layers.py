"""In which layers the adapter is, as a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunecard.evidence import Finding, measured, not_measured
from tunecard.reporting.adapter import RECIPE

TRIED = "adapter.layers_tried"


def layer_findings(layers: str) -> list[Finding]:
    """`adapter.layers`, as resolved, where the adapter is not in all."""
    return [] if layers == "all" else [measured("adapter.layers", layers, method=RECIPE)]


def trial_finding(tried: Mapping[str, Any] | None, reason: str | None, seed: int) -> Finding:
    """`adapter.layers_tried`: what a trial of fewer layers said, or why none was made."""
    if tried is None:
        return not_measured(TRIED, reason=reason or "", seed=seed)
    return measured(
        TRIED, dict(tried), n=tried["held"], split="validation", seed=seed,
        method="the first steps of the training, with the adapter in all layers and in the upper ones, from one head "
        "on the same rows; the upper ones are taken where all learned something in these steps and their mean loss on "
        "validation is then at most a standard error of the paired difference above; n = rows of validation",
    )  # fmt: skip


def in_words(tried: Mapping[str, Any]) -> str:
    """What a trial said, in a line."""
    apart = f"{tried['loss_above']:+.4f} (standard error {tried['loss_error']:.4f})"
    return f"after {tried['steps']} steps the loss with {tried['layers']} less that with all is {apart}"
