"""One entry of the catalogue of records: what an id means, and when a run folder must hold it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tunecard.evidence.finding import Finding, Findings, Status

Writer = Literal["run", "complete", "both", "evaluate"]
Risk = Literal["typing errors", "differences between groups of people"]
Blanks = Mapping[str, str]  # placeholder to what stands in its place
Condition = Callable[["Findings"], Iterable[Blanks]]

MEASURED: tuple[Status, ...] = ("measured",)
MEASURED_OR_GAP: tuple[Status, ...] = ("measured", "not measured")
DERIVED: tuple[Status, ...] = ("derived",)
DERIVED_OR_GAP: tuple[Status, ...] = ("derived", "not measured")
DECLARED: tuple[Status, ...] = ("declared",)
DECLARED_OR_GAP: tuple[Status, ...] = ("declared", "not measured")
KNOWN_OR_GAP: tuple[Status, ...] = ("measured", "derived", "not measured")
TOLD_OR_DERIVED: tuple[Status, ...] = ("declared", "derived", "not measured")
SEEN_OR_TOLD: tuple[Status, ...] = ("measured", "declared", "not measured")

# What may stand in the place of a placeholder; `measure` is closed by the list of measures.
BLANKS = {
    "split": "train|validation|test",
    "seen": "train|validation",
    "measure": r"[a-z][a-z0-9_]*",
    "predictor": r"[a-z][a-z0-9_-]*",
    "stage": r"[a-z]+",
    "setting": r"[a-z][a-z0-9_]*",
    "package": r"[A-Za-z0-9_-]+",
    "label": ".+",
    "group": ".+?=.*",
    "factor": "[^=]+",
    "number": "[1-9][0-9]?",
    "variable": r"[a-z_0-9]+",
}
_BLANK = re.compile(r"\{(\w+)\}")
SPOKEN = {"failed": "stages cut short by an interruption or an error"}


def always(findings: Findings) -> Iterable[Blanks]:
    """The record stands in every folder of its writer."""
    return [{}]


def never(findings: Findings) -> Iterable[Blanks]:
    """The record stands in no folder, or a gap in no place."""
    return []


def optional(findings: Findings) -> Iterable[Blanks]:
    """Nothing else in the evidence tells whether the record must be there."""
    return []


@dataclass(frozen=True)
class Record:
    """What the records of one id, or of one family of ids, have in common.

    Attributes:
        pattern: the id, with `{placeholders}` where a family is open.
        name: what a reader calls it, with the same placeholders; None where whoever writes it knows better.
        section: variable of the card's template; `{part}_data` is the training data for `train`, else the testing data.
        unit: of the value; several where the rows decide, of which the writer names one.
        counts: what `n` counts; None where nothing is counted.
        statuses: how it may be known.
        writer: which way to a run folder writes it.
        when: the blanks for which a folder of that writer must hold it.
        is_exact: whether it stands nowhere but there.
        gap: the blanks for which it may be not measured, where its statuses allow that.
        tests: what counts as tested where a probe has measured it; None for what tests none of the `Risk`s.
    """

    pattern: str
    name: str | None
    section: str
    unit: str | tuple[str, ...] | None = None
    counts: str | None = None
    statuses: tuple[Status, ...] = MEASURED
    writer: Writer = "both"
    when: Condition = always
    is_exact: bool = False
    gap: Condition | None = None
    tests: Risk | None = None

    def id_for(self, blanks: Blanks) -> str:
        """The id with its placeholders filled in."""
        return self.pattern.format_map(blanks)

    def fields(self, blanks: Blanks) -> dict[str, str | None]:
        """`name`, `section` and `unit` of a finding, as far as the catalogue decides them."""
        spoken = {blank: SPOKEN.get(value, value) for blank, value in blanks.items()}
        part = "training" if blanks.get("split") == "train" else "testing"
        found: dict[str, str | None] = {"section": self.section.format(part=part)}
        if self.name is not None:
            found["name"] = self.name.format_map(spoken)
        if not isinstance(self.unit, tuple):
            found["unit"] = self.unit
        return found

    def problems(self, finding: Finding) -> list[str]:
        """What of a finding does not agree with its entry, each a sentence's end."""
        units = self.unit if isinstance(self.unit, tuple) else (self.unit,)
        is_gap = finding.status == "not measured"
        problems = []
        if finding.status not in self.statuses:
            problems.append(f"is {finding.status}, and can only be {' or '.join(self.statuses)}")
        if finding.unit not in units and not (is_gap and finding.unit is None):
            allowed = " or ".join(unit or "no unit" for unit in units)
            problems.append(f"has the unit {finding.unit!r}, and must have {allowed}")
        if finding.n is not None and self.counts is None:
            problems.append(f"counts {finding.n}, and there is nothing to count")
        return problems

    def expression(self) -> re.Pattern[str]:
        """Matches the ids of this entry, each placeholder a group."""
        parts = _BLANK.split(self.pattern)
        texts = [f"(?P<{part}>{BLANKS[part]})" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
        return re.compile("".join(texts), re.DOTALL)  # a label may hold a line break
