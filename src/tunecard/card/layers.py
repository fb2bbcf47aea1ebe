"""In which layers the adapter is, and what a trial of fewer said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, difference_range, plain_number, score, signed, significant
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

LAYERS, TRIED = "adapter.layers", "adapter.layers_tried"


def layers_told(findings: Findings) -> Iterator[str]:
    """Sentences; none where the adapter is in all layers and nothing was tried."""
    yield from _trial(findings)
    layers, of = findings.value(LAYERS), facts.quoted(findings, "base_model.layers", plain_number)
    if isinstance(layers, str) and of is not None:
        top = cite(findings, LAYERS, escape(layers, 10))
        yield f"Adapters are in the top layers only, {top} of {of}; those below are the base's own."


def _trial(findings: Findings) -> Iterator[str]:
    tried, finding = facts.mapping_of(findings, TRIED), findings.get(TRIED)
    if finding is not None and finding.status == "not measured":
        reason = cite(findings, TRIED, escape(finding.reason, 200))
        yield f"Adapters are in all layers; fewer were not tried: {reason}."
    if tried:
        top = cite(findings, TRIED, escape(tried["layers"], 10))
        steps, rows, held = (cite(findings, TRIED, count(int(tried[key]))) for key in ("steps", "rows", "held"))
        above, error = (
            cite(findings, TRIED, said) for said in (signed(tried["loss_above"]), significant(tried["loss_error"], 2))
        )
        yield (
            f"Adapters in {top} were tried against all layers before training: after {steps} steps over {rows} rows "
            f"the mean loss on {held} rows of validation differed by {above}, with a standard error of {error}"
            f"{_scores(findings, tried)}. Chosen was {cite(findings, TRIED, escape(tried['chosen'], 10))}."
        )


def _scores(findings: Findings, tried: dict[str, Any]) -> str:
    if "score_all" not in tried:
        return ""
    few, every = (cite(findings, TRIED, score(tried[key])) for key in ("score_top", "score_all"))
    told = f", and the score that chooses the epoch was {few} against {every}"
    if tried["score_interval"] is None:
        return told
    interval = cite(findings, TRIED, difference_range(tried["score_interval"]))
    return f"{told} (95 % interval of the difference {interval})"
