"""Where it fails: weak classes and slices, cut texts, shared rows, what the base brings, what nobody tested."""

from __future__ import annotations

from typing import get_args

from tunecard.card import (
    facts,
    not_tested,
    people_told,
    probe_limits,
    products_told,
    simple_things,
    surest_mistakes,
    use_limits,
    where_it_acts,
    written_otherwise,
)
from tunecard.card.abstaining import abstaining_advice
from tunecard.card.answer import Answer, declared_paragraphs
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import bullets, escape, listing
from tunecard.card.numbers import count, difference_range, percent, score, signed
from tunecard.card.pictures.confusion import most_confused
from tunecard.card.reader_checks import checks_of, nearly_seen, never_right, overlap, scored
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings
from tunecard.evidence.catalogue import risks_tested
from tunecard.evidence.record import Risk

SHOWN_WEAK = 5
SHOWN_PAIRS = 3


def answers(findings: Findings) -> dict[str, Answer]:
    """`bias_risks_limitations`, `bias_recommendations`."""
    return {"bias_risks_limitations": _limitations(findings), "bias_recommendations": _recommendations(findings)}


def untested(findings: Findings) -> list[str]:
    """What no finding speaks about; what a probe could have tested, by which probes left records."""
    tested = risks_tested(findings)
    gaps = [f"{facts.row_word(findings)} from other sources than this data set", "other languages than the data's"]
    gaps += [risk for risk in get_args(Risk) if risk not in tested]
    calibration = facts.task_of(findings).scoring.calibration
    if calibration and f"results.{facts.scored_split(findings)}.{calibration[0].key}" not in findings:
        gaps.append("whether its probabilities can be trusted")
    return gaps


def scored_groups(findings: Findings) -> list[tuple[str, Finding]]:
    """(label, F1 finding) of every type or class that has one."""
    known = facts.groups(findings, facts.scored_split(findings))
    return [(label, metrics["f1"]) for label, metrics in known.items() if "f1" in metrics]


def weak_groups(findings: Findings) -> list[tuple[str, Finding]]:
    """(label, F1 finding) of types or classes clearly below the whole, weakest first."""
    weak = facts.weak_parts(findings)
    pairs = [(label, f1) for label, f1 in scored_groups(findings) if f1.id in weak]
    return sorted(pairs, key=lambda pair: facts.number_of(pair[1]) or 0.0)


def weaknesses(findings: Findings) -> list[str]:
    """What was measured and a user must know, a sentence each."""
    return [
        *_group_items(findings),
        *_slice_items(findings),
        *_searched_items(findings),
        *_confusion_items(findings),
        *_cut_items(findings),
        *_overlap_items(findings),
        *people_told.limits(findings),
        *surest_mistakes.limits(findings),
        *products_told.limits(findings),
        *probe_limits.limits(findings),
        *written_otherwise.limits(findings),
        *where_it_acts.limits(findings),
        *use_limits.limits(findings),
    ]


def limits(findings: Findings) -> list[str]:
    """What was found, what nobody tested and what the base brings: the items of the list, in Markdown."""
    return [*weaknesses(findings), *_open(findings)]


def _open(findings: Findings) -> list[str]:
    gaps = "**Not tested:** " + listing(untested(findings), 9) + "."
    return [gaps, *not_tested.told(findings), _inherited(findings)]


def _limitations(findings: Findings) -> Answer:
    found = weaknesses(findings)
    items, measured = [*found, *_open(findings)], bool(found)
    declared = declared_paragraphs(findings, "risks")
    text = "\n\n".join(part for part in (bullets(items), people_told.people_table(findings)) if part)
    text += f"\n\nDeclared risks{declared_note(findings, 'risks')}: {declared}" if declared else ""
    return Answer(text, "measured" if measured else "declared" if declared else "not measured")


