"""The checks that a reader would make first, each asked of the findings and answered with its figures.

A check fails in the author's own card: that is what it is for. What cannot be answered is listed as not made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tunecard.card import facts
from tunecard.card.calibration import direction
from tunecard.card.markdown import escape, listing
from tunecard.card.numbers import count, difference_range, percent, score, score_range, significant
from tunecard.card.record_links import cite
from tunecard.card.simple_things import phrase, unbeaten, verdicts
from tunecard.evidence import Finding, Findings

LOGIT_TOLERANCE = 1e-3
ECE_TOLERANCE = 0.05
SHOWN_SLICES = 3


@dataclass(frozen=True)
class Check:
    """One question; `ok` is None when no finding answers it; `detail` is Markdown with the figures."""

    name: str
    ok: bool | None
    detail: str


def checks_of(findings: Findings) -> list[Check]:
    """All checks, in the order in which a reader would ask."""
    return [check(findings) for check in CHECKS]


def overlap(findings: Findings, seen: str, split: str) -> Finding | None:
    """Rows of `split` whose text is also in `seen`, whichever way round the pair was recorded."""
    pair = [findings.get(f"data.overlap.{seen}.{split}"), findings.get(f"data.overlap.{split}.{seen}")]
    found = [finding for finding in pair if finding is not None]
    rows = facts.value_of(findings, f"data.{split}.rows")
    return next((finding for finding in found if finding.n == rows), found[0] if found else None)


def nearly_seen(findings: Findings, split: str) -> str:
    """How many rows of `split` nearly repeat one of train; "" for none, and where nobody looked."""
    id = f"data.near_overlap.train.{split}"
    return facts.quoted(findings, id) or "" if facts.value_of(findings, id) else ""


def _overlap(findings: Findings) -> Check:
    split = facts.scored_split(findings)
    name = f"no {split} text in {'training' if facts.knows_its_training(findings) else facts.train_split(findings)}"
    finding = overlap(findings, "train", split)
    shared = facts.number_of(finding)
    if finding is None or shared is None:
        return Check(name, None, "")
    share = f" ({percent(shared / finding.n)} of {count(finding.n)})" if finding.n else ""
    shown = cite(findings, finding.id, f"{count(shared)} {split} rows{share}")
    rows, near = facts.training_rows(findings), nearly_seen(findings, split)
    said = [f"{shown} are also {rows}"] if shared else []
    said += [f"{split} rows nearly the same as {rows}: {near}"] if near else []
    return Check(name, not said, "; ".join(said))


def _truncation(findings: Findings) -> Check:
    split = facts.scored_split(findings)
    finding = findings.get(f"data.{split}.truncated_rows")
    cut = facts.number_of(finding)
    if finding is None or cut is None:
        return Check("no text cut off", None, "")
    shown = cite(findings, finding.id, count(cut) + (f" of {count(finding.n)}" if finding.n else ""))
    return Check("no text cut off", cut == 0, f"{shown} {split} rows are longer than the limit and were cut")


def _baselines(findings: Findings) -> Check:
    name = "better than every baseline"
    if not verdicts(findings):
        return Check(name, None, "")
    beaten_by = [
        phrase(findings, lost)
        + (
            f" ({cite(findings, lost.difference.id, f'difference {difference_range(lost.difference.interval)}')})"
            if lost.difference.interval
            else ""
        )
        for lost in unbeaten(findings)
    ]
    return Check(name, not beaten_by, "not clearly better than " + ", ".join(beaten_by))


def _controls(findings: Findings) -> Check:
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    name = "no worse than full fine-tuning"
    finding = findings.get(f"difference.full.{split}.{metric}")
    if finding is None or finding.interval is None:
        return Check(name, None, "")
    difference = cite(findings, finding.id, f"difference {difference_range(finding.interval)}")
    below = f"full fine-tuning is better ({difference})"
    score_of = facts.compared_score(findings, "control", "full")
    is_loss = ((facts.number_of(finding) or 0.0) < 0) is not score_of.is_error
    return Check(name, not (is_loss and facts.is_told_apart(findings, finding)), below)


def _slices(findings: Findings) -> Check:
    split = facts.scored_split(findings)
    of_groups = facts.group_word(findings) if facts.groups(findings, split) else ""
    kinds = [kind for kind, known in (("slice", facts.slices(findings, split)), (of_groups, of_groups)) if known]
    name = f"no {' or '.join(kinds) or 'part'} clearly below the whole"
    if facts.compared_parts(findings) is None or not kinds:
        return Check(name, None, "")
    weak = facts.weak_parts(findings)
    low = sorted((f for f in findings if f.id in weak), key=lambda f: facts.number_of(f) or 0.0)
    shown = listing([_slice_text(findings, f) for f in low[:SHOWN_SLICES]])
    shown += " and others" if len(low) > SHOWN_SLICES else ""
    return Check(name, not low, f"clearly below the whole: {shown}")


def scored(findings: Findings, finding: Finding) -> str:
    """A score with its n and interval: "0.523 (n=79 gold entities, 0.420-0.626)"."""
    interval = f", {score_range(finding.interval)}" if finding.interval else ""
    value = score(facts.number_of(finding) or 0.0)
    return cite(findings, finding.id, f"{value} (n={facts.size_of(findings, finding)}{interval})")


def _slice_text(findings: Findings, finding: Finding) -> str:
    value = cite(findings, finding.id, score(facts.number_of(finding) or 0.0))
    return f"{escape(finding.slice or finding.name, 60)} {value}"


def _groups(findings: Findings) -> Check:
    word = facts.group_word(findings)
    plural = facts.task_of(findings).words.groups
    name = f"no {word} is always missed"
    if not _group_scores(findings):
        return Check(name, None, "")
    lost = [cite(findings, finding.id, escape(label, 40)) for label, finding in never_right(findings)]
    which = f"{plural if len(lost) > 1 else f'a {word}'} never predicted correctly"
    return Check(name, not lost, f"{which}: {', '.join(lost)}")


def never_right(findings: Findings) -> list[tuple[str, Finding]]:
    """(label, F1 finding) of types or classes that occur and that no answer got right."""
    return [(label, f1) for label, f1 in _group_scores(findings).items() if f1.value == 0 and f1.n]


def _group_scores(findings: Findings) -> dict[str, Finding]:
    """Label to F1 of the types or classes that have one."""
    if not _has_f1(findings):
        return {}
    found = {label: own["f1"] for label, own in facts.groups(findings, facts.scored_split(findings)).items()}
    return {label: f1 for label, f1 in found.items() if facts.value_of(findings, f1.id) is not None}


def _has_f1(findings: Findings) -> bool:
    return all("f1" in metrics for metrics in facts.groups(findings, facts.scored_split(findings)).values())


def _reload(findings: Findings) -> Check:
    reload = findings.get("reload.max_logit_difference")
    on = f" on {count(reload.n)} {facts.row_word(findings)}" if reload is not None and reload.n else ""
    name = f"reloads with stock PEFT to the same answers{on}"
    logits = facts.value_of(findings, "reload.max_logit_difference")
    agreement = facts.value_of(findings, "reload.label_agreement")
    if logits is None and agreement is None:
        return Check(name, None, "")
    ok = (logits is None or logits <= LOGIT_TOLERANCE) and (agreement is None or agreement == 1)
    logits_shown = facts.quoted(findings, "reload.max_logit_difference", lambda value: significant(value, 2))
    said = [] if logits is None else [f"logits differ by up to {logits_shown} after reloading"]
    said += (
        [] if agreement is None else [f"{facts.quoted(findings, 'reload.label_agreement', percent)} of labels agree"]
    )
    return Check(name, ok, ", ".join(said))


def _rescored(findings: Findings) -> Check:
    name = "the saved checkpoint scores as in training"
    best = facts.value_of(findings, "training.best_validation")
    again = facts.value_of(findings, "training.rescored_validation")
    if best is None or again is None:
        return Check(name, None, "")
    before = cite(findings, "training.best_validation", score(best))
    after = cite(findings, "training.rescored_validation", score(again))
    detail = f"validation {before} in training, {after} reloaded"
    return Check(name, abs(best - again) <= LOGIT_TOLERANCE, detail)


def _protocol(findings: Findings) -> Check:
    name = "scored on rows that chose nothing"
    protocol = findings.value("results.protocol")
    if not isinstance(protocol, str):
        return Check(name, None, "")
    detail = "the scored split also chose the epoch, so the score is optimistic"
    return Check(name, protocol == "held-out" and facts.scored_split(findings) == "test", detail)


def _start(findings: Findings) -> Check:
    ran = findings.get("start.output")
    if ran is None:
        return Check("the get-started code runs", None, "")
    ok = ran.status != "not measured"
    return Check("the get-started code runs", ok, "the get-started code was not run to its end")


def _calibration(findings: Findings) -> Check:
    """Fails where the interval of the error lies beyond the tolerance: chance alone makes an error of any model."""
    prefix = f"results.{facts.scored_split(findings)}"
    error = findings.get(f"{prefix}.ece")
    if error is None or facts.number_of(error) is None or error.interval is None:
        return Check("confidence near accuracy", None, "")
    shown = cite(findings, error.id, f"{score(facts.number_of(error) or 0.0)} ({score_range(error.interval)})")
    detail = f"its confidence is off by {shown} on average{direction(findings, prefix)}"
    return Check(f"confidence not clearly off by more than {ECE_TOLERANCE}", error.interval[0] <= ECE_TOLERANCE, detail)


CHECKS: tuple[Callable[[Findings], Check], ...] = (
    _protocol,
    _overlap,
    _truncation,
    _baselines,
    _controls,
    _slices,
    _groups,
    _calibration,
    _reload,
    _rescored,
    _start,
)
