"""What the data holds: splits, columns, files and labels, as counted."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.answer import Answer
from tunecard.card.markdown import bullets, code, details, escape, left_table, listing, table
from tunecard.card.numbers import count, size
from tunecard.card.record_links import cite
from tunecard.card.sections.data import reading, splits_table
from tunecard.evidence import Findings

OPEN_LABELS, SHOWN_LABELS = 20, 300
SHOWN_FILES = 20


def structure(findings: Findings) -> Answer:
    """`dataset_structure`."""
    shown = splits_table(findings)
    if shown is None:
        return Answer("Not measured (not recorded).", "not measured")
    read = bullets(reading(findings))
    parts = [shown, _columns(findings), read, _origins(findings), _labels(findings), _files(findings)]
    return Answer("\n\n".join(part for part in parts if part), "measured")


def _columns(findings: Findings) -> str:
    roles = facts.mapping_of(findings, "data.columns")
    named = [f"{escape(role, 20)} from {code(column, 80)}" for role, column in roles.items()]
    return f"Columns that were read: {cite(findings, 'data.columns', listing(named))}." if named else ""


def _origins(findings: Findings) -> str:
    """How each split came about, what was left out of it, and its content hash."""
    items = []
    for split in facts.SPLITS:
        origin, sha = findings.value(f"data.{split}.origin"), findings.value(f"data.{split}.sha256")
        if not origin and not sha:
            continue
        said = [cite(findings, f"data.{split}.origin", escape(origin or "origin not recorded", 200))]
        dropped = {k: v for k, v in facts.mapping_of(findings, f"data.{split}.dropped").items() if v}
        if dropped:
            reasons = listing([f"{count(number)} ({escape(reason, 80)})" for reason, number in dropped.items()])
            said.append(f"left out: {cite(findings, f'data.{split}.dropped', reasons)}")
        said.append(f"sha256 of the rows as read: {code(sha)}" if sha else "")
        items.append(f"{split}: {'; '.join(part for part in said if part)}")
    return bullets(items)


def _labels(findings: Findings) -> str:
    """Counts by label and split; behind a fold where there are many."""
    counts = {split: facts.mapping_of(findings, f"data.{split}.labels") for split in facts.SPLITS}
    present = [split for split in facts.SPLITS if counts[split]]
    labels = list(dict.fromkeys(label for split in present for label in counts[split]))
    if not labels:
        return ""
    rows = [
        [escape(label, 60), *(_cell(findings, split, counts[split].get(label)) for split in present)]
        for label in labels[:SHOWN_LABELS]
    ]
    word = facts.task_of(findings).words.by_group.lower()
    shown = table([word, *present], rows)
    if len(labels) > SHOWN_LABELS:
        shown += f"\n\nThe other labels stand in {cite(findings, f'data.{present[0]}.labels', 'the record')}."
    return shown if len(labels) <= OPEN_LABELS else details(f"{word.capitalize()} and split", shown)


def _cell(findings: Findings, split: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "not recorded"
    return cite(findings, f"data.{split}.labels", count(value))


def _files(findings: Findings) -> str:
    """The files that were read, by name and sha256."""
    records = facts.records_of(findings, "data.files")
    if not records:
        return ""
    rows = [
        [
            code(record.get("file", "not recorded"), 80),
            escape(record.get("split", ""), 20),
            cite(findings, "data.files", size(float(bytes_))) if isinstance(bytes_, int) else "not recorded",
            code(record.get("sha256", "not recorded")),
        ]
        for record, bytes_ in ((record, record.get("bytes")) for record in records[:SHOWN_FILES])
    ]
    more = len(records) - SHOWN_FILES
    rest = f"\n\n{cite(findings, 'data.files', count(more))} more files stand in the record." if more > 0 else ""
    return left_table(["file", "split", "size", "sha256"], rows) + rest
