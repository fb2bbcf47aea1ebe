"""`tunecard serve` under load: many adapters against one merged one, a thousand on disk, servers as usually written, overload, start.

    python benchmarks/serving.py --folder /tmp/serving --out serving.json
    python benchmarks/serving.py --folder /tmp/serving --parts mixed overload --seconds 10 --rounds 2

Sides are asked in turn (A B A B), each by a server process of its own that is stopped (SIGSTOP) while another is asked; clients
are one process. With fewer threads than cores a server is kept on so many cores and the clients on the last one, the same for
every side. Adapters (`serving_folders.py`) read real texts from ../shared/data where that is, and every answer of which the right one is
known is compared with `tunecard.load(...).predict`. Where others compute on the same machine, read `cores`: a side that got less of them
than another cannot be compared by rows a second, and is by seconds of a core. `--folder` keeps adapters and right answers for the next time.

    mixed     half the adapters label texts, half mark entities; against two servers with one merged adapter each, half the rows each
    many      --many adapters on disk against --adapters, each asked as often as any, and by Zipf's law
    peers     against FastAPI with a pipeline an adapter, and with PEFT's `set_adapter` under a lock
    overload  four times the rows a second that 32 clients get, at random times, whatever comes back
    start     from the end of imports to ready
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import figures
import rounds
import serving_aims
import serving_answers
import serving_client
import serving_figures
import serving_folders
import serving_processes
import serving_rows
import serving_servers
import shapes
from serving_client import Plan
from serving_processes import Machine, Running
from serving_rows import Asking

LOAD, ANSWERS = "load", "answers"
MERGED = ("text-0024", "token-0017")  # of 10 classes, and of 5 types
LAWS = {"uniform": 0.0, "Zipf": 1.1}
OVERLOAD = 4


@dataclass
class Fleet:
    """Servers by name, of which one runs at a time."""

    machine: Machine
    folder: Path
    running: dict[str, Running] = field(default_factory=dict)

    @contextlib.contextmanager
    def only(self, name: str, side: str, folders: Sequence[Path]) -> Iterator[Running]:
        """That server, started where it is not yet."""
        if name in self.running:
            self.running[name].resume()
        else:
            said(f"starting {name}: {len(folders)} adapters")
            self.running[name] = serving_processes.start(__file__, side, folders, self.machine, self.folder)
        try:
            yield self.running[name]
        finally:
            self.running[name].pause()

    def stop(self) -> None:
        for server in self.running.values():
            server.stop()
        self.running.clear()


@dataclass(frozen=True)
class Ground:
    """What every part asks with.

    Attributes:
        texts_of: of every adapter that is asked; of the merged ones all texts.
        adapters: all of them; the first `few` are what most parts serve.
    """

    arguments: argparse.Namespace
    folder: Path
    machine: Machine
    texts: list[str]
    texts_of: dict[str, list[int]]
    adapters: list[Path]

    @property
    def few(self) -> list[Path]:
        return self.adapters[: self.arguments.adapters]

    def asking(self, folders: Sequence[Path], zipf: float = 0.0) -> Asking:
        names = [path.name for path in folders]
        return Asking(names, {name: self.texts_of[name] for name in names}, self.arguments.rows, zipf)

    def plan(self, asking: Asking) -> Plan:
        """The usual clients; a port is set when a server is known."""
        chosen = self.arguments
        expected = str(self.folder / serving_answers.EXPECTED)
        return Plan(
            0, asking, self.texts, chosen.seconds, clients=chosen.clients, seed=chosen.seed,
            core=self.machine.of_clients, expected=expected,
        )  # fmt: skip

    def load(self, server: Running, plan: Plan) -> dict[str, Any]:
        """The columns of a load."""
        replace(plan, port=server.port).save(self.folder / serving_client.PLAN)
        return rounds.run_child(__file__, LOAD, self.folder, 1)


@dataclass(frozen=True)
class Cell:
    """One side of a comparison."""

    name: str
    server: str
    side: str
    folders: Sequence[Path]
    asking: Asking


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=2)
    parser.set_defaults(threads=1)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--folder", type=Path, help="keeps adapters and right answers (default: a temporary one)")
    parser.add_argument("--data", type=Path, default=shapes.SHARED_DATA, help="where data sets are looked for")
    parser.add_argument("--adapters", type=int, default=64)
    parser.add_argument("--many", type=int, default=1024, help="adapters on disk")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rows", type=int, default=1, help="texts of a request")
    parser.add_argument("--texts-each", type=int, default=24, help="texts that an adapter is asked about")
    parser.add_argument("--seconds", type=float, default=12.0, help="of a load, behind 2 that are not counted")
    parser.add_argument("--overload-seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=1_000, help="of clients that come at a rate, at most")
    parser.add_argument("--peers", nargs="+", choices=serving_servers.SIDES[1:], default=serving_servers.SIDES[1:])
    parser.add_argument("--out", type=Path, help="write the figures as JSON there, too")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """A load, right answers, or a server, in this process."""
    if side == LOAD:
        return serving_client.run_load(folder)
    if side == ANSWERS:
        return serving_answers.write_expected(folder)
    serving_servers.run_server(side, folder)
    return {}


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every part that is asked for, over servers that are stopped whatever happens."""
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ground = prepare(arguments, folder.resolve())
        fleet = Fleet(ground.machine, ground.folder)
        stack.callback(fleet.stop)
        parts = {name: PARTS[name](ground, fleet) for name in arguments.parts}
    settings = ("adapters", "many", "clients", "rows", "seconds", "rounds", "threads", "seed")
    found = {name: getattr(arguments, name) for name in settings} | {
        "texts": len(ground.texts), "is_divided": ground.machine.is_divided, "parts": parts,
    }  # fmt: skip
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    return found


