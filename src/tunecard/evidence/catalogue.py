"""The record catalogue: which ids there are, what each means, and which a run folder must hold.

An id that no entry matches is a slip in our own code (`entry_of` raises), and a fault in a folder that was read
(`faults_of` tells it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tunecard import metrics
from tunecard.evidence.conditions import AskedBy, was_completed
from tunecard.evidence.record import Blanks, Record, Risk
from tunecard.evidence.records import RECORDS
from tunecard.metrics.measure import Measure

if TYPE_CHECKING:
    from tunecard.evidence.finding import Finding, Findings


class UnknownRecordError(ValueError):
    """An id that the catalogue does not hold was recorded or asked for."""


@dataclass(frozen=True)
class Entry:
    """An id with its place in the catalogue."""

    record: Record
    blanks: Blanks


def find_entry(id: str) -> Entry | None:
    """The entry of an id; None when the catalogue has none.

    >>> find_entry("data.train.rows").blanks
    {'split': 'train'}
    """
    record = _plain().get(id)
    if record is not None:
        return Entry(record, {})
    for expression, record in _families():
        match = expression.fullmatch(id)
        if match and match.groupdict().get("measure", "f1") in _measures():
            return Entry(record, match.groupdict())
    return None


def entry_of(id: str) -> Entry:
    """The same. Raises: UnknownRecordError: there is none."""
    entry = find_entry(id)
    if entry is None:
        raise UnknownRecordError(f"{id} is no entry of the record catalogue: see tunecard/evidence/records")
    return entry


def faults_of(findings: Findings) -> list[str]:
    """What the catalogue holds against the records of a folder, a sentence each.

    Told are an id that no entry has, a status, unit or count that its entry does not allow, a record of the other way
    to a run folder, and one that must be there and is not.
    """
    faults = [f"{finding.id} {problem}" for finding in findings for problem in _problems(finding, findings)]
    return [*faults, *(f"{id} must be recorded and is missing" for id in required(findings) if id not in findings)]


def required(findings: Findings) -> list[str]:
    """Every id that evidence must hold, going by what else it holds."""
    records = [record for record in RECORDS if record.writer in (_writer(findings), "both")]
    return list(dict.fromkeys(record.id_for(blanks) for record in records for blanks in record.when(findings)))


def risks_tested(findings: Findings, records: Sequence[Record] = RECORDS) -> set[Risk]:
    """What a probe has measured, going by the entries of its records; what an id is called has no say."""
    known = [finding.id for finding in findings if finding.status in ("measured", "derived")]
    testing = [(record.tests, record.expression()) for record in records if record.tests is not None]
    return {risk for risk, expression in testing if any(expression.fullmatch(id) for id in known)}


def records_by_probe(records: Sequence[Record] = RECORDS) -> dict[str, list[Record]]:
    """Every probe that comes with tunecard, and the records that it always leaves when it is asked."""
    found: dict[str, list[Record]] = {}
    for record in records:
        if isinstance(record.when, AskedBy):
            found.setdefault(record.when.probe, []).append(record)
    return found


def _problems(finding: Finding, findings: Findings) -> list[str]:
    entry = find_entry(finding.id)
    if entry is None:
        return ["is no record that tunecard writes"]
    writer = entry.record.writer
    if writer not in (_writer(findings), "both"):
        return [f"is only written by tunecard {writer}, and this folder was not"]
    return [*entry.record.problems(finding), *_out_of_place(finding, entry, findings)]


def _out_of_place(finding: Finding, entry: Entry, findings: Findings) -> list[str]:
    """What other records say against this one being there, or against its being a gap."""
    record, gap = entry.record, entry.record.gap
    if record.is_exact and not _stands_in(entry.blanks, record.when(findings)):
        return ["is recorded, and the other records leave no place for it"]
    if finding.status == "not measured" and gap is not None and not _stands_in(entry.blanks, gap(findings)):
        return ["is not measured, and by the other records a run measures it"]
    return []


def _stands_in(blanks: Blanks, places: Iterable[Blanks]) -> bool:
    return any(blanks == place for place in places)


def _writer(findings: Findings) -> str:
    return "complete" if was_completed(findings) else "run"


@cache
def _plain() -> dict[str, Record]:
    return {record.pattern: record for record in RECORDS if "{" not in record.pattern}


@cache
def _families() -> list[tuple[re.Pattern[str], Record]]:
    return [(record.expression(), record) for record in RECORDS if "{" in record.pattern]


@cache
def _measures() -> frozenset[str]:
    """The keys of every measure that a module of measures holds, on its own or in a tuple."""
    modules = [module.name for module in iter_modules(metrics.__path__) if module.name.endswith("_measures")]
    values = [value for name in modules for value in vars(import_module(f"{metrics.__name__}.{name}")).values()]
    every = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return frozenset(one.key for one in every if isinstance(one, Measure))
