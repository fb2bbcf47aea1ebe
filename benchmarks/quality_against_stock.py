"""tunecard's adapter against the stock way on the same rows, with paired intervals of the differences.

The stock side follows PEFT's own guide (LoRA r=16, alpha 16, dropout 0.1 on the default target modules, AdamW, batch
16, weight decay 0.01, a new random head, dynamic padding); of sentence embeddings it is sentence-transformers' trainer
with a PEFT adapter. Rates, epochs, batch and targets can be given. It reads the rows through tunecard's data room, so
both sides see the same ones, and the same measures score both. Where answers rest on thresholds, stock is scored as its
model stands and with thresholds that validation chooses by tunecard's rule. A run folder that is not there is made.

    python benchmarks/quality_against_stock.py recipe.yaml --source ../shared/data/goemotions --run runs/goemotions \\
        --batch 32 --out stock.parquet
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from rounds import Skipped
from stock_sides import StockSettings, StockSide, stock_side

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.evidence import RunFolder
from tunecard.evidence.predictions import Predictions, write_predictions
from tunecard.metrics.measure import Rows, Sample
from tunecard.pipeline.path import prepare, run
from tunecard.pipeline.plans import Plans
from tunecard.tasks.deciding import Tunable, settings_of, tuned
from tunecard.tasks.whole_splits import decode_split

PLAIN, CHOSEN = "as it stands", "thresholds chosen on validation"


def main() -> None:
    arguments = read_arguments()
    fixed = [f"data.source={json.dumps(arguments.source)}", "base_model=embedded", *arguments.set]
    recipe = read_recipe(arguments.recipe, fixed)
    if not arguments.run.exists():
        run(recipe, out=arguments.run)
    prepared = prepare(Plans(recipe))
    settings = read_settings(arguments, prepared)
    try:
        side = stock_side(prepared, settings)
    except Skipped as reason:
        print(json.dumps({"skipped": str(reason)}))
        return
    report = {"rows": len(prepared.encoded["train"]), "settings": vars(settings), "seconds": side.train()}
    if arguments.save:
        side.save(arguments.save)
    said = answers(prepared, side)
    ours = RunFolder(arguments.run).read_predictions("test")
    for name, (predictions, told) in said.items():
        if arguments.out:
            write_predictions(arguments.out.with_stem(f"{arguments.out.stem}-{name.partition(' ')[0]}"), predictions)
        report[name] = {**told, **compare(prepared.task.scoring, ours, predictions)}
    print(json.dumps(report, indent=1))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path, help="the recipe of the run to compare with")
    parser.add_argument("--source", required=True, help="the data, as the recipe names it")
    parser.add_argument("--run", type=Path, required=True, help="the run folder; made by the recipe unless it is there")
    parser.add_argument("--epochs", type=int, help="of the stock side; those that the run planned by default")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--warmup", type=float, default=0.0, help="share of the steps")
    parser.add_argument("--targets", help="of LoRA, such as all-linear; PEFT's defaults without it")
    parser.add_argument("--keep-best", action="store_true", help="the epoch with the least loss on validation")
    parser.add_argument("--bf16", action="store_true", help="autocast, as tunecard's own default is on many processors")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--set", action="append", default=[], help="key=value over the recipe")
    parser.add_argument("--out", type=Path, help="a parquet file for stock's predictions")
    parser.add_argument("--save", type=Path, help="a folder for stock's adapter")
    return parser.parse_args()


def read_settings(arguments: argparse.Namespace, prepared: Any) -> StockSettings:
    epochs = arguments.epochs or prepared.plans.training(arguments.seed).epochs
    return StockSettings(
        epochs=epochs, learning_rate=arguments.learning_rate, batch=arguments.batch, warmup=arguments.warmup,
        targets=arguments.targets, keeps_best=arguments.keep_best, bf16=arguments.bf16, seed=arguments.seed,
    )  # fmt: skip


def answers(prepared: Any, side: StockSide) -> dict[str, tuple[Predictions, dict[str, Any]]]:
    """Predictions of the test rows by how they were decided, each with the settings of that decision."""
    task, logits = prepared.task, side.logits("test")
    found = {PLAIN: (decide(prepared, task, logits), {})}
    if isinstance(task, Tunable):
        labels = prepared.dataset.splits["validation"].labels
        chosen = tuned(task, side.logits("validation"), labels, prepared.encoded["validation"])
        found[CHOSEN] = (decide(prepared, chosen, logits), settings_of(chosen))
    return found


def decide(prepared: Any, task: Any, logits: list[np.ndarray]) -> Predictions:
    """What a task makes of the logits of the test rows."""
    test = prepared.dataset.splits["test"]
    said = decode_split(task, logits, prepared.encoded["test"], test.labels)
    stated = [probabilities for _, probabilities in said]
    return Predictions(test.rows, test.labels, [one for one, _ in said], None if None in stated else stated)


def compare(scoring: Any, ours: Predictions, stock: Predictions) -> dict[str, Any]:
    """Every measure of both, and ours minus stock's with its paired 95 % interval.

    Raises: SystemExit: the run has other test rows.
    """
    if list(ours.rows) != list(stock.rows) or ours.labels != stock.labels:
        raise SystemExit("the run folder has other test rows than this recipe and source give.")
    counts = [scoring.count(list(side.labels), list(side.predictions)) for side in (ours, stock)]
    rows, columns = Rows(counts[0].beside(counts[1])), counts[0].values.shape[1]
    sides = Sample(rows, (0, columns)), Sample(rows, (columns, None))
    return {"test_rows": len(ours), "measures": {one.key: describe(one, *sides) for one in scoring.measures}}


def describe(measure: Any, ours: Sample, stock: Sample) -> dict[str, Any]:
    found = {"tunecard": measure.value(ours), "stock": measure.value(stock)}
    if None in found.values():
        return found
    interval, how = measure.difference(ours, stock)
    return {
        **found, "stock_interval_95": measure.interval(stock)[0],
        "difference": found["tunecard"] - found["stock"], "interval_95": interval, "how": how,
    }  # fmt: skip


if __name__ == "__main__":
    main()
