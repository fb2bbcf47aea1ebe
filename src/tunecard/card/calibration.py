"""What the card says of the temperature: what chose it, what it came to, and what the scored rows show of it."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, score, score_range
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

TEMPERATURE = "training.temperature"


def temperature_told(findings: Findings) -> str:
    """A paragraph; empty where no probability is stated, or nobody knows of a temperature."""
    finding = findings.get(TEMPERATURE)
    if finding is None or not facts.task_of(findings).scoring.calibration:
        return ""
    if facts.number_of(finding) is None:
        return f"Probabilities are not calibrated: {escape(finding.reason or 'nobody says why', 300)}."
    return " ".join(part for part in (_fitted(findings, finding), _scored(findings)) if part)


def _fitted(findings: Findings, finding: Finding) -> str:
    value = cite(findings, finding.id, score(facts.number_of(finding) or 0.0))
    item = facts.task_of(findings).words.item
    before, after = (
        facts.quoted(findings, f"calibration.validation.nll_{when}", score) for when in ("before", "after")
    )
    gain = f", mean negative log-likelihood {before} before and {after} after" if before and after else ""
    return (
        f"Probabilities are calibrated: all logits are divided by the temperature {value}, which stands in the head's "
        "weights and changes no label. Validation chose both the epoch and the temperature "
        f"({count(finding.n or 0)} {item}s{gain})."
    )


def _scored(findings: Findings) -> str:
    split = facts.scored_split(findings)
    before, after = (findings.get(f"results.{split}.{key}") for key in ("ece_before", "ece"))
    shown = [_error(findings, one) for one in (before, after) if one is not None and facts.number_of(one) is not None]
    if len(shown) < 2 or after is None:
        return ""
    place = f"On {split}, whose rows chose it" if split == "validation" else f"On {split}"
    said = f"{place}, stated probabilities were off by {shown[0]} before and are by {shown[1]} after"
    if after.interval is None:
        return f"{said}."
    by_chance = "no more than chance explains" if after.interval[0] == 0 else "more than chance explains"
    return f"{said} (expected calibration error), {by_chance}."


def _error(findings: Findings, finding: Finding) -> str:
    interval = f" ({score_range(finding.interval)})" if finding.interval else ""
    return cite(findings, finding.id, score(facts.number_of(finding) or 0.0) + interval)
