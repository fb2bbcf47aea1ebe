"""One finding: what is known, how it is known, and from which file.

A finding is `measured`, `derived` (from which inputs, under which assumptions), `declared` (by whom, when) or
`not measured` (why, and the command that would measure it). It is never a silent 0 or NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, field_validator, model_validator

from tunecard.evidence.in_words import finding_in_words, findings_in_words, value_in_words
from tunecard.rows.frames import frame_of

if TYPE_CHECKING:
    import pandas

Status = Literal["measured", "derived", "declared", "not measured"]


class Source(BaseModel):
    """The file of the run that a finding was computed from, by its path in the run folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    sha256: str


class Finding(BaseModel):
    """One record of `evidence.json`.

    Attributes:
        id: stable dotted name, e.g. `results.test.f1`.
        section: variable of the card's template it belongs to, e.g. `results`.
        name: what a reader calls it, e.g. "Strict F1".
        status: how it is known.
        value: any JSON value; null for a range (then `interval` is set) and for what is not measured.
        unit: e.g. `seconds`, `bytes`, `kWh`; null for plain numbers and text.
        n: how many rows, words or entities stand behind it.
        interval: (low, high); confidence interval when `level` is set, else a range.
        level: confidence level of the interval, e.g. 0.95.
        method: how: the public function, or in words for derived and declared ones (who, when).
        split, slice, seed: which rows and which run.
        source: the file it was computed from.
        reason: why it is not measured and what would measure it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    section: str
    name: str
    status: Status
    value: JsonValue = None
    unit: str | None = None
    n: int | None = None
    interval: tuple[float, float] | None = None
    level: float | None = None
    method: str | None = None
    split: str | None = None
    slice: str | None = None
    seed: int | None = None
    source: Source | None = None
    reason: str | None = None

    def __repr__(self) -> str:
        shown = value_in_words(self.value, self.unit, self.interval)
        return finding_in_words(self.id, self.status, shown, self.reason)

    __str__ = __repr__

    @field_validator("value", "interval")
    @classmethod
    def _no_nan(cls, value: Any) -> Any:
        if not _is_finite(value):
            raise ValueError("a finding is never NaN or infinite: report it as not measured, with the reason")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status == "not measured":
            if not self.reason or self.value is not None:
                raise ValueError(f"{self.id}: what is not measured has a reason and no value")
        elif self.value is None and self.interval is None:
            raise ValueError(f"{self.id}: a {self.status} finding has a value or an interval")
        return self


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_finite(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_is_finite(item) for item in value)
    return not isinstance(value, float) or math.isfinite(value)


class Findings:
    """An ordered collection of findings, one to an id; read-only lookups for those who quote."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._by_id: dict[str, Finding] = {}
        self._under: dict[str, list[Finding]] = {}  # cards ask for these hundreds of times
        self._positions: dict[str, int] = {}
        for finding in findings:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        """Append one finding. Raises: ValueError: the id is taken."""
        if finding.id in self._by_id:
            raise ValueError(f"finding {finding.id} is recorded twice")
        self._by_id[finding.id] = finding
        for place, letter in enumerate(finding.id):
            if letter == ".":
                self._under.setdefault(finding.id[:place], []).append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Append several findings."""
        for finding in findings:
            self.add(finding)

    def get(self, id: str) -> Finding | None:
        """The finding of this id, or None."""
        return self._by_id.get(id)

    def value(self, id: str, default: Any = None) -> Any:
        """The value of this id, or `default` when it is missing or null."""
        finding = self._by_id.get(id)
        return default if finding is None or finding.value is None else finding.value

    def position(self, id: str) -> int | None:
        """The place of this id's record in the order of recording, from 1; None when it was never recorded."""
        if len(self._positions) != len(self._by_id):
            self._positions = {known: place for place, known in enumerate(self._by_id, start=1)}
        return self._positions.get(id)

    def under(self, prefix: str) -> list[Finding]:
        """All findings whose id begins with `prefix` and a dot, in order."""
        return list(self._under.get(prefix, ()))

    def to_pandas(self) -> pandas.DataFrame:
        """A row a finding, in order; `low` and `high` are its interval, `file` is where it was computed from.

        Raises: MachineError: pandas is not installed.
        """
        return frame_of((_as_row(finding) for finding in self), COLUMNS)

    def __repr__(self) -> str:
        return findings_in_words(finding.status for finding in self)

    def __getitem__(self, id: str) -> Finding:
        return self._by_id[id]

    def __contains__(self, id: str) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


COLUMNS = ("id", "name", "section", "status", "value", "unit", "n", "low", "high", "level", "method", "split", "slice",
           "seed", "file", "reason")  # fmt: skip


def _as_row(finding: Finding) -> dict[str, Any]:
    low, high = finding.interval or (None, None)
    return {**dict(finding), "low": low, "high": high, "file": finding.source.file if finding.source else None}
