"""Which power range to assume where no meter is readable; wide, because little is known, and it says what it rests on.

Low: half the design power of each thread that was busy (codecarbon's own constant mode takes half the design power).
High: the whole design power of every thread that the process could use. A virtual machine hides how many threads share
a processor; where its name tells the cores, a thread's share lies between one thread of two a core and one core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunecard.measurement.available_resources import available_threads
from tunecard.measurement.bundled import codecarbon_release, read_design_powers
from tunecard.measurement.graphics_card import open_graphics_card
from tunecard.measurement.processor import Processor, read_processor

BUSY_SHARE = 0.5
FALLBACK_LOW_WATTS, FALLBACK_HIGH_WATTS = 2.0, 8.0  # half to twice codecarbon's 4 W a thread
IDLE_SHARE = 0.1
NOISE = re.compile(r"\((?:r|tm)\)|[®™]|@.*|\bcpu\b|\bprocessor\b|\b\d+-core\b|\b\d+th gen\b|\bwith radeon.*")


@dataclass(frozen=True)
class PowerModel:
    """Power to assume for this machine.

    Attributes:
        threads: hardware threads that the process could use.
        thread_low_watts: lower power of one busy thread.
        thread_high_watts: upper power of one available thread.
        assumption: what the figures rest on, for the reader.
        accelerator_watts: (low, high) of the accelerator in use; None when none is in use.
        accelerator_reason: why the power of the accelerator in use is unknown; energy is then not derived.
    """

    threads: float
    thread_low_watts: float
    thread_high_watts: float
    assumption: str
    accelerator_watts: tuple[float, float] | None = None
    accelerator_reason: str | None = None


def power_of_this_machine(device: str = "cpu") -> PowerModel:
    """The power model of this machine for a run on `device` ("cpu", "cuda", "cuda:1", "mps")."""
    low, high, assumption = thread_watts(read_processor())
    if device == "mps":
        return PowerModel(available_threads(), low, high, assumption, None, "the power of the Apple GPU is not known")
    if not device.startswith("cuda"):
        return PowerModel(available_threads(), low, high, assumption)
    try:
        limit = open_graphics_card(device).read_power_limit_watts()
    except OSError as error:
        reason = f"the power limit of the graphics card cannot be read ({error})"
        return PowerModel(available_threads(), low, high, assumption, None, reason)
    watts = (IDLE_SHARE * limit, limit)
    assumption += f"; accelerator {watts[0]:.0f} to {watts[1]:.0f} W (a tenth to all of its power limit, NVML)"
    return PowerModel(available_threads(), low, high, assumption, watts)


def thread_watts(processor: Processor) -> tuple[float, float, str]:
    """(low, high, assumption): watts of a busy thread at least, of an available thread at most."""
    power = design_power_watts(processor.name)
    shares = _thread_shares(processor)
    if power is None or shares is None:
        unknown = "the design power" if power is None else "the number of threads"
        return (
            FALLBACK_LOW_WATTS,
            FALLBACK_HIGH_WATTS,
            f"{FALLBACK_LOW_WATTS:g} W a busy thread to {FALLBACK_HIGH_WATTS:g} W an available thread, assumed (half "
            f"to twice the 4 W a thread that codecarbon falls back to), as {unknown} of this processor "
            f"({processor.name or 'unnamed'}) is not known",
        )
    low, high = BUSY_SHARE * power * min(shares), power * max(shares)
    return (
        low,
        high,
        f"{low:.2g} W a busy thread (half its share of the design power) to {high:.2g} W an available thread (all of "
        f"it): {processor.name}, design power {power:g} W by the table of {codecarbon_release()}",
    )


def design_power_watts(name: str) -> float | None:
    """Design power (TDP) of a processor by its name, from codecarbon's table; None unless the name is there exactly.

    A near name is not enough: "AMD EPYC" without a number fits processors of 100 W and of 500 W.
    """
    wanted = _plain(name)
    powers = {power for known, power in read_design_powers() if wanted and _plain(known) == wanted}
    return powers.pop() if len(powers) == 1 else None


def _thread_shares(processor: Processor) -> list[float] | None:
    """What part of one processor's design power falls to one thread: one figure, or the two ends of what it may be."""
    if not processor.is_virtual:
        return [processor.sockets / processor.threads]
    cores = re.search(r"\b(\d+)-Core\b", processor.name)
    return [1 / (2 * int(cores.group(1))), 1 / int(cores.group(1))] if cores else None


def _plain(name: str) -> str:
    return " ".join(NOISE.sub(" ", name.lower()).split())
