"""Published scores beside the adapter's own: which rows each is of, who chose on them, and what else differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import bullets, escape, table
from tunecard.card.numbers import count, difference_range, score, score_range, signed
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

NOT_A_TEST = (
    "Published scores are of other runs, and the intervals below are those of this adapter's rows alone: where one "
    "holds the published score, that is no proof that both are equal."
)
PROTOCOLS = {
    "held-out": "on rows that chose nothing",
    "best-epoch-dev": "of the best epoch on the rows that chose it",
}
UNKNOWN = "how the epoch was chosen is not known"
DIFFERENCE = "the adapter's score minus the published one"
LONGEST = 600


def targets_told(findings: Findings) -> str:
    """A table of the published scores with the own ones, and what each is; "" where the recipe names none."""
    named = [finding for finding in findings.under("target") if isinstance(finding.value, dict)]
    if not named:
        return ""
    rows = [_row(findings, finding, facts.mapping_of(findings, finding.id)) for finding in named]
    header = ["Published scores", "split", "published", "this adapter", "95 % interval", DIFFERENCE]
    return "\n\n".join([NOT_A_TEST, table(header, rows), bullets([_said(findings, finding) for finding in named])])


def _row(findings: Findings, target: Finding, said: dict[str, Any]) -> list[str]:
    own = findings.get(f"results.{said['split']}.{said['metric']}")
    value, apart = facts.number_of(own), facts.number_of(findings.get(f"{target.id}.difference"))
    interval = own.interval if own is not None else None
    name = facts.metric_phrase(findings, str(said["metric"]))
    return [
        f"{escape(said['by'], 120)}: {name}",
        escape(said["split"], 20),
        cite(findings, target.id, score(float(said["value"]))),
        "not measured" if own is None or value is None else cite(findings, own.id, score(value)),
        score_range(interval) if interval is not None else "-",
        "-" if apart is None else _difference(findings, f"{target.id}.difference", apart),
    ]


def _difference(findings: Findings, id: str, value: float) -> str:
    interval = findings[id].interval
    return cite(findings, id, signed(value) + (f" ({difference_range(interval)})" if interval else ""))


def _said(findings: Findings, target: Finding) -> str:
    """What a published score is, in one item."""
    said = facts.mapping_of(findings, target.id)
    told = "; ".join(part for part in _parts(said) if part)
    return f"{escape(said['by'], 120)}: {cite(findings, target.id, told)}."


def _parts(said: dict[str, Any]) -> Iterator[str]:
    yield f"a score of the {escape(said['split'], 20)} split, {PROTOCOLS.get(str(said['protocol']), UNKNOWN)}"
    runs, statistic, spread = said["seeds"], said["statistic"], said["spread"]
    of_runs = f" of {count(runs)} run{'s' if runs != 1 else ''}" if runs else ""
    yield f"{escape(statistic or 'value', 40)}{of_runs}" if statistic or of_runs else ""
    yield f"published spread {score(float(spread))}" if spread is not None else ""
    yield escape(said["source"], 200)
    yield f"what differs here: {escape(said['differs'], LONGEST).rstrip('.')}" if said["differs"] else ""
