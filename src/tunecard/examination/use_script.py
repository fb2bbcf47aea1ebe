"""Runs alone: what the saved adapter costs whoever loads it. Each question is put to a process forked from this one.

torch and tunecard are imported once, and no thread is started before a fork. Asked is a file of JSON, answered is a
line of JSON; the working directory holds the adapter.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

MIB = 2**20
GRID = 64 * MIB  # to which the least memory is found
COARSE = 16  # or this part of what it takes without a cap, where that is more
ROOM = 256 * MIB  # beyond the resident peak, for the first cap that may do
LARGEST_CAP = 8  # times the resident peak
LOADS = 3
SHORT_LOAD_SECONDS = 2.0  # of which several are timed
PATIENCE_SECONDS = 600.0


def main(asked_file: str) -> None:
    with open(asked_file) as stream:
        asked = json.load(stream)
    sys.path.insert(0, asked["package"])
    import torch

    import tunecard.inference.loading
    import tunecard.measurement.latency  # noqa: F401
    from tunecard.evidence.ledger import EVIDENCE

    with contextlib.suppress(FileNotFoundError):  # a link: what a run has not written yet is not read here either
        os.unlink(EVIDENCE)
    told = speed(asked) if asked["what"] == "speed" else memory(asked)
    json.dump({**told, "threads": torch.get_num_threads()}, sys.stdout)


def speed(asked: dict[str, Any]) -> dict[str, Any]:
    """Seconds of loading and of calls; raises where the adapter cannot be loaded."""
    found = apart(lambda: timed_calls(asked))
    if found is None:
        timed_calls(asked)  # for the message of its error
        raise RuntimeError("the process that was timed has ended without an answer")
    loads = [found["load_seconds"]]
    while len(loads) < LOADS and max(loads) < SHORT_LOAD_SECONDS:
        again = apart(lambda: seconds_of(lambda: loaded(asked))[0])
        loads.append(loads[0] if again is None else again)
    return {**found, "load_seconds": loads}


def timed_calls(asked: dict[str, Any]) -> dict[str, Any]:
    from tunecard.measurement.latency import SIZES, time_calls
    from tunecard.measurement.processor_time import OthersMeter

    seconds, predictor = seconds_of(lambda: loaded(asked))
    others = OthersMeter()
    calls = [time_calls(predictor.predict, asked["rows"], asked["lengths"], rows) for rows in SIZES]
    told = [{"rows": one.rows, "seconds": list(one.seconds), "tokens": one.tokens} for one in calls]
    return {"load_seconds": seconds, "calls": told, "others_share": others.share()}


def memory(asked: dict[str, Any]) -> dict[str, Any]:
    """Resident peaks at each number of rows, and the least cap under which one row is predicted."""
    peaks, written = [], []
    for rows in asked["sizes"]:
        found = apart(partial(memory_of, asked, rows))
        if found is None:
            memory_of(asked, rows)  # for the message of its error
            raise RuntimeError("the process whose memory was read has ended without an answer")
        peaks.append({"rows": rows, "peak_bytes": found["peak"]})
        written.append(found["written"])
    return {"peaks": peaks, **least_cap(asked, peaks[0]["peak_bytes"], written[0])}


def memory_of(asked: dict[str, Any], rows: int) -> dict[str, int]:
    """`peak`, the resident peak, and `written`, the private memory in the end; bytes. Both of this process."""
    from tunecard.measurement.meter import process_peak_memory_bytes

    predictor = loaded(asked)
    several = [asked["rows"][place % len(asked["rows"])] for place in range(rows)]
    predictor.predict(several)
    return {"peak": process_peak_memory_bytes(), "written": written_bytes()}


def least_cap(asked: dict[str, Any], peak: int, written: int) -> dict[str, Any]:
    """`runs` and `fails`, caps in bytes, or the reason why there are none.

    Args:
        peak, written: of a process without a cap: its least cap lies near what it had written in the end.
    """
    if sys.platform != "linux":
        return {"reason": "only Linux holds a process to a cap on the memory that it writes (RLIMIT_DATA)"}
    grid = -(-max(GRID, peak // COARSE) // MIB) * MIB
    tried: dict[int, bool] = {}

    def runs(steps: int) -> bool:
        if steps not in tried:
            tried[steps] = apart(lambda: under_cap(asked, steps * grid)) is not None
        return tried[steps]

    high, most = -(-(peak + ROOM) // grid), LARGEST_CAP * peak // grid
    found = between(runs, written_bytes() // grid, high, most, -(-written // grid))
    if isinstance(found, str):
        return {"reason": found}
    return {"runs": found[1] * grid, "fails": found[0] * grid, "grid": grid, "tried": len(tried)}


def between(runs: Callable[[int], bool], low: int, high: int, most: int, near: int = 0) -> Any:
    """Two neighbouring steps of which the lower fails and the higher runs; why not, where there are none.

    Args:
        near: where they are looked for first, in steps that double; 0 where nobody knows.
    """
    if runs(low):
        return "a process ran under a cap that leaves it no memory: this system does not hold it to one"
    step = 1
    while low < near < high:
        if runs(near):
            high, near = near, near - step
        else:
            low, near = near, near + step
        step *= 2
    while not runs(high):
        if high >= most:
            return "no cap was found under which it runs"
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(middle) else (middle, high)
    return low, high


def under_cap(asked: dict[str, Any], cap: int) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (cap, cap))
    return memory_of(asked, 1)["peak"]


def written_bytes() -> int:
    """Memory that this process has and could write, as RLIMIT_DATA counts it."""
    with open("/proc/self/status") as stream:
        return next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmData"))


def loaded(asked: dict[str, Any]) -> Any:
    """As `tunecard.load` does it; the tokens that training read are told, as no evidence is at hand."""
    from dataclasses import replace

    from tunecard.inference.loading import load

    predictor = load(".", asked["base"], "cpu")
    return replace(predictor, engine=replace(predictor.engine, max_length=asked["max_length"]))


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def apart(work: Callable[[], Any]) -> Any:
    """What `work` gives in a process forked for it; None where that ends in any other way.

    Where nothing forks without harm, it is this process.
    """
    if sys.platform != "linux":
        return work()
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os._exit(become(work, write, (read,)))
    os.close(write)
    heard = until_end(read, PATIENCE_SECONDS)
    if heard is None:
        os.kill(process, signal.SIGKILL)
    os.close(read)
    _, status = os.waitpid(process, 0)
    return json.loads(heard) if heard and os.waitstatus_to_exitcode(status) == 0 else None


def become(work: Callable[[], Any], write: int, closed: Sequence[int]) -> int:
    """Its exit code; the answer goes to `write`, and whatever else is said nowhere."""
    for number in closed:
        os.close(number)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    try:
        told = json.dumps(work()).encode()
        while told:
            told = told[os.write(write, told) :]
    except BaseException:  # noqa: BLE001 - above all for want of memory, which libraries tell in many ways
        return 1
    return 0


def until_end(read: int, seconds: float) -> bytes | None:
    """All that is written until the other end is closed; None where that takes longer."""
    parts: list[bytes] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([read], [], [], left)[0]:
            return None
        part = os.read(read, 2**16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
