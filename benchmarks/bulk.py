"""Bulk prediction: `tunecard predict --ray` on this machine against `tunecard predict`, the same rows, in turn.

Both sides load the same adapter from disk, read the same csv and write a csv, and the files must be the same to the last
byte. `whole` is the call with all that it starts; `steady` is counted from the first window that is done to the last, as
in an input so long that no start counts. Memory is what the process and all below it have for themselves (resident and
not shared), sampled twice a second: at a quarter of the rows and at the end.

    python benchmarks/bulk.py --rows 1000000
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import os
import shutil
import statistics
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

PLAIN, RAY = "predict", "ray"
TEXTS = 1_000  # of which a csv of any length is made
BETWEEN_SAMPLES = 0.5  # seconds
MIB = 2**20


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=2)
    speed.add_workload_arguments(parser)
    parser.add_argument("--rows", type=int, default=50_000, help="of the csv")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side in this process."""
    from tunecard.counted import watched_by

    out = folder / f"{side}.csv"
    for old in folder.glob(f"{side}.csv*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    work = shapes.Workload.read(folder)
    watcher = Watcher(work.batch)
    began = time.perf_counter()
    with watched_by(watcher), Sampler(watcher) as sampler:
        (by_ray if side == RAY else plainly)(folder, out, watcher)
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "steady_rows_a_second": watcher.steady(),
        "memory_mib": sampler.told(),
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
    }


def plainly(folder: Path, out: Path, watcher: Watcher) -> None:
    from tunecard.inference import load, predict_stream

    predict_stream(load(folder / "adapter", folder / "base"), folder / "rows.csv", out, on_rows=watcher.advance)


def by_ray(folder: Path, out: Path, watcher: Watcher) -> None:
    import tunecard

    watcher.listens = True
    os.environ.pop("OMP_NUM_THREADS")  # of the parent's choosing: a worker gets its own
    tunecard.predict_by_ray(folder / "adapter", folder / "rows.csv", out, base=folder / "base")


class Watcher:
    """Hears of rows that are done, and when."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.listens = total, 0, False
        self._moments: list[tuple[float, int]] = []

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Any:
        from tunecard.counted import Uncounted

        return nullcontext(self if self.listens and title == "Predicting" and unit == "rows" else Uncounted())

    def advance(self, n: int = 1) -> None:
        self.done += n
        self._moments.append((time.perf_counter(), self.done))

    def tell(self, text: str) -> None: ...

    def steady(self) -> float | None:
        """Rows a second after the first window; None of a single one."""
        (began, first), (ended, last) = self._moments[0], self._moments[-1]
        return (last - first) / (ended - began) if last > first else None


class Sampler:
    """Memory of this process and all below it while the block lasts."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._found: list[tuple[int, float]] = []  # rows done, MiB
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _sample(self) -> None:
        import psutil

        here = psutil.Process()
        while True:
            used = 0.0
            for process in [here, *here.children(recursive=True)]:
                try:
                    memory = process.memory_info()
                    used += (memory.rss - memory.shared) / MIB
                except psutil.Error:  # it has ended
                    continue
            self._found.append((self._watcher.done, used))
            if self._ends.wait(BETWEEN_SAMPLES):
                return

    def told(self) -> dict[str, float]:
        """Medians around a quarter of the rows and in the last quarter of them, and the largest of all."""
        total = self._watcher.total
        early = [used for done, used in self._found if total / 8 <= done < total * 3 / 8]
        late = [used for done, used in self._found if total * 3 / 4 <= done]
        every = [used for _, used in self._found]
        return {
            "at_a_quarter": statistics.median(early or every),
            "at_the_end": statistics.median(late or every),
            "peak": max(every),
        }


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides' rounds, and their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_workload(folder, arguments)
        found = rounds.in_turn(__file__, [PLAIN, RAY], arguments.rounds, folder, arguments.threads)
    if len({one["sha256"] for several in found.values() for one in several}) != 1:
        raise SystemExit("the two sides wrote other files")
    rates = {side: [arguments.rows / one["seconds"] for one in several] for side, several in found.items()}
    return {
        "shape": arguments.shape, "data": arguments.data, "rows": arguments.rows, "rounds": arguments.rounds,
        "threads": arguments.threads,
        "sides": {side: summary(several, rates[side]) for side, several in found.items()},
        "whole": figures.spread([one / other for one, other in zip(rates[RAY], rates[PLAIN], strict=True)]),
        "steady": steady_ratios(found),
    }  # fmt: skip


