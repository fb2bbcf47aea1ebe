"""What the card says of the temperature: what chose it, what it came to, and what the scored rows show of it."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, score, score_range
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

TEMPERATURE, EXPECTED, THRESHOLDS = "training.temperature", "calibration.expected", "task.thresholds"


def temperature_told(findings: Findings) -> str:
    """A paragraph; empty where no probability is stated, or nobody knows of a temperature."""
    finding = findings.get(TEMPERATURE)
    if finding is None or not facts.task_of(findings).scoring.calibration:
        return ""
    if facts.number_of(finding) is None:
        return f"No temperature divides the logits: {escape(finding.reason or 'nobody says why', 300)}."
    return " ".join(part for part in (_fitted(findings, finding), _scored(findings), _stated(findings)) if part)


def thresholds_told(findings: Findings) -> str:
    """From which probability on a label is given; empty where nothing chose that."""
    values = facts.mapping_of(findings, THRESHOLDS)
    known = [float(value) for value in values.values() if isinstance(value, int | float)]
    if not known:
        return ""
    low, high = (cite(findings, THRESHOLDS, score(bound)) for bound in (min(known), max(known)))
    chosen = "Validation chose that, for the best micro F1; `config.json` holds it, and the code above reads it there."
    if min(known) == max(known):
        return f"A label is given from a probability of {low} on, whichever it is. {chosen}"
    return f"A label is given from its threshold on, a probability between {low} and {high}. {chosen}"


def _fitted(findings: Findings, finding: Finding) -> str:
    value = cite(findings, finding.id, score(facts.number_of(finding) or 0.0))
    item = facts.task_of(findings).words.item
    on = [f"on {cite(findings, finding.id, count(finding.n))} {item}s"] if finding.n else []
    before, after = (
        facts.quoted(findings, f"calibration.validation.nll_{when}", score) for when in ("before", "after")
    )
    gain = [f"mean negative log-likelihood {before} before and {after} after"] if before and after else []
    aside = f" ({', '.join([*on, *gain])})" if on or gain else ""
    divided = (
        f"All logits are divided by the temperature {value}, which stands in the head's weights and changes no label."
    )
    expected = facts.quoted(findings, EXPECTED, score)
    if expected is None:
        return f"{divided} Validation chose both the epoch and the temperature{aside}."
    rows = cite(findings, finding.id, count(finding.n or 0))
    return (
        f"{divided} Too few labels are held back to fit it: it brings the mean probability of the answers to {rows} "
        f"{item}s of validation down to {expected}, what linear probes of its head get right in folds of train and a "
        "standard error more."
    )


def _scored(findings: Findings) -> str:
    split = facts.scored_split(findings)
    before, after = (findings.get(f"results.{split}.{key}") for key in ("ece_before", "ece"))
    shown = [_error(findings, one) for one in (before, after) if one is not None and facts.number_of(one) is not None]
    if len(shown) < 2 or after is None:
        return ""
    place = f"On {split}, whose rows chose it," if split == "validation" else f"On {split},"
    error = f"the expected calibration error of {facts.answer_word(findings)}"
    return f"{place} {error} was {shown[0]} before and is {shown[1]} after{_by_chance(findings, after)}."


def _stated(findings: Findings) -> str:
    told = direction(findings, f"results.{facts.scored_split(findings)}")
    return told.removeprefix(": ")[:1].upper() + told.removeprefix(": ")[1:] + "." if told else ""


def direction(findings: Findings, prefix: str) -> str:
    """Which way they err: ": it states 0.88 on average where a share of 0.78 is right"; "" where that is unknown."""
    stated, right = (facts.quoted(findings, f"{prefix}.{key}", score) for key in ("stated", "answers_right"))
    return f": it states {stated} on average where a share of {right} is right" if stated and right else ""


def _by_chance(findings: Findings, error: Finding) -> str:
    """What the interval says: it reaches 0 where chance explains the error."""
    if error.interval is None:
        return ""
    told = "; chance alone may explain it" if error.interval[0] == 0 else "; chance alone does not explain it"
    shown = facts.quoted(findings, f"results.{error.split}.ece_by_chance", score)
    return told + (f", a perfectly calibrated model would show {shown} on average on as few" if shown else "")


def _error(findings: Findings, finding: Finding) -> str:
    interval = f" ({score_range(finding.interval)})" if finding.interval else ""
    return cite(findings, finding.id, score(facts.number_of(finding) or 0.0) + interval)
