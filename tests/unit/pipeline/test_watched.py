"""What a watched training may be said to have: number types, a resumed part, and a part of several processes."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.foreign.traces import Trace, Traces
from tunecard.foreign.training import elsewhere_findings
from tunecard.foreign.watched import Watched
from tunecard.measurement import EnergyReading, StageUsage

USAGE = StageUsage("training", seconds=100.0, cpu_seconds=150.0, peak_memory_bytes=10**9)
METERED, NOT_METERED = EnergyReading(processor_kwh=0.25), EnergyReading()
HARDWARE = {"device": "cpu", "accelerators": "none", "processor": "a processor", "n_gpu": 0, "processes": 1}


def watched(reading: EnergyReading = NOT_METERED, device: str = "cpu", **changes: Any) -> Watched:
    record = {
        "arguments": {"learning_rate": 1e-3, "seed": 5}, "log_history": [], "first_step": 0, "global_step": 7,
        "epoch": 1.0, "peak_memory_bytes": 10**9, "train_runtime": 100.0, "hardware": HARDWARE,
        "observed_dtypes": {"weights that learn": "float32"}, "stopped": "all steps done",
    }  # fmt: skip
    return Watched({**record, **changes}, USAGE, reading, device)


def said(one: Watched) -> dict[str, Any]:
    return {finding.id: finding for finding in elsewhere_findings(Traces([one.trace()], []), one)}


@pytest.mark.parametrize(
    ("types", "switches", "precision"),
    [
        ({"weights that learn": "float32", "frozen weights": "float32"}, {}, "fp32"),
        ({"weights that learn": "float32", "frozen weights": "float32"}, {"bf16": True}, "bf16-mixed"),
        ({"weights that learn": "float32", "frozen weights": "float32"}, {"fp16": True}, "fp16-mixed"),
        ({"weights that learn": "bfloat16", "frozen weights": "bfloat16"}, {}, "bf16"),
        ({"weights that learn": "float32", "frozen weights": "bfloat16"}, {},
         "fp32; weights that learn in float32, frozen weights in bfloat16"),
        ({"weights that learn": "float32", "frozen weights": "uint8"}, {"bf16": True},
         "bf16-mixed; weights that learn in float32, frozen weights in uint8"),
    ],
)  # fmt: skip
def test_the_regime_is_what_weights_and_switches_make(
    types: dict[str, str], switches: dict[str, bool], precision: str
) -> None:
    found = said(watched(observed_dtypes=types, arguments={"seed": 5, **switches}))
    assert (found["training.precision"].value, found["training.precision"].status) == (precision, "measured")
    assert found["training.observed_dtypes"].value == types


def test_energy_is_metered_or_a_range() -> None:
    metered = said(watched(METERED))["energy.training_kwh"]
    assert (metered.status, metered.value) == ("measured", 0.25)
    derived = said(watched())["energy.training_kwh"]
    assert derived.status == "derived" and derived.interval is not None
    low, high = derived.interval
    assert 0 < low < high and "150 s of processor time" in str(derived.method)
    assert str(derived.method).startswith("seen by tunecard.CardCallback: ")


@pytest.mark.parametrize("several", [{"processes": 2}, {"n_gpu": 4}])
def test_a_part_of_several_is_not_told_as_the_whole(several: dict[str, int]) -> None:
    found = said(watched(METERED, hardware={**HARDWARE, **several}))
    assert found["energy.training_kwh"].status == "not measured"
    assert "several processes or cards" in str(found["energy.training_kwh"].reason)
    assert found["training.peak_memory_bytes"].status == "not measured"
    assert found["training.seconds"].value == 100.0 and found["training.seconds"].status == "measured"


def test_what_was_seen_goes_before_what_is_declared_and_is_not_mixed_with_it() -> None:
    one = watched(first_step=3)
    file = Trace(
        "trainer_state.json", {"learning_rate": 5.0, "warmup_steps": 9}, [], {"global_step": 99, "eval_f1": 0.5}
    )
    found = {finding.id: finding for finding in elsewhere_findings(Traces([one.trace(), file], []), one)}
    assert found["training.steps"].value == 7
    assert found["training.hyperparameters"].value == {"learning_rate": 1e-3, "seed": 5}
    assert found["training.hyperparameters"].method == (
        "seen by tunecard.CardCallback, since it was resumed, in the process that trained"
    )
    assert "watched the training; the others were read" in str(found["training.sources"].method)
    assert found["training.hardware"].value.startswith("device cpu, accelerators none, processor a processor")
