"""A finished run in a few lines: what was made, how good, beside what, checked or not, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.numbers import difference_range, duration, score, score_range, signed, size
from tunecard.card.simple_things import unbeaten, unbeaten_words
from tunecard.card.where_time_went import longest_stages
from tunecard.cli.summary_groups import group_rows, group_title, left_out

MOST_STAGES = 2  # more are too long for a line

if TYPE_CHECKING:
    from tunecard.evidence import Finding, Findings, RunFolder
    from tunecard.verification import Report


def summary_lines(folder: RunFolder, report: Report) -> list[str]:
    """Lines of at most 80 columns where names and paths are short. `report` is what verifying the folder gave."""
    findings = folder.read_findings()
    path = str(folder.path)
    return [
        "",
        f"Made {path}:",
        _made(findings),
        "",
        *_table(list(_score_rows(findings))),
        *(f"  {unbeaten_words(lost)} {facts.predictor_phrase(findings, lost.name)}" for lost in unbeaten(findings)),
        *_groups(findings),
        "",
        *_took(findings),
        _verified(report),
        f"Card: {folder.card}",
        "",
        "Next:",
        *_table([
            [shlex.join(["tunecard", "verify", path]), "checks all of it again"],
            _predict(findings, path),
            [shlex.join(["tunecard", "push", path]) + " OWNER/NAME", "to the Hub, private"],
        ]),
    ]  # fmt: skip


def _predict(findings: Findings, path: str) -> list[str]:
    """How to answer new rows: a line of text is one for some tasks, others read several columns."""
    words, is_pair = facts.task_of(findings).words, findings.value("task.is_pair") is True
    if words.reads_lines(is_pair):
        return [shlex.join(["tunecard", "predict", path, "-"]), "reads a text a line"]
    return [shlex.join(["tunecard", "predict", path]) + " ROWS.csv", f"reads {words.taken(is_pair)} of each row"]


def _made(findings: Findings) -> str:
    weight = facts.value_of(findings, "adapter.bytes")
    weighs = f" of {size(weight)}" if weight is not None else ""
    base = findings.value("base_model.id", "a base without a name")
    return f"  {facts.adapter_noun(findings)}{weighs} on {base}"


def _score_rows(findings: Findings) -> Iterator[list[str]]:
    """The headline with interval and n, then every baseline and control with the paired difference."""
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    headline = facts.headline(findings)
    value = facts.number_of(headline)
    if headline is None or value is None:
        reason = headline.reason if headline is not None else findings["results.headline"].reason
        yield [f"{facts.metric_name(findings, metric)}: not measured ({reason})"]
        return
    counted = facts.size_of(findings, headline)
    yield [f"{facts.metric_name(findings, metric)}, {split}", score(value), _interval(headline), f"n = {counted}"]
    for kind, name in facts.predictors(findings):
        other = facts.value_of(findings, f"{kind}.{name}.{split}.{metric}")
        if other is not None:
            gap = _gap(findings.get(f"difference.{name}.{split}.{metric}"))
            yield [facts.predictor_name(findings, name), score(other), gap]


def _interval(finding: Finding) -> str:
    if finding.interval is None:
        return "no interval"
    level = f" ({finding.level:.0%})".replace("%", " %") if finding.level is not None else ""
    return f"{score_range(finding.interval)}{level}"


def _gap(difference: Finding | None) -> str:
    value = facts.number_of(difference)
    if difference is None or value is None:
        return ""
    within = f" ({difference_range(difference.interval)})" if difference.interval else ""
    return f"difference {signed(value)}{within}"


def _groups(findings: Findings) -> list[str]:
    """A block of the groups, where the task has any that are scored."""
    rows, rest = group_rows(findings), left_out(findings)
    if not rows:
        return []
    return ["", f"  {group_title(findings)}:", *_table(rows), *([f"  {rest}"] if rest else [])]


def _verified(report: Report) -> str:
    failed = [check.name for check in report.checks if check.ok is False]
    made = sum(check.ok is not None for check in report.checks)
    if failed:
        return f"NOT verified: {len(failed)} of {made} checks failed: {', '.join(failed)}"
    return f"Verified: all {made} checks passed, {len(report.checks) - made} could not be made"


def _took(findings: Findings) -> list[str]:
    """How long the run took and with what, for whoever wonders; nothing where that is not known."""
    seconds, longest = facts.value_of(findings, "run.seconds"), longest_stages(findings, MOST_STAGES)
    if seconds is None:
        return []
    said = f"{duration(seconds)} after loading libraries"
    return [f"Took {said}: {longest}, ..." if longest else f"Took {said}"]


def _table(rows: list[list[str]]) -> list[str]:
    """Rows as indented lines whose columns stand under each other; the last cell of a row may be long."""
    widths: dict[int, int] = {}
    for row in rows:
        for column, cell in enumerate(row[:-1]):
            widths[column] = max(widths.get(column, 0), len(cell))
    padded = ([cell.ljust(widths.get(column, 0)) for column, cell in enumerate(row)] for row in rows)
    return ["  " + "  ".join(row).rstrip() for row in padded]
