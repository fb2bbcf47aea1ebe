"""What it is for: what a person declared, beside what the measurements allow."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import UNDECLARED, Answer, declared_paragraphs
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import bullets, escape, listing
from tunecard.card.numbers import count
from tunecard.card.record_links import cite
from tunecard.card.sections.identity import writing_systems_text
from tunecard.evidence import Findings
from tunecard.tasks.other_libraries import read_elsewhere
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
    lead = "What it does" if facts.is_from_elsewhere(findings) else "What it was trained to do"
    can = f"{lead}: it {what_it_does(findings)}."
    is_usual = findings.value("adapter.injects") is True
    merged = "; PEFT's `merge_and_unload` gives a plain model. " if is_usual else ". "
    elsewhere = read_elsewhere(findings)
    whole = f"It loads with stock PEFT on its base, as the code below does{merged}" + (
        elsewhere.loads if elsewhere else facts.task_of(findings).words.by_itself
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
    return Answer(f"{UNDECLARED}\n\n{fact}", "not declared")


def _out_of_scope(findings: Findings) -> Answer:
    declared = declared_paragraphs(findings, "out_of_scope_use")
    limits = measured_limits(findings)
    found = "What the evidence does not cover:\n\n" + bullets(limits) if limits else ""
    if declared is not None:
        said = declared + declared_note(findings, "out_of_scope_use")
        return Answer("\n\n".join(part for part in (said, found) if part), "declared")
    gap = UNDECLARED
    return Answer(f"{gap}\n\n{found}", "measured") if found else Answer(gap, "not declared")


def measured_limits(findings: Findings) -> list[str]:
    """Bounds that the run itself shows: labels, length, writing systems."""
    limits = []
    labels = facts.sequence_of(findings, "task.types") or facts.sequence_of(findings, "task.labels")
    if labels:
        limits.append(fill(facts.task_of(findings).words.limit, {"count": facts.group_count(findings)}.get))
    return [limit for limit in (*limits, _lengths(findings), _letters(findings)) if limit]


def _lengths(findings: Findings) -> str:
    """How much it can read at once, and the longest text that was really read."""
    limit = facts.quoted(findings, "model.max_length")
    if limit is None:
        return ""
    read = [(split, _longest(findings, split)) for split in _splits_read(findings)]
    known = [f"{length} in {split}" for split, length in read if length is not None]
    tested = f"; the longest text that it has read had {listing(known)}" if known else ""
    return f"It reads at most {limit} tokens of a text at once{tested}."


def _splits_read(findings: Findings) -> list[str]:
    """Train, where it is known to have learned from it, and the split that was scored."""
    scored = facts.scored_split(findings)
    return ["train", scored] if facts.knows_its_training(findings) else [scored]


def _longest(findings: Findings, split: str) -> str | None:
    """Tokens of the longest text of a split; no more than the limit, at which longer ones were cut unless windows read
    all of them.
    """
    longest, limit = facts.mapping_of(findings, f"data.{split}.tokens").get("max"), "model.max_length"
    if not isinstance(longest, int | float):
        return None
    most = facts.value_of(findings, limit)
    if most is not None and longest > most:
        if facts.mapping_of(findings, f"data.{split}.windows").get("rows_in_several"):
            return f"{cite(findings, f'data.{split}.tokens', count(longest))} tokens (in windows)"
        return f"{facts.quoted(findings, limit)} tokens (cut)"
    return f"{cite(findings, f'data.{split}.tokens', count(longest))} tokens"


def _letters(findings: Findings) -> str:
    """The writing systems that it learned from, and those that it was tested on."""
    split = facts.scored_split(findings)
    learned = writing_systems_text(findings, "train") if facts.knows_its_training(findings) else None
    tested = writing_systems_text(findings, split)
    said = [f"Letters it has seen in training: {learned}."] if learned else []
    said += (
        [f"Letters of the {split} rows: {tested}. Texts in any other writing system were not tested."] if tested else []
    )
    return " ".join(said)
