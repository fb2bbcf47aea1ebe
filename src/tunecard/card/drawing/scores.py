"""Scores of the whole split and of every type or class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.drawing.forest import Block, Kind, Line, draw_forest
from tunecard.card.numbers import count, score
from tunecard.card.pictures.scores import chosen_groups, group_scores, mean_of_groups, whole_scores
from tunecard.evidence import Finding, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_scores(findings: Findings) -> Figure:
    """The adapter beside baselines and controls, then F1 of the groups, each with its interval."""
    split, word = facts.scored_split(findings), facts.group_word(findings)
    whole = [_line(name, finding, "own" if own else "other") for name, finding, own in whole_scores(findings)]
    head, mean = facts.headline(findings), mean_of_groups(findings)
    groups = [
        _line(name, finding, "low" if facts.is_clearly_below(finding, mean) else "part")
        for name, finding in group_scores(findings)
    ]
    note = chosen_groups(findings, split)[1].split(";")[0]
    blocks = []
    if whole:
        blocks.append(Block(f"Whole split: {facts.metric_phrase(facts.headline_metric(findings))}", whole))
    if groups:
        blocks.append(Block(f"F1 by {word}", groups, facts.number_of(mean)))
    title = f"Scores on the {split} split, 95 % intervals" + (f". {note}" if note else "")
    is_same = head is not None and mean is not None and head.id == mean.id
    plural = "types" if word == "type" else "classes"
    line = (f"all {plural}" if is_same else f"mean of all {plural}") + f", {score(facts.number_of(mean) or 0.0)}"
    legend = {"reference": line, "low": "clearly below: the interval ends before it"}
    return draw_forest(title, blocks, ("score", "n"), legend)


def _line(name: str, finding: Finding, kind: Kind) -> Line:
    value = facts.number_of(finding)
    n = count(finding.n) if finding.n is not None else ""
    return Line(name, value, score(value or 0.0), n, finding.interval, kind)
