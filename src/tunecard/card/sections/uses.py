"""What it is for: what a person declared, beside what the measurements allow."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, declared_paragraphs, undeclared
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import bullets, escape, listing
from tunecard.card.numbers import count
from tunecard.card.record_links import cite
from tunecard.card.sections.identity import writing_systems_text
from tunecard.evidence import Findings
from tunecard.tasks.words import fill


def what_it_does(findings: Findings) -> str:
    """The task in one clause: "finds DNA, RNA and protein in text"."""
    labels = facts.sequence_of(findings, "task.types") or facts.sequence_of(findings, "task.labels")
    named = listing([escape(label, 40) for label in labels], 8)
    words = facts.task_of(findings).words
    values = {
        "labels": named,
        "input": "a pair of texts" if findings.value("task.is_pair") else "a text",
        "count": facts.group_count(findings),
    }
    return fill(words.does if labels else words.does_unnamed, values.get)


def answers(findings: Findings) -> dict[str, Answer]:
    """`direct_use`, `downstream_use`, `out_of_scope_use`."""
    can = f"What it was trained to do: it {what_it_does(findings)}."
    whole = (
        "It loads with stock PEFT on its base, as the code below does; PEFT's `merge_and_unload` gives a plain model. "
        "`pipeline(model=...)` and `AutoPeftModel` do not know its labels."
    )
    return {
        "direct_use": _declared_beside(findings, "direct_use", can),
        "downstream_use": _declared_beside(findings, "downstream_use", whole),
        "out_of_scope_use": _out_of_scope(findings),
    }


def _declared_beside(findings: Findings, key: str, fact: str) -> Answer:
    declared = declared_paragraphs(findings, key)
    if declared is not None:
        return Answer(f"{declared}{declared_note(findings, key)}\n\n{fact}", "declared")
    return Answer(f"{undeclared(key)}\n\n{fact}", "not declared")


def _out_of_scope(findings: Findings) -> Answer:
    declared = declared_paragraphs(findings, "out_of_scope_use")
    limits = measured_limits(findings)
    found = "What the evidence does not cover:\n\n" + bullets(limits) if limits else ""
    if declared is not None:
        said = declared + declared_note(findings, "out_of_scope_use")
        return Answer("\n\n".join(part for part in (said, found) if part), "declared")
    gap = undeclared("out_of_scope_use")
    return Answer(f"{gap}\n\n{found}", "measured") if found else Answer(gap, "not declared")


def _longest(findings: Findings) -> str:
    """How long the texts really were that it learned from and was tested on; nothing where that is not recorded."""
    learned = [] if facts.is_from_elsewhere(findings) else ["train"]
    told = []
    for split in dict.fromkeys([*learned, facts.scored_split(findings)]):
        longest = facts.mapping_of(findings, f"data.{split}.tokens").get("max")
        if isinstance(longest, int | float):
            told.append(f"{cite(findings, f'data.{split}.tokens', count(longest))} tokens in {split}")
    return f"; the longest that it met had {listing(told)}" if told else ""


def measured_limits(findings: Findings) -> list[str]:
    """Bounds that the run itself shows: labels, length, writing systems."""
    limits = []
    labels = facts.sequence_of(findings, "task.types") or facts.sequence_of(findings, "task.labels")
    if labels:
        limits.append(fill(facts.task_of(findings).words.limit, {"count": facts.group_count(findings)}.get))
    length = facts.quoted(findings, "model.max_length")
    if length is not None:
        limits.append(f"It reads at most {length} tokens of a text at once{_longest(findings)}.")
    systems = writing_systems_text(findings)
    if systems:
        limits.append(f"Letters it has seen: {systems}. Texts in any other writing system were not tested.")
    return [limit for limit in limits if limit]
