"""The server beside clients that mean no good, and told to stop under load.

    python benchmarks/serving_hostile.py --folder /tmp/serving
    python benchmarks/serving_hostile.py --folder /tmp/serving --parts stops --stops 50

attacks   eight honest clients alone and beside twenty-two hostile ones (`serving_attacks.py`), in turn (A B A B): right answers,
          and p95 with over p95 without. Every hostile client attacks again --pause seconds after the last time.
stops     SIGTERM while sixteen clients ask (`serving_stops.py`): what became of every request
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import figures
import rounds
import serving
import serving_answers
import serving_figures
import serving_servers
import serving_stops
from serving_attacks import Target, attack

ATTACKERS, STOPS = "attackers", "stops"
PARTS = ("attacks", "stops")
AIMS = {"attacks": "honest p95 within twice, every answer right", "stops": "no request lost"}


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = serving.make_parser()
    parser.description = __doc__
    parser.set_defaults(adapters=8, many=8, clients=8)
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two attacks of one client")
    for action in parser._actions:
        if action.dest == "parts":
            action.choices, action.default = PARTS, PARTS
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """Attackers, stops, or what serving.py measures."""
    if side == ATTACKERS:
        told = json.loads((folder / f"{ATTACKERS}.json").read_text())
        return asyncio.run(attack(Target(until=time.monotonic() + told.pop("seconds"), **told)))
    return serving_stops.run_stops(folder) if side == STOPS else serving.measure(side, folder)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both parts, over a server that is stopped whatever happens."""
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ground = serving.prepare(arguments, folder.resolve())
        fleet = serving.Fleet(ground.machine, ground.folder)
        stack.callback(fleet.stop)
        parts = {"attacks": attacks, "stops": stops}
        found = {name: parts[name](ground, fleet) for name in arguments.parts}
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    return found


def attacks(ground: serving.Ground, fleet: serving.Fleet) -> dict[str, Any]:
    """Honest clients alone, and beside the others."""
    sides: dict[str, list[dict[str, Any]]] = {"alone": [], "beside": []}
    done: dict[str, int] = {}
    with fleet.only("ours", serving_servers.OURS, ground.few) as server:
        for number in range(ground.arguments.rounds):
            plan = replace(ground.plan(ground.asking(ground.few)), seed=ground.arguments.seed + number)
            sides["alone"].append(serving_figures.summary(ground.load(server, plan)))
            with attacked(ground, server.port, plan.warm + plan.seconds + 3) as counts:
                sides["beside"].append(serving_figures.summary(ground.load(server, plan)))
            done = {name: done.get(name, 0) + count for name, count in counts.items()}
            sides["beside"][-1]["resident_mib"] = server.resident_mib()
    return {"sides": sides, "p95_of_alone": serving.ratio(serving.slow(sides["beside"]), serving.slow(sides["alone"])),
            "attacks": done}  # fmt: skip


@contextlib.contextmanager
def attacked(ground: serving.Ground, port: int, seconds: float) -> Iterator[dict[str, int]]:
    """While it lasts a process attacks; how often is known behind it."""
    told = {"port": port, "adapter": ground.few[0].name, "seconds": seconds, "pause": ground.arguments.pause}
    (ground.folder / f"{ATTACKERS}.json").write_text(json.dumps(told))
    command = [sys.executable, __file__, "--child", ATTACKERS, "--work", str(ground.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    counts: dict[str, int] = {}
    try:
        time.sleep(1)
        yield counts
        counts |= json.loads(process.communicate(timeout=120)[0].splitlines()[-1])
    finally:
        process.kill()


def stops(ground: serving.Ground, fleet: serving.Fleet) -> dict[str, Any]:
    """A server an attempt, each told to stop."""
    told = {
        "folders": [str(path) for path in ground.few], "texts": ground.texts, "rounds": ground.arguments.stops,
        "expected": str(ground.folder / serving_answers.EXPECTED),
    }  # fmt: skip
    (ground.folder / serving_stops.STOPS).write_text(json.dumps(told))
    return dict(rounds.run_child(__file__, STOPS, ground.folder, ground.arguments.threads))


def show(found: dict[str, Any]) -> None:
    for name, part in found.items():
        print(f"\n{name} (aim: {AIMS[name]})\n")
        if "sides" in part:
            serving.show_sides(part["sides"])
        for key, value in part.items():
            if key != "sides":
                shown = figures.spread(value) if isinstance(value, list) else value
                print(f"{key.replace('_', ' ')}: {serving.told(shown)}")


if __name__ == "__main__":
    main()
