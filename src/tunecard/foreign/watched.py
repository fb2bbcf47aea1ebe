"""A training that was watched in its own process: what it told, and what it used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding, not_measured
from tunecard.foreign.traces import Trace, log_of, settings_of, totals_of
from tunecard.measurement import EnergyReading, StageUsage, power_of_this_machine
from tunecard.measurement.energy import stage_energies

WATCHER = "tunecard.CardCallback"
MIXED = {"fp16": "fp16-mixed", "bf16": "bf16-mixed"}


@dataclass(frozen=True)
class Watched:
    """One call of `Trainer.train`, from its first step to its last.

    Attributes:
        record: what `training_record.json` holds.
        usage: clock, processor time and memory.
        reading: what energy counters counted.
        device: where it computed, such as "cuda:0".
    """

    record: Mapping[str, Any]
    usage: StageUsage
    reading: EnergyReading
    device: str

    def trace(self) -> Trace:
        """The record in the form that every source has."""
        record = self.record
        totals = totals_of(record) | self._types()
        if not self._is_alone():
            totals.pop("peak_memory_bytes", None)  # of one process among several
        return Trace(self._source(), settings_of(record["arguments"]), log_of(record["log_history"]), totals, True)

    def energy(self) -> Finding:
        """`energy.training_kwh`: metered, a range, or why it cannot be told."""
        if not self._is_alone():
            reason = "trained by several processes or cards, of which the main one was watched: it would be a part"
            return not_measured("energy.training_kwh", reason=reason, unit=None)
        (found,) = stage_energies([self.usage], power_of_this_machine(self.device), {self.usage.name: self.reading})
        told = f"seen by {self._source()}: {found.method}" if found.method else None
        return found.model_copy(update={"method": told})

    def _is_alone(self) -> bool:
        """Whether one process on one device did all of the training."""
        hardware = self.record["hardware"]
        return bool(hardware["processes"] * max(1, hardware["n_gpu"]) == 1)

    def _source(self) -> str:
        """Who watched; of a training that went on, what was before that was not seen."""
        return f"{WATCHER}, since it was resumed," if self.record.get("first_step") else WATCHER

    def _types(self) -> dict[str, Any]:
        """The number types of the weights, and the regime that they and the switches make."""
        types: dict[str, str] = self.record.get("observed_dtypes") or {}
        if not types:
            return {}
        switched = next((name for key, name in MIXED.items() if self.record["arguments"].get(key) is True), "fp32")
        kinds = set(types.values())
        whole = {"float32": switched, "bfloat16": "bf16", "float16": "fp16"}
        precision = whole.get(kinds.pop()) if len(kinds) == 1 else None
        told = precision or f"{switched}; " + ", ".join(f"{where} in {kind}" for where, kind in types.items())
        return {"observed_dtypes": types, "precision": told}
