"""In which layers the adapter is, and what probes of the frozen layers said where they chose."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import plain_number, score
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

LAYERS, CHOICE = "adapter.layers", "training.layer_choice"


def layers_told(findings: Findings) -> Iterator[str]:
    """Sentences; none where the adapter is in all layers and nobody asked."""
    layers, count = findings.value(LAYERS), facts.quoted(findings, "base_model.layers", plain_number)
    if isinstance(layers, str) and count is not None:
        top = cite(findings, LAYERS, escape(layers, 10))
        yield f"Adapters are in the top layers only, {top} of {count}; those below are the base's own."
    finding = findings.get(CHOICE)
    if finding is not None and finding.status == "not measured":
        yield f"Adapters are in all layers: {cite(findings, CHOICE, escape(finding.reason, 200))}."
    yield from _probed(findings)


def _probed(findings: Findings) -> Iterator[str]:
    choice = facts.mapping_of(findings, CHOICE)
    if not choice:
        return
    named = cite(findings, CHOICE, escape(choice["layers"], 10))
    why = cite(findings, CHOICE, escape(choice["reason"], 200))
    yield f"A linear probe of each frozen layer chose {named}: {why}."
    probes = [f"layer {plain_number(one['layer'])} {score(float(one['score']))}" for one in choice["probes"]]
    yield (
        f"The probes' {escape(choice['measure'], 60)} on validation, lowest layer first: "
        f"{cite(findings, CHOICE, ', '.join(probes))}."
    )
