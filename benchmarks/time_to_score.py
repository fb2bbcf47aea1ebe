"""Test score against seconds of training: tunecard with nothing set, stock Trainer and PEFT, all weights, SetFit.

The same rows for all (2,000 by default, those of quality.py's cell). Counted: set-up from rows in memory or on disk and
training with all that it does of itself, such as tunecard's validation; imports and the scoring of test rows are not.
Each side has a process of its own. tunecard is scored before its first step and after every epoch (by wrapping
`_run_epoch` and `close_epoch` of `tunecard.training.loop`), and once more with the epoch that it keeps; Trainer every so
many steps; SetFit at its end. A time is that of the first such point, so it is never too short.

Seconds are told by the wall clock and by the processor's clock of the side's process. The latter is the one to compare on
a machine that does other work as well, as long as nothing runs on a GPU.

    python benchmarks/time_to_score.py --data ../shared/data --work ~/time-to-score --setfit-python ~/setfit/bin/python
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import figures
from quality_cells import ENTITIES, SETS, Cell, make_cell, open_cell, write_json
from rounds import run_child, silent_libraries

OURS, STOCK, FULL, SETFIT = "ours", "stock", "full", "setfit"
RATES = {STOCK: (1e-3, 3e-4, 3e-3), FULL: (5e-5,)}  # the guide's first
EPOCHS = {STOCK: 10, FULL: 3}
SETFIT_PAIRS = 10  # of each text; its paper's 40 would take hours at 2,000 rows


def main() -> None:
    arguments = make_parser().parse_args()
    if arguments.child:
        print(json.dumps(measure(arguments.child, arguments.work)))
        return
    found = {name: report(arguments, name) for name in arguments.only}
    write_json(arguments.work / "time-to-score.json", found)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared" / "data")
    parser.add_argument(
        "--work", type=Path, required=True, help="keeps rows and curves; what is there is not run again"
    )
    parser.add_argument("--only", type=lambda text: text.split(","), default=["banking77", "bionlp2004"], help="sets")
    parser.add_argument("--rows", type=int, default=2_000, help="to learn from; 10 and 50 are rows a class")
    parser.add_argument("--test-rows", type=int, default=500, help="to score at every point")
    parser.add_argument("--every", type=int, default=25, help="steps of Trainer between two points")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sides", type=lambda text: text.split(","), default=all_sides())
    parser.add_argument("--setfit-python", default=sys.executable, help="an interpreter with setfit")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser


def all_sides() -> list[str]:
    return [OURS, *[f"{name}-{rate:g}" for name in (STOCK, FULL) for rate in RATES[name]], SETFIT]


def report(arguments: argparse.Namespace, name: str) -> dict[str, Any]:
    """The curves of a set, and when each side reaches what stock ends with."""
    from few_examples import why_no_setfit
    from quality_peers import base_folder

    cell = make_cell(arguments.data, arguments.work, name, arguments.rows, arguments.seed)
    told = {"set": name, "rows": arguments.rows, "seed": arguments.seed, "every": arguments.every,
            "test_rows": arguments.test_rows, "base": str(base_folder())}  # fmt: skip
    write_json(cell.folder / "work.json", told)
    missing = None if SETFIT not in arguments.sides else why_no_setfit(arguments.setfit_python)
    curves = {}
    for side in arguments.sides:
        if side == SETFIT and (missing or SETS[name].kind == ENTITIES):
            continue
        path = cell.folder / f"{side}.curve.json"
        if not path.is_file():
            print(f"{name}: {side}", file=sys.stderr, flush=True)
            python = arguments.setfit_python if side == SETFIT else sys.executable
            write_json(path, run_child(__file__, side, cell.folder, arguments.threads, python))
        curves[side] = json.loads(path.read_text())
    settings = {key: value for key, value in told.items() if key != "base"} | {"threads": arguments.threads}
    return settings | {"curves": curves, "reach": reach(curves), "not_run": {SETFIT: missing} if missing else {}}


def reach(curves: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """For stock at its guide's rate and at its best: its final score, and when every side is first there."""
    stock = [side for side in curves if side.startswith(STOCK)]
    if not stock:
        return {}
    targets = {"guide": stock[0], "best of its rates": max(stock, key=lambda side: curves[side]["points"][-1]["score"])}
    found = {}
    for title, side in targets.items():
        target = curves[side]["points"][-1]["score"]
        times = {one: first_at(told["points"], target) for one, told in curves.items()}
        found[title] = {"side": side, "score": target, "first_at": times, "tunecard_to_stock": ratios(times, side)}
    return found


