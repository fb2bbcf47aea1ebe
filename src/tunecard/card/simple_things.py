"""Is the adapter better than simple things on the same rows? One verdict a baseline, from its paired difference."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tunecard.card import facts
from tunecard.card.markdown import code, escape, listing, one_line, prose
from tunecard.card.numbers import count, difference_range, duration, plain_number, score, signed, significant
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings
from tunecard.metrics.measure import Score

PENALTIES = ("C", "alpha")
_SAMPLE = re.compile(r"a seeded sample of [\d,]+ of the [\d,]+ rows of train")


@dataclass(frozen=True)
class Verdict:
    """The adapter beside one baseline.

    Attributes:
        name: of the baseline.
        score: by which the two are compared: the headline, where the baseline has one.
        own, other, difference: findings of the adapter, of the baseline, and of the first minus the second.
        outcome: better or worse where chance does not explain the difference, else even.
        is_of_base: whether the baseline is made of what the frozen base gives.
    """

    name: str
    score: Score
    own: Finding
    other: Finding
    difference: Finding
    outcome: Literal["better", "even", "worse"]
    is_of_base: bool = False

    @property
    def gain(self) -> float:
        """By how much the adapter is better, whichever way the score goes."""
        value = facts.number_of(self.difference) or 0.0
        return -value if self.score.is_error else value


def unbeaten_words(verdict: Verdict) -> str:
    """How a sentence on a baseline that is not beaten begins."""
    if verdict.outcome == "worse":
        return "Worse than"
    apart = "Not distinguishable from the base: not" if verdict.is_of_base else "Not"
    return f"{apart} shown to be better than"


def verdicts(findings: Findings) -> list[Verdict]:
    """A verdict on every baseline, the strongest first; those that the headline cannot judge come last."""
    found = [_verdict(findings, name) for kind, name in facts.predictors(findings) if kind == "baseline"]
    leads = facts.headline_metric(findings)
    return sorted(
        (verdict for verdict in found if verdict is not None),
        key=lambda verdict: (verdict.score.key != leads, verdict.gain),
    )


def unbeaten(findings: Findings) -> list[Verdict]:
    """The baselines that the adapter is not better than, the strongest first."""
    return [verdict for verdict in verdicts(findings) if verdict.outcome != "better"]


def headline(findings: Findings) -> str:
    """What the first screen says of it, in bold where it is unwelcome; empty where nothing was compared."""
    known, lost = verdicts(findings), unbeaten(findings)
    if lost:
        return "<br>\n".join(
            f"**{unbeaten_words(one)} {phrase(findings, one)}:** {_figures(findings, one)}." for one in lost
        )
    if not known:
        return ""
    best = known[0]
    among = "every baseline, of which the strongest is " if len(known) > 1 else ""
    return f"Better than {among}{phrase(findings, best)}: {_figures(findings, best)}."


def advice(findings: Findings) -> list[str]:
    """What to use instead, a sentence each kind of outcome."""
    lost = unbeaten(findings)
    worse = [one for one in lost if one.outcome == "worse"]
    even = [phrase(findings, one) for one in lost if one.outcome == "even"]
    said = []
    if worse:
        best = worse[0]
        said.append(f"Use {phrase(findings, best)} instead: on these rows it is better ({_gap(findings, best)}).")
    if even:
        simple = "each is simpler and cheaper" if len(even) > 1 else "that baseline is simpler and cheaper"
        said.append(
            f"On these rows the adapter cannot be told from {listing(even)}: {simple}, "
            "and nothing here speaks for the adapter."
        )
    return said


def what_they_do(findings: Findings) -> list[str]:
    """What each baseline does, a sentence each, and how one that is a fitted model was fitted; or why it was not."""
    told = {baseline.name: baseline.does for baseline in facts.task_of(findings).baselines}
    scored = [name for kind, name in facts.predictors(findings) if kind == "baseline"]
    fitted = {finding.id.rpartition(".")[2]: finding for finding in findings.under("fit")}
    sentences = []
    for name in dict.fromkeys([*scored, *fitted]):
        parts = [told[name]] if told.get(name) else []
        parts += [_fitted(findings, fitted[name])] if name in fitted else []
        if parts:
            sentences.append(f"{escape(facts.predictor_name(findings, name), 80)}: {'; '.join(parts)}.")
    return sentences


def _fitted(findings: Findings, finding: Finding) -> str:
    fit = finding.value
    if not isinstance(fit, dict):
        return f"not fitted, since {prose(finding.reason or 'of reasons that are not recorded', 200)}"
    if "learned_from" in fit:
        folds = fit.get("folds")
        turns = cite(findings, finding.id, f"{count(folds) if isinstance(folds, int) else 'several'} folds")
        return f"no labelled train split was given, so each of {turns} of a split is answered by what the others teach"
    parts = [f"{code(fit.get('estimator'), 40)} on {code(fit.get('view'), 40)}"]
    penalties = [_quoted(findings, finding, key, plain_number) for key in PENALTIES]
    parts += [f"{key} {value}" for key, found in zip(PENALTIES, penalties, strict=True) for value in found]
    on, by = one_line(fit.get("chosen_on"), 40), escape(fit.get("measure"), 40)
    scored = _quoted(findings, finding, "score", lambda value: f"{significant(value)} on {on}")
    parts += [f"chosen by {by}, {score}" for score in scored]
    if finding.n is not None:
        parts.append(f"learned from {_examples(findings, finding)}")
    parts += [f"in {time}" for time in _quoted(findings, finding, "seconds", duration)]
    return ", ".join(parts)


def _quoted(findings: Findings, finding: Finding, key: str, form: Callable[[float], str]) -> list[str]:
    """One number of a fit as a link to its record; none where it holds none."""
    value = finding.value.get(key) if isinstance(finding.value, dict) else None
    return [cite(findings, finding.id, form(value))] if isinstance(value, int | float) else []


def _examples(findings: Findings, finding: Finding) -> str:
    """How many examples, and, in the words of the record, of which sample: a citation each, since n holds the first."""
    method = finding.method or ""
    sample = _SAMPLE.search(method)
    unit = "words" if method.endswith("n = words") else "rows"
    learned = cite(findings, finding.id, f"{count(finding.n or 0)} {unit}")
    return f"{learned} ({cite(findings, finding.id, sample.group())})" if sample else learned


def phrase(findings: Findings, verdict: Verdict) -> str:
    """What a reader calls the baseline, inside a sentence."""
    return escape(facts.predictor_phrase(findings, verdict.name), 120)


def _verdict(findings: Findings, name: str) -> Verdict | None:
    split, score = facts.scored_split(findings), facts.compared_score(findings, "baseline", name)
    own, other, difference = (
        findings.get(f"{front}.{split}.{score.key}") for front in ("results", f"baseline.{name}", f"difference.{name}")
    )
    if own is None or other is None or difference is None or facts.number_of(difference) is None:
        return None
    value = facts.number_of(difference) or 0.0
    is_gain = (value > 0) is not score.is_error
    is_apart = facts.is_told_apart(findings, difference)
    outcome: Literal["better", "even", "worse"] = "even" if not is_apart else "better" if is_gain else "worse"
    reading = {baseline.name for baseline in facts.task_of(findings).baselines if baseline.reads_vectors}
    return Verdict(name, score, own, other, difference, outcome, name in reading)


def _figures(findings: Findings, verdict: Verdict) -> str:
    own, other = (
        cite(findings, finding.id, score(facts.number_of(finding) or 0.0)) for finding in (verdict.own, verdict.other)
    )
    named = "" if verdict.score.key == facts.headline_metric(findings) else f"{verdict.score.phrase} "
    counted = facts.all_counted(findings, verdict.difference)
    return f"{named}{own} against {other}, {_gap(findings, verdict)}{counted}"


def _gap(findings: Findings, verdict: Verdict) -> str:
    gap = verdict.difference
    inside = [f"{difference_range(gap.interval)}"] if gap.interval else []
    inside += [f"n = {count(gap.n)}"] if gap.n is not None else []
    value = signed(facts.number_of(gap) or 0.0)
    return cite(findings, gap.id, f"difference {value}" + (f" ({', '.join(inside)})" if inside else ""))
