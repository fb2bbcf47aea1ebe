"""Design power by exact name, and the range per thread that follows."""

import types

import pytest

from tunecard.measurement import power, power_of_this_machine
from tunecard.measurement.power import design_power_watts, thread_watts
from tunecard.measurement.processor import Processor


@pytest.mark.parametrize(
    ("name", "watts"),
    [
        ("AMD EPYC 7763 64-Core Processor", 280.0),
        ("Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz", 150.0),
        ("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz", 65.0),
        ("AMD EPYC", None),  # no number: 100 W or 500 W
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", None),
        ("", None),
    ],
)
def test_design_power_needs_the_exact_name(name: str, watts: float | None) -> None:
    assert design_power_watts(name) == watts


def test_bare_metal_shares_the_design_power_of_all_sockets() -> None:
    low, high, words = thread_watts(Processor("AMD EPYC 7763 64-Core Processor", 256, 2, False))
    assert (low, high) == pytest.approx((0.5 * 280 * 2 / 256, 280 * 2 / 256))
    assert "design power 280 W" in words and "codecarbon" in words


def test_virtual_machine_with_the_cores_in_its_name_spans_one_and_two_threads_a_core() -> None:
    low, high, _ = thread_watts(Processor("AMD EPYC 7763 64-Core Processor", 2, 1, True))
    assert (low, high) == pytest.approx((0.5 * 280 / 128, 280 / 64))


@pytest.mark.parametrize(
    ("processor", "words"),
    [
        (Processor("AMD EPYC", 2, 1, True), "the design power of this processor (AMD EPYC) is not known"),
        (
            Processor("Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz", 2, 1, True),
            "the number of threads of this processor (Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz) is not known",
        ),
        (Processor("", 4, 1, False), "the design power of this processor (unnamed) is not known"),
    ],
)
def test_unknown_power_is_a_stated_assumption(processor: Processor, words: str) -> None:
    low, high, assumption = thread_watts(processor)
    assert (low, high) == (2.0, 8.0)
    assert assumption.endswith(words)
    assert "half to twice the 4 W a thread that codecarbon falls back to" in assumption


def test_without_the_table_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "read_design_powers", tuple)
    assert design_power_watts("AMD EPYC 7763 64-Core Processor") is None


def test_this_machine_has_a_range() -> None:
    model = power_of_this_machine()
    assert 0 < model.thread_low_watts < model.thread_high_watts
    assert model.threads > 0 and model.accelerator_watts is None and model.accelerator_reason is None


def test_graphics_card_spans_a_tenth_to_all_of_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    card = types.SimpleNamespace(read_power_limit_watts=lambda: 700.0)
    monkeypatch.setattr(power, "open_graphics_card", lambda device: card)
    model = power_of_this_machine("cuda")
    assert model.accelerator_watts == pytest.approx((70.0, 700.0))
    assert "accelerator 70 to 700 W" in model.assumption


def test_accelerator_of_unknown_power_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(device: str) -> None:
        raise OSError("no driver")

    monkeypatch.setattr(power, "open_graphics_card", refuse)
    assert power_of_this_machine("cuda:1").accelerator_reason == (
        "the power limit of the graphics card cannot be read (no driver)"
    )
    assert power_of_this_machine("mps").accelerator_reason == "the power of the Apple GPU is not known"