def _group_items(findings: Findings) -> list[str]:
    word = facts.task_of(findings).words.groups
    weak = weak_groups(findings)
    if weak:
        shown = listing([_named(findings, label, finding) for label, finding in weak[:SHOWN_WEAK]], SHOWN_WEAK)
        weakest = "weakest (F1): " if len(weak) > SHOWN_WEAK else "F1: "
        return [f"**Weak {word}**, clearly below the whole; {weakest}{shown}."]
    compared = facts.compared_parts(findings)
    if compared and facts.groups(findings, facts.scored_split(findings)):
        of = facts.group_count(findings)
        return [f"**Weak {word}:** none of {of} scores clearly below the whole; {_small_ones(findings)}."]
    return []


def _small_ones(findings: Findings) -> str:
    """What the comparison leaves out: types or classes of too few to be compared, above all those never right."""
    lost = [_named(findings, label, f1) for label, f1 in never_right(findings)]
    if not lost:
        return "small ones could hide it"
    return f"but no answer was right for {listing(lost, SHOWN_WEAK)}, of which there are too few to compare"


def _about_weak(findings: Findings, label: str) -> str:
    """What a weak type or class means for who uses its answers, and for who needs all of it."""
    known = facts.groups(findings, facts.scored_split(findings))[label]
    shown = {
        key: cite(findings, known[key].id, score(float(str(known[key].value))))
        for key in ("precision", "recall")
        if key in known and known[key].value is not None
    }
    told = listing([f"{key} {value}" for key, value in shown.items()])
    return f"Check {escape(label, 40)} by hand, answers and misses: {told}."


def _named(findings: Findings, label: str, finding: Finding) -> str:
    return f"{escape(label, 40)} {scored(findings, finding)}"


def _slice_items(findings: Findings) -> list[str]:
    weak = facts.weak_slices(findings)
    if weak:
        shown = listing([_named(findings, f.slice or f.name, f) for f in weak[:SHOWN_WEAK]], SHOWN_WEAK)
        return [f"**Weak slices:** {shown}."]
    is_sliced = bool(facts.compared_parts(findings) and facts.slices(findings, facts.scored_split(findings)))
    return ["**Slices:** none scores clearly below the whole."] if is_sliced else []


def _searched_items(findings: Findings) -> list[str]:
    """What the search over pairs of factors found beside the slices of one."""
    finding = findings.get(f"results.{facts.scored_split(findings)}.worst_slices")
    if finding is None or finding.n is None:
        return []
    looked_at = f"of {cite(findings, finding.id, count(finding.n))} slices by one or two factors"
    pairs = [one for one in facts.records_of(findings, finding.id) if isinstance(one.get("value"), int | float)]
    shown = [
        f"{escape(str(one.get('slice')), 80)} {cite(findings, finding.id, score(float(one['value'])))}"
        for one in pairs[:SHOWN_WEAK]
    ]
    if not shown:
        return [f"**Search for weak slices:** {looked_at} none is clearly below the whole."]
    return [f"**Search for weak slices:** {looked_at}, corrected for all, clearly below the whole: {listing(shown)}."]


def _confusion_items(findings: Findings) -> list[str]:
    split = facts.scored_split(findings)
    pairs = most_confused(findings, split)[:SHOWN_PAIRS]
    if not pairs:
        return []
    unit = facts.item_word(findings)
    shown = [
        f"{escape(gold, 40)} read as {escape(said, 40)} ({cite(findings, f'results.{split}.confusion', count(number))})"
        for gold, said, number in pairs
    ]
    return [f"**Most confused** ({unit}): {listing(shown)}."]


def _cut_items(findings: Findings) -> list[str]:
    cut = findings.get(f"data.{facts.scored_split(findings)}.truncated_rows")
    number = facts.number_of(cut)
    if cut is None or not number:
        return []
    of = f" ({percent(number / cut.n)} of {count(cut.n)})" if cut.n else ""
    missed = facts.value_of(findings, "results.truncated_misses")
    entities = cite(findings, "results.truncated_misses", f"{count(missed or 0)} entities")
    lost = f"; {entities} lie in what was cut and count as missed" if missed else ""
    shown = cite(findings, cut.id, f"{count(number)} {facts.row_word(findings)} of {facts.scored_split(findings)}{of}")
    return [f"**Long texts:** {shown} were cut at the length limit{lost}."]


