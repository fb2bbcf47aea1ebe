"""Scores with their intervals: the whole split, what it is compared with, and every type or class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, score
from tunecard.card.pictures.forest import Block, Kind, Line, draw_forest
from tunecard.evidence import Finding, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_GROUPS = 25
WORST, BEST = 12, 5
LEAST_SHOWN = 2


def chosen_groups(findings: Findings, split: str) -> tuple[list[str], str]:
    """The labels that table and picture show, and a sentence when these are not all.

    All up to 25; else the 12 with the lowest and the 5 with the highest F1 among those that occur.
    """
    known = facts.groups(findings, split)
    if len(known) <= MOST_GROUPS:
        return list(known), ""
    scored = {
        label: value
        for label, metrics in known.items()
        if (value := facts.number_of(metrics.get("f1") or next(iter(metrics.values())))) is not None
    }
    ordered = sorted(scored, key=lambda label: (scored[label], label))
    called = facts.task_of(findings).words.groups
    note = f"The {WORST} worst and {BEST} best of {len(known)} {called} by F1; the others are in `evidence.json`."
    return ordered[:WORST] + ordered[-BEST:], note


def whole_scores(findings: Findings) -> list[tuple[str, Finding, bool]]:
    """(name, headline finding, whether it is the adapter's own) of the adapter, controls and baselines."""
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    head = facts.headline(findings)
    found = [("this adapter", head, True)] if head is not None else []
    for kind, name in facts.predictors(findings):
        other = findings.get(f"{kind}.{name}.{split}.{metric}")
        if other is not None:
            found.append((facts.predictor_title(findings, name), other, False))
    return [(name, finding, own) for name, finding, own in found if facts.number_of(finding) is not None]


def group_scores(findings: Findings) -> list[tuple[str, Finding]]:
    """(label, F1 finding) of the chosen types or classes that have one, best first."""
    split = facts.scored_split(findings)
    known = facts.groups(findings, split)
    found = [(label, known[label]["f1"]) for label in chosen_groups(findings, split)[0] if "f1" in known[label]]
    scored = [(label, finding) for label, finding in found if facts.number_of(finding) is not None]
    return sorted(scored, key=lambda pair: (-(facts.number_of(pair[1]) or 0.0), pair[0]))


def mean_of_groups(findings: Findings) -> Finding | None:
    """The finding of the whole split that is F1 too, as a line through the groups."""
    known = facts.task_of(findings).scoring.groups
    found = findings.get(f"results.{facts.scored_split(findings)}.{known.mean.key}") if known else None
    return found if facts.number_of(found) is not None else None


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    mean = mean_of_groups(findings)
    drawn = [finding.id for _, finding, _ in whole_scores(findings)]
    return drawn + [finding.id for _, finding in group_scores(findings)] + ([mean.id] if mean is not None else [])


def words(findings: Findings) -> str:
    """The scores that are compared, and the best and worst group; the tables beside it hold the rest."""
    whole, groups = whole_scores(findings), group_scores(findings)
    if len(whole) + len(groups) < LEAST_SHOWN:
        return ""
    said = [f"Scores with 95 % intervals, {facts.scored_split(findings)} split."]
    if whole:
        named = ", ".join(f"{escape(name, 40)} {_value(finding)}" for name, finding, _ in whole)
        said.append(f"{facts.metric_name(findings, facts.headline_metric(findings))}: {named}.")
    if groups:
        note = chosen_groups(findings, facts.scored_split(findings))[1].split(";")[0]
        which = f"; {note[0].lower()}{note[1:]}" if note else ""
        ends = " to ".join(f"{escape(label, 40)} {_value(finding)}" for label, finding in (groups[0], groups[-1]))
        said.append(f"F1 by {facts.group_word(findings)} from {ends}{which}.")
    return " ".join(said)


def _value(finding: Finding) -> str:
    return score(facts.number_of(finding) or 0.0)


def draw(findings: Findings) -> Figure:
    """The adapter beside baselines and controls, then F1 of the groups, each with its interval."""
    split, word = facts.scored_split(findings), facts.group_word(findings)
    whole = [_line(name, finding, "own" if own else "other") for name, finding, own in whole_scores(findings)]
    head, mean = facts.headline(findings), mean_of_groups(findings)
    weak = facts.weak_parts(findings)
    groups = [_line(name, finding, "low" if finding.id in weak else "part") for name, finding in group_scores(findings)]
    note = chosen_groups(findings, split)[1].split(";")[0]
    blocks = []
    if whole:
        blocks.append(Block(f"Whole split: {facts.metric_phrase(findings, facts.headline_metric(findings))}", whole))
    if groups:
        blocks.append(Block(f"F1 by {word}", groups, facts.number_of(mean)))
    title = f"Scores on the {split} split, 95 % intervals" + (f". {note}" if note else "")
    is_same = head is not None and mean is not None and head.id == mean.id
    plural = "types" if word == "type" else "classes"
    line = (f"all {plural}" if is_same else f"mean of all {plural}") + f", {score(facts.number_of(mean) or 0.0)}"
    legend = {"reference": line, "low": "clearly below it"}
    return draw_forest(title, blocks, ("score", "n"), legend)


def _line(name: str, finding: Finding, kind: Kind) -> Line:
    value = facts.number_of(finding)
    n = count(finding.n) if finding.n is not None else ""
    return Line(name, value, score(value or 0.0), n, finding.interval, kind)
