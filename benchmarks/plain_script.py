"""The script that a user of transformers and PEFT would write: whole_run.py holds `tunecard run` against it.

Nothing of tunecard is in it. Rows are csv files with the columns text and label; batches are padded to their longest
row; after each epoch validation is scored, and the best epoch is kept; the test rows are predicted and the adapter saved.

    python benchmarks/plain_script.py rows/ out/ --base sentence-transformers/all-MiniLM-L6-v2 --epochs 3
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

SPLITS = ("train", "validation", "test")


def main() -> None:
    arguments = make_parser().parse_args()
    rows = {name: read_csv(arguments.rows / f"{name}.csv") for name in SPLITS}
    fine_tune(rows, arguments)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, help="a folder with train.csv, validation.csv and test.csv")
    parser.add_argument("out", type=Path, help="the folder of the adapter and of predictions.json")
    parser.add_argument("--base", required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--seed", type=int, default=42)
    return parser


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def fine_tune(rows: dict[str, list[dict[str, str]]], arguments: argparse.Namespace) -> None:
    """Trains, scores validation after each epoch, predicts the test rows and saves the adapter."""
    import peft
    import transformers

    transformers.set_seed(arguments.seed)
    labels = sorted({row["label"] for row in rows["train"]})
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.base)
    base = transformers.AutoModelForSequenceClassification.from_pretrained(
        arguments.base, num_labels=len(labels), id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    lora = peft.LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "value"])
    model = peft.get_peft_model(base, lora)
    splits = {name: tokenized(tokenizer, some, labels) for name, some in rows.items()}
    trainer = transformers.Trainer(
        model=model, args=training_arguments(arguments), train_dataset=splits["train"],
        eval_dataset=splits["validation"], data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_metrics=accuracy,
    )  # fmt: skip
    trainer.train()
    said = trainer.predict(splits["test"]).predictions.argmax(axis=-1)
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    (arguments.out / "predictions.json").write_text(json.dumps([labels[number] for number in said]))


def tokenized(tokenizer: Any, rows: list[dict[str, str]], labels: list[str]) -> list[dict[str, Any]]:
    """A dict a row, as Trainer takes them. A class that training never named is label 0: its rows count as wrong."""
    encoded = tokenizer([row["text"] for row in rows], truncation=True)
    numbers = {label: number for number, label in enumerate(labels)}
    return [
        {**{name: encoded[name][place] for name in encoded}, "labels": numbers.get(row["label"], 0)}
        for place, row in enumerate(rows)
    ]


def training_arguments(arguments: argparse.Namespace) -> Any:
    import torch
    import transformers

    return transformers.TrainingArguments(
        str(arguments.out / "checkpoints"), num_train_epochs=arguments.epochs, learning_rate=arguments.rate,
        per_device_train_batch_size=arguments.batch, per_device_eval_batch_size=arguments.batch,
        weight_decay=0.01, warmup_steps=0.06, lr_scheduler_type="linear", bf16=arguments.precision == "bf16",
        eval_strategy="epoch", save_strategy="epoch", load_best_model_at_end=True, metric_for_best_model="accuracy",
        seed=arguments.seed, report_to=[], disable_tqdm=True, use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
    )  # fmt: skip


def accuracy(answered: Any) -> dict[str, float]:
    return {"accuracy": float((answered.predictions.argmax(axis=-1) == answered.label_ids).mean())}


if __name__ == "__main__":
    main()