def first_at(points: Sequence[Mapping[str, float]], target: float) -> dict[str, float] | None:
    """The clocks at the first point with a score of at least `target`; None where there is none."""
    return next((dict(point) for point in points if point["score"] >= target), None)


def ratios(times: Mapping[str, Any], side: str) -> dict[str, float] | None:
    mine, other = times.get(OURS), times[side]
    if not mine or not other:
        return None
    return {clock: mine[clock] / other[clock] for clock in ("seconds", "processor_seconds")}


def show(found: Mapping[str, Any]) -> None:
    for name, told in found.items():
        print(
            f"\n{name}: {told['rows']} rows, seed {told['seed']}, {told['test_rows']} test rows, {told['threads']} threads\n"
        )
        rows = []
        for side, curve in told["curves"].items():
            last = curve["points"][-1]
            cells = [side, f"{last['score']:.4f}", f"{last['seconds']:.0f}", f"{last['processor_seconds']:.0f}"]
            for target in told["reach"].values():
                there = target["first_at"][side]
                cells.append(f"{there['seconds']:.0f} / {there['processor_seconds']:.0f}" if there else "never")
            rows.append(cells)
        titles = [f"reaches {one['score']:.4f} ({one['side']})" for one in told["reach"].values()]
        figures.print_table(("side", "final score", "seconds", "processor s", *titles), rows)
        for title, one in told["reach"].items():
            ratio = one["tunecard_to_stock"]
            said = (
                f"{ratio['seconds']:.2f} (wall), {ratio['processor_seconds']:.2f} (processor)"
                if ratio
                else "not reached"
            )
            print(f"tunecard's time to stock's final score, {title}: {said} of stock's")


class Clock:
    """Seconds since it began, without those spent in `paused`."""

    def __init__(self) -> None:
        self.began = self._now()
        self.points: list[dict[str, float]] = []

    def mark(self, score: Callable[[], float]) -> None:
        """A point of the curve; what the scoring takes does not count."""
        with self.paused() as (seconds, processor):
            self.points.append({"seconds": seconds, "processor_seconds": processor, "score": score()})

    @contextmanager
    def paused(self) -> Iterator[tuple[float, float]]:
        stopped = self._now()
        yield stopped[0] - self.began[0], stopped[1] - self.began[1]
        away = [now - then for now, then in zip(self._now(), stopped, strict=True)]
        self.began = (self.began[0] + away[0], self.began[1] + away[1])

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side's curve, in this process."""
    told = json.loads((folder / "work.json").read_text())
    cell = open_cell(folder.parents[2], told["set"], told["rows"], told["seed"])
    name, _, rate = side.partition("-")
    if name == OURS:
        return measure_ours(cell, told)
    if name == SETFIT:
        return measure_setfit(cell, told)
    return measure_trainer(cell, told, float(rate), lora=name == STOCK)