def summary(several: list[dict[str, Any]], rates: list[float]) -> dict[str, Any]:
    return {
        "rows_a_second": figures.spread(rates),
        "steady_rows_a_second": [one["steady_rows_a_second"] for one in several],
        "memory_mib": [one["memory_mib"] for one in several],
    }


def steady_ratios(found: dict[str, list[dict[str, Any]]]) -> Any:
    """Ray's steady rate over the plain one's, a round each; None where an input has one window."""
    key = "steady_rows_a_second"
    pairs = [(one[key], other[key]) for one, other in zip(found[RAY], found[PLAIN], strict=True)]
    return figures.spread([one / other for one, other in pairs]) if all(map(all, pairs)) else None


def make_workload(folder: Path, arguments: argparse.Namespace) -> None:
    """Puts base, adapter and the csv into `folder`."""
    layers = arguments.layers or shapes.SHAPES[arguments.shape].layers
    base = shapes.make_base(folder, arguments.shape, layers, arguments.seed)
    texts, labels, classes = shapes.read_texts(arguments.data, base, min(TEXTS, arguments.rows), arguments.seed)
    shapes.Workload(
        arguments.shape, layers, "text", texts, labels, classes, arguments.rows, 0, arguments.seed, 0
    ).save(folder)  # fmt: skip
    save_random_adapter(folder, base, arguments.seed)
    with (folder / "rows.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text"])
        writer.writerows([text] for text in itertools.islice(itertools.cycle(texts), arguments.rows))


def save_random_adapter(folder: Path, base: Path, seed: int) -> None:
    from tunecard.adapters import add_adapter, save_adapter
    from tunecard.adapters.methods.method import AdapterPlan
    from tunecard.encoders import BaseFiles, load_encoder
    from tunecard.evidence import RunFolder
    from tunecard.tasks.text_classification import TextClassification

    task = TextClassification(("good", "bad", "mixed"))
    with rounds.silent_libraries():
        encoder = load_encoder(
            BaseFiles(str(base), base, None, is_local=True), task.auto_class, task.labels, task.problem_type, seed
        )
        lora = shapes.LORA
        settings = {
            "rank": lora["rank"], "alpha": float(lora["alpha"]), "dropout": 0.0, "target_modules": lora["targets"],
            "bias": "none",
        }  # fmt: skip
        plan = AdapterPlan("lora", settings, encoder.new_modules, task.peft_task_type)
        model = add_adapter(encoder.model, plan, seed)
        save_adapter(model, encoder.tokenizer, RunFolder(folder / "adapter"), base_id=str(base), revision=None)


def show(found: dict[str, Any]) -> None:
    print("{shape}, {data}: {rows:,} rows, {rounds} rounds, {threads} threads\n".format(**found))
    rows = [
        [side, f"{one['rows_a_second']['median']:,.0f}"]
        + [f"{statistics.median(turn[key] for turn in one['memory_mib']):,.0f}" for key in MEMORY]
        for side, one in found["sides"].items()
    ]
    figures.print_table(("side", "rows a second", *(f"MiB {key.replace('_', ' ')}" for key in MEMORY)), rows)
    print(f"\nray over predict: whole {figures_of(found['whole'])}, steady {figures_of(found['steady'])}")


MEMORY = ("at_a_quarter", "at_the_end", "peak")


def figures_of(spread: Any) -> str:
    return "unknown" if spread is None else f"{spread['median']:.2f} ({spread['min']:.2f} to {spread['max']:.2f})"


if __name__ == "__main__":
    main()
