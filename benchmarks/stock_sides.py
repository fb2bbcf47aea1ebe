"""What stock libraries learn from the rows of a prepared run: their logits, a row each, as the task decodes them.

Tasks with a head are trained by transformers' Trainer and PEFT; vectors of texts by sentence-transformers, which need not
be installed for the others. Rows are those that tunecard read, so both sides learn from the same ones; nothing of
tunecard trains or predicts here.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import transformers
from peft import LoraConfig, get_peft_model
from rounds import Skipped
from stock_training import Rows, fit, keeping_best

from tunecard.encoders import locate_base

MULTI_LABEL = "multi_label_classification"
VECTORS = "FEATURE_EXTRACTION"
TOKENS = "TOKEN_CLS"


@dataclass(frozen=True)
class StockSettings:
    """How the stock side learns; PEFT's own guide where nothing else is said.

    Attributes:
        warmup: a share of the steps.
        targets: of LoRA; None for PEFT's defaults, which of BERT are query and value.
        keeps_best: the epoch with the least loss on validation, as the guide does; else the last.
    """

    epochs: int
    learning_rate: float = 1e-3
    batch: int = 16
    rank: int = 16
    alpha: int = 16
    dropout: float = 0.1
    weight_decay: float = 0.01
    warmup: float = 0.0
    targets: str | None = None
    keeps_best: bool = False
    bf16: bool = False
    seed: int = 42

    def lora(self, task_type: str) -> LoraConfig:
        return LoraConfig(
            task_type=task_type, r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout,
            target_modules=self.targets,
        )  # fmt: skip

    @property
    def arguments(self) -> dict[str, Any]:
        """Of TrainingArguments."""
        return {
            "num_train_epochs": self.epochs, "learning_rate": self.learning_rate, "warmup_steps": self.warmup,
            "per_device_train_batch_size": self.batch, "weight_decay": self.weight_decay, "seed": self.seed,
            "bf16": self.bf16, "use_cpu": not torch.cuda.is_available(),
        }  # fmt: skip


class StockSide(Protocol):
    """A stock library with the rows of a prepared run."""

    def train(self) -> float:
        """Seconds of its `Trainer.train`."""
        ...

    def logits(self, split: str) -> list[np.ndarray]:
        """(N,) what the model gives of each row."""
        ...

    def save(self, folder: Path) -> None:
        """What a user of that library would save."""
        ...


def stock_side(prepared: Any, settings: StockSettings) -> StockSide:
    """The side for the task of a prepared run. Raises: Skipped: its library is not here, or the task has no side."""
    transformers.set_seed(settings.seed)
    if prepared.task.auto_class == "AutoModel":  # no head: vectors
        return VectorSide(prepared, settings)
    if prepared.encoded["train"].pieces is not None:  # choices of a question, windows of a context
        raise Skipped(f"no stock side is written for {prepared.task.name}")
    return HeadSide(prepared, settings)


class HeadSide:
    """Trainer, PEFT's LoRA, and a new head: classes, sets of labels, tags or a number."""

    def __init__(self, prepared: Any, settings: StockSettings) -> None:
        self.prepared, self.settings = prepared, settings
        task = prepared.task
        options = {"problem_type": task.problem_type} if task.problem_type else {}
        model = getattr(transformers, task.auto_class).from_pretrained(
            locate_base("embedded").folder, num_labels=len(task.labels), id2label=dict(enumerate(task.labels)),
            label2id={label: position for position, label in enumerate(task.labels)}, **options,
        )  # fmt: skip
        self.model = get_peft_model(model, settings.lora(task.peft_task_type))

    def train(self) -> float:
        tokenizer, task = self.prepared.encoder.tokenizer, self.prepared.task
        padding = (
            transformers.DataCollatorForTokenClassification
            if task.peft_task_type == TOKENS
            else transformers.DataCollatorWithPadding
        )
        return fit(
            self.model, self._rows("train"), padding(tokenizer), **self.settings.arguments,
            validation=self._rows("validation") if self.settings.keeps_best else None,
        )  # fmt: skip

    def logits(self, split: str) -> list[np.ndarray]:
        """One row at a time: no padding."""
        encoded, model = self.prepared.encoded[split], self.model.eval()
        found = []
        with torch.inference_mode():
            for row in range(len(encoded)):
                inputs = {"input_ids": torch.tensor([encoded.input_ids[row]])}
                if encoded.type_ids is not None:
                    inputs["token_type_ids"] = torch.tensor([encoded.type_ids[row]])
                found.append(model(**inputs).logits[0].numpy())
        return found

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        self.prepared.encoder.tokenizer.save_pretrained(folder)

    def _rows(self, split: str) -> Rows:
        return Rows(self.prepared.encoded[split], wants_floats=self.prepared.task.problem_type == MULTI_LABEL)


class VectorSide:
    """SentenceTransformerTrainer with a PEFT adapter: CoSENT of scored pairs, multiple negatives ranking of partners."""

    def __init__(self, prepared: Any, settings: StockSettings) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise Skipped("sentence-transformers is not installed") from error
        self.prepared, self.settings = prepared, settings
        self.model = SentenceTransformer(str(locate_base("embedded").folder), device="cpu")
        self.model.add_adapter(settings.lora(VECTORS))

    def train(self) -> float:
        from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
        from sentence_transformers.sentence_transformer import losses
        from sentence_transformers.training_args import BatchSamplers

        ranked = self.prepared.task.is_ranked
        loss = losses.MultipleNegativesRankingLoss(self.model) if ranked else losses.CoSENTLoss(self.model)
        with tempfile.TemporaryDirectory() as folder:
            best = self.settings.keeps_best
            arguments = SentenceTransformerTrainingArguments(
                folder, report_to=[], logging_strategy="no", disable_tqdm=True,
                batch_sampler=BatchSamplers.NO_DUPLICATES if ranked else BatchSamplers.BATCH_SAMPLER,
                dataloader_pin_memory=False, **keeping_best(best), **self.settings.arguments,
            )  # fmt: skip
            trainer = SentenceTransformerTrainer(
                model=self.model, args=arguments, train_dataset=self._rows("train"), loss=loss,
                eval_dataset=self._rows("validation") if best else None,
            )  # fmt: skip
            trainer.remove_callback(transformers.PrinterCallback)
            began = time.perf_counter()
            trainer.train()
            return time.perf_counter() - began

    def logits(self, split: str) -> list[np.ndarray]:
        """(P, H) the vectors of the texts of each row."""
        texts = self._texts(split).values()
        vectors = [self.model.encode(list(column), convert_to_numpy=True, batch_size=1) for column in texts]
        return list(np.stack(vectors, axis=1))

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(str(folder))

    def _texts(self, split: str) -> dict[str, list[str]]:
        inputs = self.prepared.dataset.splits[split].inputs
        return {role: inputs[role] for role in ("text", "text_pair", "negative") if role in inputs}

    def _rows(self, split: str) -> Any:
        from datasets import Dataset

        columns: dict[str, Any] = dict(self._texts(split))
        if not self.prepared.task.is_ranked:
            columns["score"] = [float(label) for label in self.prepared.dataset.splits[split].labels]
        return Dataset.from_dict(columns)
