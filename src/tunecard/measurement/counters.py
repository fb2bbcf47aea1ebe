"""Energy counters that this machine lets us read: RAPL (Linux powercap) and NVML. Reading changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tunecard.measurement.graphics_card import open_graphics_card

POWERCAP = Path("/sys/class/powercap")
MIRROR_JOULES = 1.0
Component = Literal["processor", "accelerator"]


@dataclass(frozen=True)
class Counter:
    """A cumulative energy counter.

    Attributes:
        name: what it is, without a path, e.g. "RAPL package-0".
        component: which part of the machine it meters, always as a whole.
        read_joules: the count now; OSError when it cannot be read.
        span_joules: where the count begins again at 0; None when it does not.
    """

    name: str
    component: Component
    read_joules: Callable[[], float]
    span_joules: float | None = None


@dataclass(frozen=True)
class Meters:
    """The readable counters, and for each component without any the reason.

    Attributes:
        counters: what can be read.
        reasons: component to why it has no counter.
    """

    counters: tuple[Counter, ...]
    reasons: dict[Component, str]

    def has(self, component: Component) -> bool:
        """Whether a counter for the component is there."""
        return any(counter.component == component for counter in self.counters)


def find_meters(device: str = "cpu", *, powercap: Path = POWERCAP) -> Meters:
    """The counters for a run on `device` ("cpu", "cuda", "cuda:1", "mps").

    RAPL gives the processor packages and the memory beside them (`dram`), NVML the graphics card named by `device`.
    """
    processor, processor_reason = _rapl_counters(powercap)
    reasons: dict[Component, str] = {} if processor else {"processor": processor_reason}
    if device == "mps":
        reasons["accelerator"] = "the Apple GPU has no energy counter that an ordinary user may read"
    if not device.startswith("cuda"):
        return Meters(tuple(processor), reasons)
    accelerator, accelerator_reason = _nvml_counters(device)
    if not accelerator:
        reasons["accelerator"] = accelerator_reason
    return Meters((*processor, *accelerator), reasons)


def _rapl_counters(powercap: Path) -> tuple[list[Counter], str]:
    if not powercap.is_dir():
        return [], "the system offers no RAPL counter (Linux powercap), as is usual in a virtual machine"
    counters: list[Counter] = []
    is_forbidden = False
    for folder in sorted(path for path in powercap.iterdir() if _is_metered_domain(path)):
        try:
            counters.append(_rapl_counter(folder))
        except PermissionError:
            is_forbidden = True
        except (OSError, ValueError):  # a domain without a counter
            continue
    if is_forbidden:  # some of the domains only would be a sum that misses its parts
        return [], "RAPL counters are there but only the administrator may read them"
    counters = _without_mirrors(counters)
    return counters, "" if counters else "powercap is there but has no RAPL counter of a processor package that counts"


def _is_metered_domain(folder: Path) -> bool:
    """Packages and the memory beside them; cores are part of a package, `-mmio` shows one a second time."""
    domain = _text(folder / "name")
    if re.fullmatch(r"intel-rapl:\d+", folder.name):
        return domain.startswith("package")
    return bool(re.fullmatch(r"intel-rapl:\d+:\d+", folder.name)) and domain == "dram"


def _rapl_counter(folder: Path) -> Counter:
    path = folder / "energy_uj"

    def read_joules() -> float:
        return int(path.read_text()) / 1e6

    read_joules()
    span_joules = int((folder / "max_energy_range_uj").read_text()) / 1e6
    return Counter(f"RAPL {_text(folder / 'name')}", "processor", read_joules, span_joules)


def _without_mirrors(counters: list[Counter]) -> list[Counter]:
    """Drops packages that show the count of another one: some many-die processors list a socket once a die."""
    kept: list[tuple[Counter, float]] = []
    for counter in counters:
        count = counter.read_joules()
        if count > 0 and not any(abs(count - other) <= MIRROR_JOULES for _, other in kept):
            kept.append((counter, count))
    return [counter for counter, _ in kept]


def _nvml_counters(device: str) -> tuple[list[Counter], str]:
    try:
        card = open_graphics_card(device)
        card.read_joules()
    except OSError as error:
        return [], f"the graphics card's energy counter cannot be read ({error})"
    return [Counter(f"NVML {card.name}", "accelerator", card.read_joules)], ""


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
