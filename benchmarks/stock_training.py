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
    **settings: Any,
) -> float:
    """Seconds of `Trainer.train`; `model` is trained in place.

    Args:
        orders: row numbers in the order of each epoch; without them Trainer's own.
        settings: of TrainingArguments.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, report_to=[], save_strategy="no", logging_strategy="no", disable_tqdm=True, label_names=["labels"],
            dataloader_pin_memory=False, **settings,
        )  # fmt: skip
        trainer = _Trainer(
            model=model, args=arguments, train_dataset=rows, data_collator=collator, callbacks=list(callbacks)
        )
        trainer.orders = orders
        trainer.remove_callback(transformers.PrinterCallback)  # stdout is for the report
        began = time.perf_counter()
        trainer.train()
        return time.perf_counter() - began


class Rows(torch.utils.data.Dataset[dict[str, Any]]):
    """An `EncodedSplit` as Trainer wants it."""

    def __init__(self, encoded: Any) -> None:
        self.encoded = encoded

    def __len__(self) -> int:
        return len(self.encoded)

    def __getitem__(self, row: int) -> dict[str, Any]:
        item = {"input_ids": self.encoded.input_ids[row], "labels": self.encoded.label_ids[row]}
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
