"""Sides measured in turn, each in a process of its own: A B C A B C, so that a slow minute hits all of them alike.

A process of its own gives every side its own peak of memory, and none of another's caches, threads or patches. A script
is its own child: `--child SIDE --work FOLDER` measures one side and prints one JSON object as its last line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
PATIENCE = 4  # times the cap of the processor's time, of the wall clock
HIGHER = "Type a larger --cap to wait longer"
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}


class Skipped(Exception):
    """What is missing for a benchmark, and where it was looked for."""


class TookTooLongError(Exception):
    """A side passed its cap; the message says which."""


def make_parser(description: str | None, rounds: int | None = 3) -> argparse.ArgumentParser:
    """A parser of `--rounds` (unless None), `--threads`, `--seed`, `--json`, and of what a child is told."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if rounds is not None:
        parser.add_argument("--rounds", type=int, default=rounds, help="how often every side is measured, in turn")
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every side; all cores by default"
    )
    parser.add_argument("--seed", type=int, default=42, help="decides rows and weights")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser


def run(
    parser: argparse.ArgumentParser,
    measure: Callable[[str, Path], Any],
    report: Callable[[Any], Any],
    show: Callable[[Any], None],
) -> None:
    """The whole script: a child measures, the parent reports; a skip is a message and no failure."""
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(arguments.child, arguments.work)))
        return
    try:
        found = report(arguments)
    except Skipped as reason:
        print(json.dumps({"skipped": str(reason)}) if arguments.json else f"skipped: {reason}")
        return
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)


def in_turn(
    script: str,
    sides: Sequence[str],
    rounds: int,
    folder: Path,
    threads: int,
    *,
    pythons: Mapping[str, str] | None = None,
    cap: int | None = None,
    left_out: dict[str, str] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """What every side measured in every round.

    Args:
        folder: holds what the sides share.
        pythons: interpreters of sides that this one cannot run.
        cap: as `run_child` has it. left_out: gets the sides that passed it, each with its reason; no round has them then.
    """
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in list(found):
            print(f"round {number + 1} of {rounds}: {side}", file=sys.stderr, flush=True)
            python = (pythons or {}).get(side, sys.executable)
            try:
                found[side].append(run_child(script, side, folder, threads, python, cap=cap))
            except TookTooLongError as error:
                if left_out is None:
                    raise
                left_out[side] = str(error)
                del found[side]
    return found


def run_child(
    script: str, side: str, folder: Path, threads: int, python: str = sys.executable, *, cap: int | None = None
) -> dict[str, Any]:
    """One side in a fresh process.

    Args:
        cap: seconds of the processor that it may take, and four times as many of the wall clock: one that waits for
            others takes no processor.
    Raises: SystemExit: it failed; its last words are shown. TookTooLongError: it passed the cap.
    """
    quiet = {"OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [python, script, "--child", side, "--work", str(folder)]
    environment = os.environ | quiet
    if cap is None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        status, out, err = done.returncode, done.stdout, done.stderr
    else:
        status, out, err = _run_capped(command, environment, cap)
    if status:
        raise SystemExit(f"{Path(script).name}: the side {side} failed.\n{err[-4000:]}")
    answer: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return answer


def _run_capped(command: list[str], environment: Mapping[str, str], cap: int) -> tuple[int, str, str]:
    """Exit status, stdout and stderr; compilers that a side started end with it."""
    limited = ["sh", "-c", f'ulimit -t {cap}; exec "$@"', "sh", *command]
    with subprocess.Popen(
        limited, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            out, err = child.communicate(timeout=PATIENCE * cap)
        except subprocess.TimeoutExpired:
            raise TookTooLongError(f"it took more than {PATIENCE * cap:,} s of the wall clock. {HIGHER}") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    if child.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise TookTooLongError(f"it took more than {cap:,} s of the processor. {HIGHER}")
    return child.returncode, out, err


def peak_mib() -> float:
    """The largest resident memory of this process so far, in MiB."""
    # ru_maxrss of a child begins at its parent's size (Linux carries it over exec); VmHWM begins with the program.
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


def forget_peak() -> None:
    """`peak_mib` counts from here on, where the system can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


@contextmanager
def silent_libraries() -> Iterator[None]:
    """Without the bars, loading reports and warnings of transformers and PEFT."""
    from tunecard.encoders.loading import quiet_transformers

    with quiet_transformers(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield
