"""Which records of two run folders have another value, grouped: settings, data, base, scores, cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tunecard.evidence.comparing import is_equal
from tunecard.evidence.finding import Finding, Findings

SETTINGS, DATA, BASE, SCORES = "recipe and settings", "data", "base", "scores"
EXAMINED, COST, MACHINE = "examination", "time, memory and size", "machine and software"
DECLARED, OTHER = "the card and what is declared", "other"
GROUPS = (SETTINGS, DATA, BASE, SCORES, EXAMINED, COST, MACHINE, DECLARED, OTHER)

# Of any two runs they differ, or they say again what another record says: names, dates, hashes of what came out.
TRIVIAL = (
    "run.name", "run.date", "adapter.sha256", "declared.for_adapter", "start", "adapter.meaning", "adapter.reference",
)  # fmt: skip

# Beginnings of ids; the longest that fits decides.
_GROUPED = {
    SETTINGS: ("task", "adapter", "training", "model.max_length", "results.protocol"),
    DATA: ("data",),
    BASE: ("base_model", "adapter.tokenizer_sha256"),
    SCORES: (
        "results", "baseline", "control", "on_base", "difference", "target", "calibration", "fit", "training.curve",
        "training.best_epoch", "training.best_validation", "training.rescored_validation", "training.head_probe",
        "training.stopped", "training.temperature", "training.seeds", "training.seeds_summary", "training.search",
        "training.soup",
    ),
    EXAMINED: ("examination", "reload", "adapter.ranks"),
    COST: (
        "training.seconds", "training.steps", "training.epochs_run", "training.rows_per_second",
        "training.tokens_per_second", "training.peak_memory_bytes", "training.failed_steps", "training.skipped_steps",
        "run.seconds", "run.stages", "adapter.bytes", "model", "prediction", "energy", "co2", "environment.hours",
        "environment.cpu_utilisation", "environment.others_share", "environment.failed_attempts",
    ),
    MACHINE: ("environment", "software", "run", "training.hardware", "training.software"),
    DECLARED: ("declared", "citation", "card"),
}  # fmt: skip
_GROUP_OF = {start: group for group, starts in _GROUPED.items() for start in starts}


@dataclass(frozen=True)
class Change:
    """A record whose value is another one.

    Attributes:
        id: of the record.
        group: one of `GROUPS`.
        a, b: its value in the first folder and in the other; None where there is none.
        unit: of both.
        run: path of the other folder.
    """

    id: str
    group: str
    a: Any
    b: Any
    unit: str | None
    run: str

    def parts(self) -> list[Change]:
        """Itself; of two mappings a change a key that differs, behind the id and without the unit of the whole."""
        if not isinstance(self.a, dict) or not isinstance(self.b, dict):
            return [self]
        pairs = [(key, self.a.get(key), self.b.get(key)) for key in dict.fromkeys([*self.a, *self.b])]
        apart = [(f"{self.id}.{key}", a, b) for key, a, b in pairs if not is_equal(a, b, 0.0)]
        return [replace(self, id=id, a=a, b=b, unit=None) for id, a, b in apart]


def changes(first: Findings, other: Findings, run: str) -> list[Change]:
    """Every record whose value differs, but for what differs between any two runs; in the order of the groups.

    Args:
        run: path of the folder that `other` comes from.
    """
    found = list(_found(first, other, run))
    return [change for group in GROUPS for change in found if change.group == group]


def _found(first: Findings, other: Findings, run: str) -> Iterator[Change]:
    for id in dict.fromkeys([*(finding.id for finding in first), *(finding.id for finding in other)]):
        ours, theirs = first.get(id), other.get(id)
        a, b = _value(ours), _value(theirs)
        if not is_equal(a, b, 0.0) and not _begins(id, TRIVIAL):
            unit = next((finding.unit for finding in (ours, theirs) if finding is not None), None)
            yield Change(id, _group(id), a, b, unit, run)


def _value(finding: Finding | None) -> Any:
    """A range has no value: its ends stand for it."""
    if finding is None:
        return None
    return list(finding.interval) if finding.value is None and finding.interval is not None else finding.value


def _group(id: str) -> str:
    if id.startswith("environment.") and id.endswith("_hours"):  # of a stage
        return COST
    fitting = [start for start in _GROUP_OF if _begins(id, (start,))]
    return _GROUP_OF[max(fitting, key=len)] if fitting else OTHER


def _begins(id: str, starts: tuple[str, ...]) -> bool:
    return any(id == start or id.startswith(f"{start}.") for start in starts)