def prepare(arguments: argparse.Namespace, folder: Path) -> Ground:
    """Adapters, texts and right answers."""
    folder.mkdir(parents=True, exist_ok=True)
    count = max(arguments.adapters, arguments.many if "many" in arguments.parts else 0)
    said(f"{count} adapters in {folder}")
    adapters = serving_folders.make_folders(folder, count, arguments.seed)
    texts = serving_rows.read_texts(arguments.data, arguments.seed)
    names = [path.name for path in adapters]
    texts_of = serving_rows.texts_of(names, texts, arguments.texts_each, arguments.seed)
    for name in set(MERGED) & texts_of.keys():
        texts_of[name] = list(range(len(texts)))
    ground = Ground(arguments, folder, Machine(arguments.threads), texts, texts_of, adapters)
    known = [*ground.few, *adapters[arguments.adapters :: 32]]
    said(f"right answers of {len(known)} adapters")
    serving_answers.ask_for(folder, known, texts, texts_of)
    rounds.run_child(__file__, ANSWERS, folder, 1)
    return ground


def in_turn(ground: Ground, fleet: Fleet, cells: Sequence[Cell]) -> dict[str, list[dict[str, Any]]]:
    """What every cell comes to in every round."""
    found: dict[str, list[dict[str, Any]]] = {cell.name: [] for cell in cells}
    for number in range(ground.arguments.rounds):
        for cell in cells:
            with fleet.only(cell.server, cell.side, cell.folders) as server:
                said(f"round {number + 1} of {ground.arguments.rounds}: {cell.name}")
                found[cell.name].append(measure_cell(ground, cell, server, ground.arguments.seed + number))
    return found


def measure_cell(ground: Ground, cell: Cell, server: Running, seed: int) -> dict[str, Any]:
    """One side in one round. Others make entities of the same tags otherwise: of them only labels of texts are judged."""
    judges = "" if cell.side == serving_servers.OURS else "text"
    before, spent, began = server.counters(), server.cpu_seconds(), time.monotonic()
    load = ground.load(server, replace(ground.plan(cell.asking), seed=seed, judges=judges))
    spent, rows, took = server.cpu_seconds() - spent, serving_figures.rows_answered(load), time.monotonic() - began
    return serving_figures.summary(load) | {
        "cpu_ms_a_row": 1000 * spent / rows if rows else None,
        "cores": spent / took,
        "p95_by_second": serving_figures.p95_by_second(load),
        "by_distance": serving_figures.by_distance(load),
        "seldom_over_often": serving_figures.seldom_over_often(load),
        "counted_by_server": {name: value - before.get(name, 0) for name, value in server.counters().items()},
        "resident_mib": server.resident_mib(),
    }


def few_cell(ground: Ground) -> Cell:
    """Our server over the usual adapters."""
    return Cell("ours", "ours", serving_servers.OURS, ground.few, ground.asking(ground.few))


