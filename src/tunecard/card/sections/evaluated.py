"""How it was scored: by which factors, with which metrics, with which intervals."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import bullets, code, listing, prose
from tunecard.card.numbers import count
from tunecard.card.record_links import cite
from tunecard.evidence import Findings


def answers(findings: Findings) -> dict[str, Answer]:
    """`testing_factors`, `testing_metrics`."""
    return {"testing_factors": _factors(findings), "testing_metrics": _metrics(findings)}


def _factors(findings: Findings) -> Answer:
    split = facts.scored_split(findings)
    found = facts.factor_values(findings, split)
    items = [code(factor, 60) for factor in found]
    if facts.groups(findings, split):
        items.append(f"{facts.group_word(findings)} ({facts.group_count(findings)} of them)")
    if not items:
        return Answer(gap(findings.get("data.factors")), "not measured")
    more = "Any column named in `evaluation.factors` of the recipe becomes a factor."
    return Answer(f"[Results](#results) gives scores apart by {listing(items)}. {more}", "measured")


def _metrics(findings: Findings) -> Answer:
    used = facts.used_scores(findings)
    if not used:
        return Answer(gap(facts.headline(findings)), "not measured")
    top = facts.headline_metric(findings)
    items = [f"**{score.name}**{' (headline)' if score.key == top else ''}: {score.meaning}" for score in used]
    return Answer(f"{bullets(items)}\n\n{_intervals(findings)}", "derived")


def _intervals(findings: Findings) -> str:
    head = facts.headline(findings)
    how = prose(head.method, 200) if head is not None and head.method else ""
    method = f" How, for the headline: {cite(findings, head.id, how)}." if head is not None and how else ""
    drawn = "groups of test rows" if findings.value("data.cluster") else "test rows"
    said = f"95 % intervals say what other {drawn} of the same kind would change; they do not cover other seeds."
    return f"{said}{_clusters(findings)}{method}"


def _clusters(findings: Findings) -> str:
    """Which rows belong together, how many groups there are, and whether training saw rows of the same ones."""
    split = facts.scored_split(findings)
    column, figures = findings.value("data.cluster"), facts.mapping_of(findings, f"data.{split}.clusters")
    if not column or not figures:
        return ""
    groups = cite(findings, f"data.{split}.clusters", f"{count(figures['groups'])} groups")
    named = cite(findings, "data.cluster", code(column, 60))
    said = f" Rows with the same {named} belong together and are drawn as one: {groups} in {split}"
    shared = f"data.cluster_overlap.train.{split}"
    if findings.get(shared) is not None:
        said += f"; {facts.quoted(findings, shared)} of their values also occur in {facts.train_split(findings)}"
        said += ", which are the same groups only if the numbering does not begin anew in each split"
    return f"{said}."
