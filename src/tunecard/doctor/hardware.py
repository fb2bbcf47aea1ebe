"""What the machine itself can do: questions that take no time and change nothing, each answered as value and text.

One takes a second the first time: kernels are compiled, as the first training would do, because only that tells.
"""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any, TypeAlias

JsonValue: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any] | None
Answered: TypeAlias = tuple[JsonValue, str]
GIB = 1024**3


def ask_processor() -> Answered:
    """The name that the system gives."""
    from tunecard.measurement.processor import read_processor

    name = read_processor().name
    return name or None, name or "not named by the system"


def ask_threads() -> Answered:
    """Threads that the process may use, and cores."""
    import psutil

    from tunecard.measurement import available_threads

    cores, threads = psutil.cpu_count(logical=False), available_threads()
    return {"cores": cores, "threads": threads}, f"{threads:g} for this program, {cores or 'unknown'} cores in all"


def ask_instruction_set() -> Answered:
    """What torch's own kernels use."""
    import torch

    name = torch.backends.cpu.get_cpu_capability()
    return name, f"{name} (as torch uses it)"


def ask_fp32_products() -> Answered:
    """By which library frozen layers are multiplied in fp32."""
    import torch

    from tunecard.adapters.fused.products import has_fast_fp32

    if has_fast_fp32():
        return "oneDNN", "oneDNN, which is faster than MKL with this instruction set"
    has_mkl = torch.backends.mkl.is_available()  # type: ignore[no-untyped-call]
    library = "MKL" if has_mkl else "torch's own library"
    return library, f"{library}, as in stock torch"


def ask_kernels() -> Answered:
    """Whether attention, LoRA, norms and GELU are computed by tunecard's own kernels."""
    from tunecard.kernels import load_kernels

    reason = load_kernels().reason
    if reason:
        return None, f"not used: {reason}; torch's operations do the same in more time"
    return "compiled", "compiled for this processor"


def ask_bf16(device: str) -> Answered:
    """Whether `precision: auto` takes bf16-mixed."""
    from tunecard.training.regime import choose_precision

    chosen = choose_precision(device)
    is_fast = chosen == "bf16-mixed"
    return is_fast, "computed natively" if is_fast else f"not computed natively; precision: auto takes {chosen}"


def ask_accelerators() -> Answered:
    """What torch sees beside the processor."""
    import torch

    from tunecard.measurement.environment import accelerator_names

    names = accelerator_names() or []
    shown = ", ".join(names)
    if torch.cuda.is_available():
        shown += f"; bf16 {ask_bf16('cuda')[1]}"
    return names, shown or "none that torch sees; everything runs on the processor"


def ask_memory() -> Answered:
    """Free and allowed, in bytes."""
    import psutil

    from tunecard.measurement import available_memory_bytes

    allowed = available_memory_bytes()
    free = min(int(psutil.virtual_memory().available), allowed)
    return {"free_bytes": free, "allowed_bytes": allowed}, f"{free / GIB:.1f} GiB free of {allowed / GIB:.1f} GiB"


def ask_disk(folder: Path) -> Answered:
    """Free where a run would be written, in bytes."""
    from tunecard.measurement import free_disk_bytes

    free = free_disk_bytes(folder)
    return {"free_bytes": free}, f"{free / GIB:.1f} GiB free in the working folder"


def ask_meters() -> Answered:
    """Which energy counters can be read, and why others cannot."""
    from tunecard.measurement import find_meters

    meters = find_meters(found_device())
    names = [counter.name for counter in meters.counters]
    reasons: dict[str, Any] = {str(component): reason for component, reason in meters.reasons.items()}
    shown = [*names, *(f"{component} not metered: {reason}" for component, reason in reasons.items())]
    return {"readable": names, "not_metered": reasons}, "; ".join(shown)


def found_device() -> str:
    """Where torch would compute: its first accelerator, or the processor; this, too, where there is no torch."""
    if util.find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