def _overlap_items(findings: Findings) -> list[str]:
    split = facts.scored_split(findings)
    shared, near = overlap(findings, "train", split), nearly_seen(findings, split)
    number = facts.number_of(shared)
    rows, said = facts.training_rows(findings), []
    if shared is not None and number:
        shown = cite(findings, shared.id, count(number) + (f" of {count(shared.n)}" if shared.n else ""))
        said.append(f"{shown} {split} rows are also {rows}")
    said += [f"{split} rows nearly the same as {rows}: {near}"] if near else []
    if not said:
        return []
    rest = _clean(findings)
    if facts.knows_its_training(findings):
        return [f"**Seen in training:** {'; '.join(said)}. {rest or 'The score may flatter.'}"]
    flatters = f"If it learned from that split, the score flatters. {rest}".rstrip()
    return [f"**Also in the train split given:** {'; '.join(said)}. {flatters}"]


def _clean(findings: Findings) -> str:
    """The score of the rows that training did not have, and whether it differs from that of all; "" if unknown."""
    prefix = f"results.{facts.scored_split(findings)}.clean"
    metric = facts.headline_metric(findings)
    rest, gap = findings.get(f"{prefix}.{metric}"), findings.get(f"{prefix}.difference")
    if rest is None or gap is None or facts.number_of(rest) is None or facts.number_of(gap) is None:
        return ""
    name = facts.metric_phrase(findings, metric)
    by = cite(findings, gap.id, signed(facts.number_of(gap) or 0.0) + _ends(gap))
    told = f"Without them the {name} is {scored(findings, rest)}, {by} against all rows"
    if gap.interval is None:
        return f"{told}."
    is_apart = facts.is_told_apart(findings, gap)
    return f"{told}: {'they move the score' if is_apart else 'no more than chance explains'}."


def _ends(finding: Finding) -> str:
    return f" ({difference_range(finding.interval)})" if finding.interval else ""


def _inherited(findings: Findings) -> str:
    base = findings.value("base_model.id")
    if base is None or findings.value("base_model.is_local"):
        return "**Inherited:** the frozen base brings its own biases; no card of it is known, nothing here tests them."
    return "**Inherited:** whatever bias the base has; see its own card, nothing here tests it."


def _recommendations(findings: Findings) -> Answer:
    declared = declared_paragraphs(findings, "recommendations")
    text = bullets(_advice(findings))
    if declared is not None:
        note = declared_note(findings, "recommendations")
        return Answer(f"{declared}{note}\n\nFrom the measurements:\n\n{text}", "declared")
    return Answer(text, "derived")


def _advice(findings: Findings) -> list[str]:
    advice = simple_things.advice(findings)
    lost = [escape(label, 40) for label, _ in never_right(findings)]
    if lost:
        advice.append(f"Do not use it for {listing(lost)}: it found none of them.")
    advice += [_about_weak(findings, label) for label, f1 in weak_groups(findings)[:SHOWN_WEAK] if f1.value]
    if facts.weak_slices(findings):
        shown = [escape(f.slice or f.name, 40) for f in facts.weak_slices(findings)[:SHOWN_WEAK]]
        advice.append(f"Expect lower scores for {listing(shown)}.")
    advice += written_otherwise.advice(findings)
    failed = {check.name for check in checks_of(findings) if check.ok is False}
    if "no text cut off" in failed:
        advice.append("Split long texts before predicting: what lies behind the limit is not read.")
    if "no worse than full fine-tuning" in failed:
        advice.append("Full fine-tuning did better on these rows; weigh the difference against the adapter's size.")
    advice += abstaining_advice(findings)
    advice += people_told.advice(findings)
    advice += probe_limits.advice(findings)
    advice += where_it_acts.advice(findings)
    advice += use_limits.advice(findings)
    advice.append("Score it on labelled rows of your own before you rely on it.")
    return advice
