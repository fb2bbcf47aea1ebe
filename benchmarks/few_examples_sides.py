"""The two sides of few_examples.py: from `folder/train.jsonl` to a trained classifier, and its score on `test.jsonl`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any


def train_ours(folder: Path) -> dict[str, Any]:
    """A recipe that names data, base and seed, by the calls of tunecard's own pipeline up to the trained model."""
    from rounds import silent_libraries

    from tunecard.adapters.methods.recipes import check_recipe
    from tunecard.evidence import RunFolder
    from tunecard.inference.predicting import predict_split
    from tunecard.pipeline.baselines import with_simple_things
    from tunecard.pipeline.learning import learn
    from tunecard.pipeline.path import prepare
    from tunecard.pipeline.plans import Plans
    from tunecard.pipeline.preparing import RunContext
    from tunecard.pipeline.progress import SILENCE

    work = _read_work(folder)
    source = {split: str(folder / f"{split}.jsonl") for split in ("train", "test")}
    training = {"precision": "fp32", "train_batch_size": work["batch"], "seed": work["seed"]}
    recipe = check_recipe(
        {"base_model": work["base"], "device": "cpu", "data": {"source": source}, "training": training}
    )
    began = time.perf_counter()
    with silent_libraries():
        prepared = prepare(Plans(recipe, folder))
        context = with_simple_things(RunContext(prepared, RunFolder(folder), SILENCE))
        trained = learn(context, "lora", work["seed"])
    seconds = time.perf_counter() - began
    split, pad = prepared.dataset.splits["test"], prepared.pad_token_id
    predictions = predict_split(trained.model, prepared.task, split, prepared.encoded["test"], pad).predictions
    epochs, steps = trained.result.epochs_run, trained.result.steps
    return {
        "seconds": seconds, "accuracy": prepared.task.scoring.score(split.labels, predictions)["accuracy"],
        "detail": f"LoRA, {epochs} epochs, {steps} steps; the best one is of epoch {trained.result.best_epoch}",
    }  # fmt: skip


def train_setfit(folder: Path, iterations: int) -> dict[str, Any]:
    """SetFit by its own guide. Runs where tunecard need not be installed.

    Args:
        iterations: positive and negative pairs of each text.
    """
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    work = _read_work(folder)
    train, test = (_read_rows(folder, split) for split in ("train", "test"))
    labels = sorted({row["label"] for row in train})
    settings = TrainingArguments(
        output_dir=str(folder / "setfit"), batch_size=work["batch"], num_epochs=1, num_iterations=iterations,
        seed=work["seed"], report_to="none", save_strategy="no", logging_strategy="no", show_progress_bar=False,
    )  # fmt: skip
    began = time.perf_counter()
    model = SetFitModel.from_pretrained(work["base"], labels=labels, device="cpu")
    rows = Dataset.from_list([{"text": row["text"], "label": labels.index(row["label"])} for row in train])
    trainer = Trainer(model=model, args=settings, train_dataset=rows)
    trainer.train()
    seconds = time.perf_counter() - began
    predictions = model.predict([row["text"] for row in test])
    hits = sum(prediction == row["label"] for prediction, row in zip(predictions, test, strict=True))
    return {
        "seconds": seconds, "accuracy": hits / len(test),
        "detail": f"all weights, {2 * iterations * len(train):,} pairs, {trainer.st_trainer.state.global_step} steps",
    }  # fmt: skip


def _read_work(folder: Path) -> dict[str, Any]:
    work: dict[str, Any] = json.loads((folder / "work.json").read_text())
    return work


def _read_rows(folder: Path, split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{split}.jsonl").read_text().splitlines()]