def mixed(ground: Ground, fleet: Fleet) -> dict[str, Any]:
    """Every adapter in turn, against one merged adapter: as long as half the rows by one and half by the other take."""
    of = {path.name: path for path in ground.few}
    merged = [serving_folders.make_merged(ground.folder, of[name]) for name in MERGED]
    alone = [
        Cell(f"merged {path.name}", f"merged {path.name}", serving_servers.OURS, [path], ground.asking([path]))
        for path in merged
    ]
    found = in_turn(ground, fleet, [*alone, few_cell(ground)])
    by_round = zip(*(speeds(found[cell.name]) for cell in alone), strict=True)
    merged_speed = [statistics.harmonic_mean(pair) for pair in by_round]
    merged_work = [statistics.fmean(pair) for pair in zip(*(work(found[cell.name]) for cell in alone), strict=True)]
    return {
        "sides": found,
        "rows_a_second_of_merged": ratio(speeds(found["ours"]), merged_speed),
        "rows_a_cpu_second_of_merged": ratio(merged_work, work(found["ours"])),
    }


def many(ground: Ground, fleet: Fleet) -> dict[str, Any]:
    """All adapters against the first ones, asked by the same law."""
    cells = [
        Cell(f"{len(folders)}, {law}", "ours" if folders is few else "many", serving_servers.OURS, folders, asking)
        for law, zipf in LAWS.items()
        for few in [ground.few]
        for folders in (few, ground.adapters)
        for asking in [ground.asking(folders, zipf)]
    ]
    found = in_turn(ground, fleet, cells)
    shares = {}
    for law in LAWS:
        less, more = (found[f"{len(folders)}, {law}"] for folders in (ground.few, ground.adapters))
        shares[law] = {
            "rows_a_second": ratio(speeds(more), speeds(less)), "rows_a_cpu_second": ratio(work(less), work(more)),
            "p95": ratio(slow(more), slow(less)),
            "step": median_of([one["seldom_over_often"] for one in more]),
            "worst_second": median_of([worst(one["p95_by_second"]) for one in more]),
        }  # fmt: skip
    return {"sides": found, "of_few": shares}


def peers(ground: Ground, fleet: Fleet) -> dict[str, Any]:
    """The same adapters and requests to servers as they are usually written."""
    others = [replace(few_cell(ground), name=side, server=side, side=side) for side in ground.arguments.peers]
    found = in_turn(ground, fleet, [few_cell(ground), *others])
    against = {
        side: {
            "rows_a_second": ratio(speeds(found["ours"]), speeds(found[side])),
            "rows_a_cpu_second": ratio(work(found[side]), work(found["ours"])),
            "p95": ratio(slow(found["ours"]), slow(found[side])),
        }
        for side in ground.arguments.peers
    }
    return {"sides": found, "against": against}


def overload(ground: Ground, fleet: Fleet) -> dict[str, Any]:
    """Four times what it can do; before it the same server with little to do, in three senses of little."""
    plan = ground.plan(ground.asking(ground.few))
    with fleet.only("ours", serving_servers.OURS, ground.few) as server:
        full = ground.load(server, plan)
        capacity = serving_figures.rows_a_second(full) / plan.asking.rows
        at_rate = replace(plan, clients=ground.arguments.connections)
        loads = {
            "one client": ground.load(server, replace(plan, clients=1)),
            "half of what it can": ground.load(server, replace(at_rate, rate=capacity / 2)),
            f"{plan.clients} clients": full,
        }
        most = replace(at_rate, rate=OVERLOAD * capacity, seconds=ground.arguments.overload_seconds)
        said(f"{most.rate:.0f} requests a second for {most.seconds:.0f} s, where it can do {capacity:.0f}")
        with serving_processes.weighed(server) as sizes:
            crowded = ground.load(server, most)
    sides = {name: serving_figures.summary(load) for name, load in [*loads.items(), ("overload", crowded)]}
    late = sides["overload"]["p95"]
    return {
        "sides": sides, "rate": most.rate, "memory_mib": serving_figures.growth(sizes),
        "p95_by_second": serving_figures.p95_by_second(crowded),
        "p95_of": {name: late / sides[name]["p95"] if late and sides[name]["p95"] else None for name in loads},
    }  # fmt: skip


def start(ground: Ground, fleet: Fleet) -> dict[str, Any]:
    """Seconds from the end of imports, and from the start of the process, until it is ready."""
    seconds: dict[str, list[float]] = {"since_imports": [], "since_start": []}
    for number in range(ground.arguments.rounds):
        said(f"round {number + 1} of {ground.arguments.rounds}: start")
        alone = Fleet(ground.machine, ground.folder)
        with contextlib.closing(_Stopped(alone)), alone.only("ours", serving_servers.OURS, ground.few) as server:
            seconds["since_imports"].append(server.since_imports)
            seconds["since_start"].append(server.since_start)
    return {name: figures.spread(values) for name, values in seconds.items()}


