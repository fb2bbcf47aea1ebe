"""The sides of cards.py: from `folder/data` to `folder/SIDE/README.md`, each as its own guide has it.

python cards_sides.py SIDE FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(side: str, folder: Path) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    work = json.loads((folder / "work.json").read_text())
    {"tunecard": run_tunecard, "trainer": run_trainer, "peft": run_peft, "setfit": run_setfit}[side](folder, work)


def run_tunecard(folder: Path, work: dict[str, Any]) -> None:
    import tunecard

    recipe = {
        "base_model": work["named"],
        "data": {"source": str(folder / "data")},
        "training": {"epochs": work["epochs"], "seed": work["seed"]},
    }
    made = tunecard.run(recipe, out=folder / "tunecard", overwrite=True)
    assert made.card.is_file()


def run_trainer(folder: Path, work: dict[str, Any]) -> None:
    """Trains, evaluates and lets Trainer write its card over whatever stands there."""
    trainer = _prepare(folder, work, folder / "trainer")
    trainer.train()
    trainer.evaluate()
    trainer.create_model_card(dataset="banking77", tasks="text-classification")


def run_peft(folder: Path, work: dict[str, Any]) -> None:
    """The same model saved by PEFT: its card is the Hub's template, trained or not."""
    _prepare(folder, work, folder / "peft-training").model.save_pretrained(folder / "peft")


def run_setfit(folder: Path, work: dict[str, Any]) -> None:
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    rows = {split: _rows(folder, split) for split in ("train", "validation", "test")}
    labels = sorted({row["label"] for row in rows["train"]})
    sets = {
        split: Dataset.from_list([{"text": row["text"], "label": labels.index(row["label"])} for row in its_rows])
        for split, its_rows in rows.items()
    }
    settings = TrainingArguments(
        output_dir=str(folder / "setfit-training"), batch_size=16, num_epochs=1, num_iterations=2, seed=work["seed"],
        report_to="none", save_strategy="no", show_progress_bar=False,
    )  # fmt: skip
    model = SetFitModel.from_pretrained(work["base"], labels=labels, device="cpu")
    trainer = Trainer(
        model=model, args=settings, train_dataset=sets["train"], eval_dataset=sets["validation"],
        metric=lambda found, wanted: {"accuracy": sum(map(int.__eq__, map(int, found), map(int, wanted))) / len(wanted)},
    )  # fmt: skip
    trainer.train()
    trainer.evaluate(sets["test"])
    model.save_pretrained(str(folder / "setfit"))


def _prepare(folder: Path, work: dict[str, Any], out: Path) -> Any:
    """Stock Trainer with a LoRA adapter of stock PEFT."""
    import numpy as np
    import transformers
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model

    tokenizer = transformers.AutoTokenizer.from_pretrained(work["base"])
    rows = {split: _rows(folder, split) for split in ("train", "test")}
    labels = sorted({row["label"] for row in rows["train"]})
    sets = {
        split: Dataset.from_list(
            [{**tokenizer(row["text"], truncation=True), "labels": labels.index(row["label"])} for row in its_rows]
        )
        for split, its_rows in rows.items()
    }
    base = transformers.AutoModelForSequenceClassification.from_pretrained(
        work["base"], num_labels=len(labels), id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )  # fmt: skip
    model = get_peft_model(base, LoraConfig(task_type="SEQ_CLS", r=16, lora_alpha=16, lora_dropout=0.1))
    arguments = transformers.TrainingArguments(
        str(out), num_train_epochs=work["epochs"], learning_rate=1e-3, per_device_train_batch_size=16,
        seed=work["seed"], report_to=[], save_strategy="no", disable_tqdm=True, label_names=["labels"],
    )  # fmt: skip
    return transformers.Trainer(
        model=model, args=arguments, train_dataset=sets["train"], eval_dataset=sets["test"],
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_metrics=lambda found: {"accuracy": float((np.argmax(found[0], -1) == found[1]).mean())},
    )  # fmt: skip


def _rows(folder: Path, split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "data" / f"{split}.jsonl").read_text().splitlines()]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
