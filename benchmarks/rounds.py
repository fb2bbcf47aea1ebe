"""Sides measured in turn, each in a process of its own: A B C A B C, so that a slow minute hits all of them alike.

A process of its own gives every side its own peak of memory, and none of another's caches, threads or patches. A script
is its own child: `--child SIDE --work FOLDER` measures one side and prints one JSON object as its last line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}


class Skipped(Exception):
    """What is missing for a benchmark, and where it was looked for."""


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
) -> dict[str, list[dict[str, Any]]]:
    """What every side measured in every round.

    Args:
        folder: holds what the sides share.
        pythons: interpreters of sides that this one cannot run.
    """
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for number in range(rounds):
        for side in sides:
            print(f"round {number + 1} of {rounds}: {side}", file=sys.stderr, flush=True)
            found[side].append(run_child(script, side, folder, threads, (pythons or {}).get(side, sys.executable)))
    return found


def run_child(script: str, side: str, folder: Path, threads: int, python: str = sys.executable) -> dict[str, Any]:
    """One side in a fresh process. Raises: SystemExit: it failed; its last words are shown."""
    quiet = {"OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [python, script, "--child", side, "--work", str(folder)]
    done = subprocess.run(command, env=os.environ | quiet, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(script).name}: the side {side} failed.\n{done.stderr[-4000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


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
