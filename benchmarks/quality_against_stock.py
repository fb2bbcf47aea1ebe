"""tunecard's adapter against stock Trainer + PEFT on the same rows, with a paired interval of the difference.

The stock side follows PEFT's own guide for the task (LoRA r=16, alpha 16, dropout 0.1 on the default target modules,
AdamW, batch 16, weight decay 0.01, a new random head, dynamic padding); learning rate and epochs can be given. It reads
the rows through tunecard's data room, so both sides see the same ones, and the same functions score both.

    python benchmarks/quality_against_stock.py runs/bionlp/recipe.yaml --source DATA --run runs/bionlp
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from peft import LoraConfig, get_peft_model
from stock_training import Rows, fit

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.encoders import locate_base
from tunecard.evidence import RunFolder
from tunecard.metrics.classification import accuracy, class_counts
from tunecard.metrics.entities import entity_counts, entity_types, strict_f1
from tunecard.metrics.resampling import paired_interval
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans


def main() -> None:
    arguments = read_arguments()
    recipe = read_recipe(
        arguments.recipe, [f"data.source={json.dumps(arguments.source)}", "base_model=embedded", *arguments.set]
    )
    prepared = prepare(Plans(recipe))
    epochs = arguments.epochs or prepared.plans.training(arguments.seed).epochs
    seconds, predictions = train_stock(prepared, epochs, arguments.learning_rate, arguments.seed)
    ours = RunFolder(arguments.run).read_predictions("test")
    report = compare(prepared, ours, predictions)
    tokens = sum(prepared.encoded["train"].lengths) * epochs
    report |= {"stock_training_seconds": seconds, "stock_epochs": epochs, "stock_tokens_per_second": tokens / seconds}
    print(json.dumps(report, indent=1))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path, help="the recipe of the run to compare with")
    parser.add_argument("--source", required=True, help="the data, as the recipe names it")
    parser.add_argument("--run", type=Path, required=True, help="the finished run folder")
    parser.add_argument("--epochs", type=int, help="of the stock side; the run's own by default")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--set", action="append", default=[], help="key=value over the recipe")
    return parser.parse_args()


def train_stock(prepared: Any, epochs: int, learning_rate: float, seed: int) -> tuple[float, list[Any]]:
    """Seconds of `Trainer.train`, and the decoded predictions of the test rows."""
    transformers.set_seed(seed)
    task = prepared.task
    base = locate_base("embedded")
    model = task.auto_class.from_pretrained(
        base.folder, num_labels=len(task.labels), id2label=dict(enumerate(task.labels)),
        label2id={label: position for position, label in enumerate(task.labels)},
    )  # fmt: skip
    model = get_peft_model(model, LoraConfig(task_type=task.peft_task_type, r=16, lora_alpha=16, lora_dropout=0.1))
    tokenizer = prepared.encoder.tokenizer
    collator = (
        transformers.DataCollatorForTokenClassification(tokenizer)
        if task.peft_task_type == "TOKEN_CLS"
        else transformers.DataCollatorWithPadding(tokenizer)
    )
    seconds = fit(
        model, Rows(prepared.encoded["train"]), collator, num_train_epochs=epochs, learning_rate=learning_rate,
        per_device_train_batch_size=16, weight_decay=0.01, seed=seed, use_cpu=not torch.cuda.is_available(),
    )  # fmt: skip
    return seconds, predict(model, prepared)


def predict(model: Any, prepared: Any) -> list[Any]:
    """One row at a time through the stock model: no padding, nothing of tunecard's inference."""
    encoded, model = prepared.encoded["test"], model.eval()
    predictions = []
    with torch.inference_mode():
        for row in range(len(encoded)):
            inputs = {"input_ids": torch.tensor([encoded.input_ids[row]])}
            if encoded.type_ids is not None:
                inputs["token_type_ids"] = torch.tensor([encoded.type_ids[row]])
            logits = model(**inputs).logits[0].numpy()
            predictions.append(prepared.task.decode(np.asarray(logits), encoded, row)[0])
    return predictions


def compare(prepared: Any, ours: Any, stock: list[Any]) -> dict[str, Any]:
    """Both scores and the paired interval of ours minus stock's."""
    labels = prepared.task.labels
    if prepared.task.peft_task_type == "TOKEN_CLS":
        counts = [entity_counts(ours.labels, side, entity_types(labels)) for side in (ours.predictions, stock)]
        metric, name = strict_f1, "entity F1, strict IOB2"
    else:
        counts = [class_counts(ours.labels, side, labels) for side in (ours.predictions, stock)]
        metric, name = accuracy, "accuracy"
    interval = paired_interval(metric, counts[0], counts[1])
    scores = [float(metric(side.totals())) for side in counts]
    return {"metric": name, "rows": len(ours), "tunecard": scores[0], "stock": scores[1], "difference": scores[0] - scores[1],
            "interval_95": list(interval) if interval else None}  # fmt: skip


if __name__ == "__main__":
    main()