def measure_ours(cell: Cell, told: Mapping[str, Any]) -> dict[str, Any]:
    """tunecard's pipeline up to the trained model, the calls of few_examples_sides.py."""
    from tunecard.adapters.methods.recipes import check_recipe
    from tunecard.evidence import RunFolder
    from tunecard.inference.predicting import predict_split
    from tunecard.pipeline.baselines import with_simple_things
    from tunecard.pipeline.learning import learn
    from tunecard.pipeline.path import prepare
    from tunecard.pipeline.plans import Plans
    from tunecard.pipeline.preparing import RunContext
    from tunecard.pipeline.progress import SILENCE
    from tunecard.training import loop

    source = {"train": str(cell.folder / "train.parquet"), "test": str(scored_rows(cell, told))}
    data: dict[str, Any] = {"source": source} | ({"labels": cell.labels} if cell.labels else {})
    recipe = check_recipe({"data": data, "training": {"seed": cell.seed}})
    run_epoch, close_epoch = loop._run_epoch, loop.close_epoch

    def mark(model: Any) -> None:
        def score() -> float:
            was_training = model.training
            split = prepared.dataset.splits["test"]
            said = predict_split(model.eval(), prepared.task, split, prepared.encoded["test"], prepared.pad_token_id)
            model.train(was_training)
            return test_score(cell, said.labels, said.predictions)

        clock.mark(score)

    def begin(progress: Any) -> None:
        if not clock.points:  # not earlier: a trainer's first act is to put the model on its fast path
            mark(progress.trainer.model)
        run_epoch(progress)

    def close(progress: Any) -> None:
        close_epoch(progress)
        mark(progress.trainer.model)

    loop._run_epoch, loop.close_epoch = begin, close
    try:
        with silent_libraries(), tempfile.TemporaryDirectory() as name:
            clock = Clock()
            prepared = prepare(Plans(recipe, Path(name)))
            context = with_simple_things(RunContext(prepared, RunFolder(Path(name)), SILENCE))
            trained = learn(context, prepared.plans.method, cell.seed)
            mark(trained.model)
    finally:
        loop._run_epoch, loop.close_epoch = run_epoch, close_epoch
    return {"points": clock.points, "epochs": trained.result.epochs_run, "best_epoch": trained.result.best_epoch}


def measure_trainer(cell: Cell, told: Mapping[str, Any], rate: float, *, lora: bool) -> dict[str, Any]:
    """Stock Trainer, with or without PEFT, scored every so many steps."""
    from quality_peers import Peer, warm_imports
    from transformers import TrainerCallback

    warm_imports()

    rows = scored(cell, told)
    epochs = EPOCHS[STOCK if lora else FULL]

    class Points(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            if state.global_step % told["every"] == 0 or state.global_step == state.max_steps:
                clock.mark(score)

    def score() -> float:
        return test_score(cell, [row[cell.gold] for row in rows], peer.predict(model, rows)[0])

    clock = Clock()
    with silent_libraries():
        peer = Peer(cell, told["base"])
        model = peer.load(lora=lora)
        learned = peer.encode(cell.rows("train"))
        clock.mark(score)
        peer.fit(model, learned, rate, epochs, [Points()])
    return {"points": clock.points, "epochs": epochs, "learning_rate": rate}


def measure_setfit(cell: Cell, told: Mapping[str, Any]) -> dict[str, Any]:
    """SetFit, scored once. Runs where tunecard need not be installed."""
    from quality_peers import learn_setfit

    rows = scored(cell, told)
    clock = Clock()
    model = learn_setfit(cell, told["base"], SETFIT_PAIRS // 2)

    def score() -> float:
        said = [str(label) for label in model.predict([row["text"] for row in rows])]
        return sum(a == row["label"] for a, row in zip(said, rows, strict=True)) / len(rows)

    clock.mark(score)
    return {"points": clock.points, "pairs_a_text": SETFIT_PAIRS}


def scored(cell: Cell, told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The test rows of every point: evenly over those of the cell."""
    rows = cell.rows("test")
    count = min(len(rows), told["test_rows"])
    return [rows[len(rows) * place // count] for place in range(count)]


def scored_rows(cell: Cell, told: Mapping[str, Any]) -> Path:
    from quality_cells import write_rows

    path = cell.folder / "scored.parquet"
    write_rows(path, scored(cell, told))
    return path


def test_score(cell: Cell, gold: Sequence[Any], said: Sequence[Any]) -> float:
    from quality_scores import one_score

    return one_score(cell, gold, said) or 0.0


if __name__ == "__main__":
    main()
