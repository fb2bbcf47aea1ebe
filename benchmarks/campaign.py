"""Faults at random points of `run`, `card`, `predict` and `push` on a tiny model: does each go on to the same bytes?

Processes are killed at operations, inside writes and by time, signalled, and left without disk; by the kernel, not by
stand-ins. After every fault no file with a name may be half-written; then the same command, typed again, must end with
the adapter bytes of a run without a fault, and the folder must verify. A campaign that is stopped goes on where it was.

    python benchmarks/campaign.py --faults 1000 --work /tmp/campaign
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SHARES = {"run": 4, "seeds": 1, "card": 5, "predict": 7, "push": 4}


def main() -> None:
    arguments = make_parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="tunecard-campaign-") as name:
        found = campaign(
            arguments.work or Path(name), arguments.faults, arguments.seed, arguments.seconds, arguments.commands
        )
    print(json.dumps(found) if arguments.json else shown(found))
    sys.exit(1 if found["wrong"] else 0)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=1000, help="that struck, all commands together")
    parser.add_argument("--seed", type=int, default=0, help="decides commands and faults")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="to end after; the same command goes on")
    parser.add_argument("--work", type=Path, help="a folder to go on from; a temporary one by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--commands", nargs="+", choices=list(SHARES), default=list(SHARES), help="all by default")
    return parser


def campaign(
    work: Path, faults: int, seed: int, seconds: float = float("inf"), commands: Sequence[str] = tuple(SHARES)
) -> dict[str, Any]:
    """Cases until so many faults struck; those that an earlier call wrote down are not played again."""
    os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    began, log = time.monotonic(), work / "cases.jsonl"
    work.mkdir(parents=True, exist_ok=True)
    cases = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if _count(cases) >= faults:
        return report(cases)
    for case in _play(work.resolve(), seed, len(cases), commands):
        cases.append(case)
        with log.open("a") as stream:
            stream.write(json.dumps(case) + "\n")
        if (_count(cases) >= faults and len(cases) >= len(commands)) or time.monotonic() - began > seconds:
            break
    return report(cases)


def _count(cases: list[dict[str, Any]]) -> int:
    return sum(len(case["met"]) for case in cases)


def _play(work: Path, seed: int, start: int, commands: Sequence[str]) -> Iterator[dict[str, Any]]:
    from campaign_setting import hub_process, make_setting

    with hub_process() as hub:  # before torch is imported: it is a server with threads
        import torch
        from campaign_commands import play

        torch.set_num_threads(1)
        setting = make_setting(work, seed, hub, commands)
        for number in range(start, sys.maxsize):
            dice = random.Random(f"{seed}-{number}-command")
            (drawn,) = dice.choices(commands, [SHARES[name] for name in commands])
            command = commands[number] if number < len(commands) else drawn  # each once, then by their shares
            yield vars(play(setting, number, command))


def report(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Faults that struck, by command and kind, and what did not hold."""
    met = Counter((case["command"], fault.partition(" (")[0]) for case in cases for fault in case["met"])
    return {
        "cases": len(cases),
        "faults": met.total(),
        "by_command": {
            command: {kind: count for (of, kind), count in sorted(met.items()) if of == command} for command in SHARES
        },
        "wrong": [case for case in cases if case["wrong"]],
    }


def shown(found: dict[str, Any]) -> str:
    """The report as lines."""
    lines = [f"{found['faults']} faults in {found['cases']} cases; {len(found['wrong'])} cases with something wrong"]
    for command, kinds in found["by_command"].items():
        lines.append(
            f"  {command}: {sum(kinds.values())}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        )
    for case in found["wrong"]:
        lines += [f"  case {case['number']} ({case['command']}): {sentence}" for sentence in case["wrong"]]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