@dataclass(frozen=True)
class _Stopped:
    fleet: Fleet

    def close(self) -> None:
        self.fleet.stop()


PARTS: Mapping[str, Callable[[Ground, Fleet], dict[str, Any]]] = {
    "mixed": mixed, "many": many, "peers": peers, "overload": overload, "start": start,
}  # fmt: skip


def speeds(found: Sequence[Mapping[str, Any]]) -> list[float]:
    return [one["rows_a_second"] for one in found]


def work(found: Sequence[Mapping[str, Any]]) -> list[float]:
    """Milliseconds of a core a row, which others on the machine change less than rows a second."""
    return [one["cpu_ms_a_row"] or float("nan") for one in found]


def slow(found: Sequence[Mapping[str, Any]]) -> list[float | None]:
    return [one["p95"] for one in found]


def ratio(ours: Sequence[float | None], others: Sequence[float | None]) -> dict[str, float] | None:
    """Of the same round each; None where a side has nothing to compare."""
    pairs = [(one, other) for one, other in zip(ours, others, strict=True) if one is not None and other]
    return figures.spread([one / other for one, other in pairs]) if pairs else None


def worst(by_second: Sequence[float | None]) -> float | None:
    """The largest p95 of a second over the median of all seconds."""
    values = [value for value in by_second if value is not None]
    return max(values) / statistics.median(values) if values else None


def median_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def said(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def show(found: dict[str, Any]) -> None:
    cores = "clients on a core of their own" if found["is_divided"] else "clients on the same cores"
    print(
        "{adapters} adapters, {clients} clients, {rows} text a request, {texts} texts, {threads} thread a server, ".format(
            **found
        )
        + cores
    )
    for name, part in found["parts"].items():
        print(f"\n{name}\n")
        if "sides" in part:
            show_sides(part["sides"])
        for key, value in part.items():
            if key not in {"sides", "p95_by_second"}:
                print(f"{key.replace('_', ' ')}: {told(value)}")
    if "many" in found["parts"]:
        show_distances(found["parts"]["many"]["sides"])
    print()
    figures.print_table(("aim", "is", "must be", "reached"), [aim.row() for aim in serving_aims.aims(found["parts"])])


def show_distances(sides: Mapping[str, Any]) -> None:
    """p95 by how many other adapters were asked in between, of the last round."""
    bins = dict.fromkeys(name for measured in sides.values() for name in measured[-1]["by_distance"])
    rows = [[name, *(shown_bin(measured[-1]["by_distance"].get(name)) for measured in sides.values())] for name in bins]
    print()
    figures.print_table(("p95 ms (n), others in between", *sides), rows)


def shown_bin(one: Mapping[str, Any] | None) -> str:
    return f"{milliseconds([one['p95']])} ({one['n']})" if one else "-"


def show_sides(sides: Mapping[str, Any]) -> None:
    """A line a side: the median of its rounds. `cores`: how much of the machine it got, clients' start and end included."""
    rows = []
    for name, measured in sides.items():
        all_rounds = measured if isinstance(measured, list) else [measured]
        last = all_rounds[-1]
        statuses = " ".join(f"{status}: {n:,}" for status, n in last["statuses"].items())
        rows.append(
            [
                name, figures.shown(figures.spread(speeds(all_rounds)), 0),
                *(milliseconds([one[key] for one in all_rounds]) for key in ("p50", "p95", "p99")),
                tenths([one.get("cpu_ms_a_row") for one in all_rounds]),
                tenths([one.get("cores") for one in all_rounds]),
                *(f"{one['resident_mib']:,.0f}" if "resident_mib" in one else "-" for one in [last]),
                f"{sum(one['right'] for one in all_rounds):,}", f"{sum(one['wrong'] for one in all_rounds):,}", statuses,
            ]
        )  # fmt: skip
    figures.print_table(
        ("side", "rows/s", "p50 ms", "p95 ms", "p99 ms", "core ms/row", "cores", "MiB", "right", "wrong", "last round"),
        rows,
    )


def milliseconds(values: Sequence[float | None]) -> str:
    middle = median_of(values)
    return "-" if middle is None else f"{1000 * middle:,.0f}"


def tenths(values: Sequence[float | None]) -> str:
    middle = median_of(values)
    return "-" if middle is None else f"{middle:.1f}"


def told(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"median", "min", "max"}:
        return figures.shown(value, 2)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {told(one)}" for key, one in value.items())
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
