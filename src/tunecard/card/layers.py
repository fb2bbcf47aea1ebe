"""In which layers the adapter is."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import plain_number
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

LAYERS = "adapter.layers"


def layers_told(findings: Findings) -> Iterator[str]:
    """A sentence; none where the adapter is in all layers."""
    layers, count = findings.value(LAYERS), facts.quoted(findings, "base_model.layers", plain_number)
    if isinstance(layers, str) and count is not None:
        top = cite(findings, LAYERS, escape(layers, 10))
        yield f"Adapters are in the top layers only, {top} of {count}; those below are the base's own."
