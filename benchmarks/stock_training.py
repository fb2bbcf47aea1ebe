"""Stock Trainer, quiet: what every benchmark that trains beside it shares. Its output goes nowhere, and nothing is saved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import transformers


def fit(
    model: Any,
    rows: Any,
    collator: Any,
    *,
    orders: Sequence[Sequence[int]] | None = None,
    callbacks: Sequence[Any] = (),
    validation: Any = None,
    **settings: Any,
) -> float:
    """Seconds of `Trainer.train`; `model` is trained in place.

    Args:
        orders: row numbers in the order of each epoch; without them Trainer's own.
        validation: rows whose loss chooses the epoch that is kept; without them the last is.
        settings: of TrainingArguments.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, report_to=[], logging_strategy="no", disable_tqdm=True, label_names=["labels"],
            dataloader_pin_memory=False, **keeping_best(validation is not None), **settings,
        )  # fmt: skip
        trainer = _Trainer(
            model=model, args=arguments, train_dataset=rows, eval_dataset=validation, data_collator=collator,
            callbacks=list(callbacks),
        )  # fmt: skip
        trainer.orders = orders
        trainer.remove_callback(transformers.PrinterCallback)  # stdout is for the report
        began = time.perf_counter()
        trainer.train()
        return time.perf_counter() - began


def keeping_best(is_wanted: bool) -> dict[str, Any]:
    """What TrainingArguments take to keep the epoch with the least loss on validation, as PEFT's guide does."""
    if not is_wanted:
        return {"save_strategy": "no"}
    return {"eval_strategy": "epoch", "save_strategy": "epoch", "load_best_model_at_end": True}


class Rows(torch.utils.data.Dataset[dict[str, Any]]):
    """An `EncodedSplit` as Trainer wants it.

    Args:
        wants_floats: labels are lists of 0 and 1 that the loss takes as floats.
    """

    def __init__(self, encoded: Any, *, wants_floats: bool = False) -> None:
        self.encoded, self.wants_floats = encoded, wants_floats

    def __len__(self) -> int:
        return len(self.encoded)

    def __getitem__(self, row: int) -> dict[str, Any]:
        labels = self.encoded.label_ids[row]
        asked = [float(label) for label in labels] if self.wants_floats else labels
        item = {"input_ids": self.encoded.input_ids[row], "labels": asked}
        if self.encoded.type_ids is not None:
            item["token_type_ids"] = self.encoded.type_ids[row]
        return item


class _Trainer(transformers.Trainer):
    """Trainer, with the order of rows given where a comparison needs the same one on both sides."""

    orders: Sequence[Sequence[int]] | None = None

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return _Orders(self.orders) if self.orders else super()._get_train_sampler(train_dataset)


class _Orders(torch.utils.data.Sampler[int]):
    """Epoch after epoch the order that it was given."""

    def __init__(self, orders: Sequence[Sequence[int]]) -> None:
        self.orders, self.epoch = orders, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        return iter(self.orders[self.epoch])

    def __len__(self) -> int:
        return len(self.orders[self.epoch])
