"""Where training began and what was spent on it, in sentences: the phase without labels, the probe, search, average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.layers import layers_told
from tunecard.card.lineage import lineage_told
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, plain_number, score, significant
from tunecard.card.record_links import cite
from tunecard.evidence import Findings
from tunecard.rows.vectors import APART, MEAN

VIEWS = {
    MEAN: "the mean of the frozen token vectors",
    APART: "what the frozen base says of both texts, each read alone,",
}
PROBED_BY = {
    "classes": "accuracy",
    "choices": "accuracy",
    "numbers": "mean squared error",
    "label sets": "log loss",
    "spans": "accuracy among drawn tokens",
}
WARM, PROBE, SEARCH, SOUP = "training.warm_start", "training.head_probe", "training.search", "training.soup"


def starts_told(findings: Findings) -> list[str]:
    """A sentence for each thing that was done before and after the epochs; none of what was not done."""
    return [
        *lineage_told(findings),
        *layers_told(findings),
        *_warm(findings),
        *_probe(findings),
        *_search(findings),
        *_soup(findings),
    ]


def _warm(findings: Findings) -> Iterator[str]:
    warm = facts.mapping_of(findings, WARM)
    if warm:
        before, after = (cite(findings, WARM, score(warm[key])) for key in ("cosine_before", "cosine_after"))
        rows = cite(findings, WARM, count(int(warm["rows"])))
        yield (
            f"First, without labels, the head was taught to read {VIEWS[warm['view']]} "
            f"of {rows} rows: on validation its cosine to that went from {before} to {after}."
        )
    finding = findings.get(WARM)
    if finding is not None and finding.status == "not measured":
        yield f"There was no phase without labels: {cite(findings, WARM, escape(finding.reason, 160))}."


def _probe(findings: Findings) -> Iterator[str]:
    probe = findings.get(PROBE)
    if probe is not None and isinstance(probe.value, int | float):
        reached = cite(findings, PROBE, score(probe.value))
        measure = PROBED_BY[facts.task_of(findings).objective]
        is_beside = any(name == "probe" for _, name in facts.predictors(findings))
        other = ", not the baseline's" if is_beside else ""
        yield f"The head started from its own linear probe{other} ({measure} {reached} on validation)."


def _search(findings: Findings) -> Iterator[str]:
    tried = [record for record in facts.sequence_of(findings, SEARCH) if isinstance(record, dict)]
    if len(tried) > 1:
        told = ", ".join(cite(findings, SEARCH, _rate(record)) for record in tried)
        yield f"Rates tried, with their validation score: {told}."


def _rate(record: dict[str, Any]) -> str:
    return f"{escape(significant(float(record['learning_rate'])), 20)} {score(float(record['validation']))}"


def _soup(findings: Findings) -> Iterator[str]:
    soup = facts.mapping_of(findings, SOUP)
    if not soup:
        return
    seeds = [plain_number(float(seed)) for seed in soup["seeds"]]
    if len(seeds) == 1:
        alone = cite(findings, SOUP, seeds[0])
        yield f"No average of seeds was better on validation than seed {alone} alone, which is shipped."
        return
    listed, reached = cite(findings, SOUP, ", ".join(seeds)), cite(findings, SOUP, score(float(soup["validation"])))
    yield f"Shipped is the average of seeds {listed}, cut back to the rank: {reached} on validation."
