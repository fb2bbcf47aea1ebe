"""The scores: whole, against baselines and controls, by type or class, by slice, on entities never seen."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.abstaining import abstaining_told
from tunecard.card.answer import Answer, gap
from tunecard.card.calibration import temperature_told, thresholds_told
from tunecard.card.markdown import bullets, escape, table
from tunecard.card.moved_from_base import moved_told
from tunecard.card.numbers import count, difference_range, score, score_range, signed
from tunecard.card.pictures import chosen_groups, picture
from tunecard.card.record_links import cite
from tunecard.card.simple_things import what_they_do
from tunecard.card.surest_mistakes import mistakes_told
from tunecard.card.targets import targets_told
from tunecard.evidence import Finding, Findings

SUBSETS = {"seen": facts.seen_name, "unseen": facts.unseen_name}
MINUS = "the adapter's score minus this one"


def answers(findings: Findings) -> dict[str, Answer]:
    """`results`."""
    split = facts.scored_split(findings)
    if facts.number_of(facts.headline(findings)) is None:
        return {"results": Answer(gap(facts.headline(findings)), "not measured")}
    parts = [
        _whole(findings, split),
        _left_out(findings, split),
        _against(findings, split),
        moved_told(findings),
        targets_told(findings),
        picture(findings, "scores"),
        _groups(findings, split),
        picture(findings, "slices"),
        _slices(findings, split),
        picture(findings, "confusion"),
        picture(findings, "reliability"),
        thresholds_told(findings),
        temperature_told(findings),
        picture(findings, "risk_coverage"),
        abstaining_told(findings),
        mistakes_told(findings),
    ]
    return {"results": Answer("\n\n".join(part for part in parts if part), "measured")}


def value_cell(findings: Findings, finding: Finding | None) -> str:
    """The value with three decimals, or "undefined" with support 0, or that it was not recorded."""
    value = facts.number_of(finding)
    if finding is None:
        return "not measured"
    if value is not None:
        return cite(findings, finding.id, score(value))
    is_undefined = (finding.reason or "").startswith("undefined")
    return cite(findings, finding.id, "undefined" if is_undefined else "not measured")


def interval_cell(finding: Finding | None) -> str:
    """The interval, which shares the link of the value on its left; or a dash where there is none."""
    return "-" if finding is None or finding.interval is None else score_range(finding.interval)


def _whole(findings: Findings, split: str) -> str:
    rows = []
    for kind in facts.task_of(findings).scoring.scores:
        finding = findings.get(f"results.{split}.{kind.key}")
        if finding is None:
            continue
        cells = [kind.name, value_cell(findings, finding), interval_cell(finding)]
        rows.append([*cells, facts.size_of(findings, finding)])
    return table([f"Whole {split} split", "value", "95 % interval", "n"], rows)


def _left_out(findings: Findings, split: str) -> str:
    """What the scores leave out, counted."""
    found = [findings.get(f"results.{split}.{tally.key}") for tally in facts.task_of(findings).scoring.tallies]
    return bullets(
        [
            f"{one.name}: {cite(findings, one.id, f'{count(value)} of {facts.size_of(findings, one)}')}."
            for one in found
            if one is not None and (value := facts.number_of(one)) is not None
        ]
    )


def _against(findings: Findings, split: str) -> str:
    metric = facts.headline_metric(findings)
    rows = []
    for kind, name in [*facts.stored_bases(findings), *facts.predictors(findings)]:
        score = facts.compared_score(findings, kind, name)
        finding = findings.get(f"{kind}.{name}.{split}.{score.key}")
        if finding is not None:
            difference = findings.get(f"difference.{name}.{split}.{score.key}")
            named = escape(facts.compared_name(findings, kind, name), 120)
            cells = [named, value_cell(findings, finding), interval_cell(finding)]
            rows.append([*cells, difference_cell(findings, difference)])
    header = [
        f"Others on the same rows, {facts.metric_phrase(findings, metric)}",
        "value",
        "95 % interval",
        MINUS,
    ]
    parts = [table(header, rows) if rows else "", bullets(what_they_do(findings))]
    return "\n\n".join(part for part in parts if part)


def difference_cell(findings: Findings, finding: Finding | None) -> str:
    """A paired difference with its interval."""
    value = facts.number_of(finding)
    if finding is None or value is None:
        return "-"
    interval = f" ({difference_range(finding.interval)})" if finding.interval else ""
    return cite(findings, finding.id, signed(value) + interval)


def _groups(findings: Findings, split: str) -> str:
    known, task_groups = facts.groups(findings, split), facts.task_of(findings).scoring.groups
    if not known or task_groups is None:
        return ""
    labels, note = chosen_groups(findings, split)
    rows = []
    for label in labels:
        metrics = known[label]
        top = metrics.get(task_groups.measures[-1].key)  # whose interval and n follow it in the row
        cells = [value_cell(findings, metrics.get(measure.key)) for measure in task_groups.measures]
        rows.append([escape(label, 60), *cells, interval_cell(top), count(top.n or 0) if top else "-"])
    word = facts.group_word(findings)
    unit = facts.task_of(findings).words.group_unit
    names = [measure.phrase for measure in task_groups.measures]
    shown = table([f"By {word}", *names, f"95 % interval of {names[-1]}", f"n, gold {unit}"], rows)
    return f"{note}\n\n{shown}" if note else shown


def _slices(findings: Findings, split: str) -> str:
    found = facts.factor_values(findings, split)
    weak = facts.weak_parts(findings)
    rows = [
        [
            f"{escape(factor, 40)}: {escape(value, 60)}{', clearly below the whole' if finding.id in weak else ''}",
            value_cell(findings, finding),
            interval_cell(finding),
            facts.size_of(findings, finding),
        ]
        for factor, values in found.items()
        for value, finding in values.items()
    ]
    rows += [
        [f"{name(findings)} (recall)", value_cell(findings, f), interval_cell(f), facts.size_of(findings, f)]
        for key, name in SUBSETS.items()
        for f in [findings.get(f"results.{split}.{key}.recall")]
        if f is not None and f.value is not None
    ]
    metric = facts.metric_phrase(findings, facts.headline_metric(findings))
    return table([f"By slice, {metric}", "value", "95 % interval", "n"], rows) if rows else ""
