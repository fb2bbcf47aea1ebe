"""How many of the top layers shall learn, by probes of the frozen ones. What the rule costs in score: docs/log.md.

Where labels are few the probes cannot be told apart, a low layer is as good as any, and many layers learn: what is not
known speaks for learning.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunecard.training.layer_probes import LayerProbes

RULE = (
    "the layers above the lowest whose linear probe is within a standard error of the best on validation, half of all "
    "at least; all where that is the top one, or nothing can be told"
)


@dataclass(frozen=True)
class LayerChoice:
    """What `adapter.layers: auto` became.

    Attributes:
        layers: `all` or `top-N`.
        count: layers of the base.
        reason: why, as half a sentence.
        probes: that it was read from; None where nothing was probed.
    """

    layers: str
    count: int
    reason: str
    probes: LayerProbes | None = None


def layers_that_pay(probes: LayerProbes) -> tuple[int, str]:
    """N of the top layers, and why as half a sentence; all of them where the probes decide nothing."""
    count = len(probes.scores)
    lowest = 1 + probes.is_level.index(True)
    if lowest == count:
        return count, f"no layer below the top one, frozen, says as much of the labels as layer {count} does"
    half = -(-count // 2)
    why = f"layer {lowest} of {count}, frozen, says as much of the labels as any, within a standard error"
    return max(count - lowest, half), why + (", and half of the layers learn at least" if count - lowest < half else "")
