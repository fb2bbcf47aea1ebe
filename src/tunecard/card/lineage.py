"""The adapter that a training started from: a reader must know what else had been learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import code, escape
from tunecard.card.numbers import count
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

START = "adapter.start_from"
HEADS = {"taken": "Its head goes on, too.", "new": "Its head was left out: the labels here are learned by a new one."}
COMPARED = {
    "weights": "its base is this one by the hash of its weights",
    "name": "its base is this one by name; no hash of its weights is recorded there",
    "shapes": "that its base is this one follows from the shapes of its tensors alone",
}
SHORT = 12


def lineage_told(findings: Findings) -> list[str]:
    """Where training began, in one item; none where it began on the base."""
    start = facts.mapping_of(findings, START)
    if not start:
        return []
    named = f"{code(start['name'], 80)}, of the method {escape(start['method'], 40)}"
    which = cite(findings, START, f"sha256 {escape(str(start['sha256'])[:SHORT], SHORT)}")
    compared = COMPARED.get(str(start["compared_by"]), "")
    return [
        f"It did not start from the base alone, but from an earlier adapter: {named} ({which}; {compared}), "
        f"{_learned(findings, start)}. {HEADS.get(str(start['head']), '')}"
    ]


def earlier_data(findings: Findings) -> list[str]:
    """Names of the data that earlier adapters learned from, the nearest first, as far as they are known."""
    return [str(one["data"]) for one in _chain(facts.mapping_of(findings, START)) if isinstance(one.get("data"), str)]


def _chain(start: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """An earlier adapter, the one that it started from itself, and so on."""
    while isinstance(start, Mapping) and start:
        yield start
        start = start.get("started_from") or {}


def _learned(findings: Findings, start: Mapping[str, Any]) -> str:
    told = [_rows(one) for one in _chain(start)]
    known = cite(findings, START, ", and before that from ".join(told))
    return f"which had learned from {known}"


def _rows(start: Mapping[str, Any]) -> str:
    data, rows = start.get("data"), start.get("rows")
    if not isinstance(data, str):
        return "rows that nothing here tells of"
    named = " ".join(escape(part, 80) for part in (data, start.get("data_config")) if part)
    return f"{count(rows)} rows of {named}" if isinstance(rows, int) else named
