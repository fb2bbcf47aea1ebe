"""The sides of quality.py that other libraries train: stock Trainer with PEFT, Trainer on all weights, SetFit.

Nothing of tunecard reads, encodes, trains or predicts here; SetFit's side runs where tunecard need not be installed.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from quality_cells import ENTITIES, LABEL_SETS, NUMBERS, Cell, Row
from quality_sides import Answer
from quality_vectors import MAX_LENGTH

LORA: dict[str, Any] = {"r": 16, "lora_alpha": 16, "lora_dropout": 0.1}  # PEFT's guides; its default target modules
GUIDE_EPOCHS = 10  # of PEFT's guide, where tunecard's number is not known
FEWEST_EPOCHS = 3
BATCH = 16
PAIRS = 20  # of SetFit: positive and negative ones of each text, as in its paper
IGNORED = -100
HALF = 0.5  # the probability from which on stock code gives a label


def setfit(cell: Cell, base: str) -> Answer:
    """SetFit by its own guide: all weights learn from pairs of texts, then its logistic regression."""

    test = cell.rows("test")
    began = time.perf_counter()
    model = learn_setfit(cell, base, PAIRS)
    seconds = time.perf_counter() - began
    texts = [row["text"] for row in test]
    said = [str(label) for label in model.predict(texts)]
    stated = np.asarray(model.predict_proba(texts)).tolist()
    return Answer(said, seconds, {"pairs_a_text": 2 * PAIRS, "batch": BATCH}, stated)


def learn_setfit(cell: Cell, base: str, pairs: int) -> Any:
    """The trained SetFitModel.

    Args:
        pairs: positive ones of each text, and as many negative ones.
    """
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, batch_size=BATCH, num_epochs=1, num_iterations=pairs, seed=cell.seed, report_to="none",
            save_strategy="no", logging_strategy="no", show_progress_bar=False,
        )  # fmt: skip
        model = SetFitModel.from_pretrained(base, labels=cell.labels, device="cpu")
        rows = [{"text": row["text"], "label": cell.labels.index(row["label"])} for row in cell.rows("train")]
        Trainer(model=model, args=settings, train_dataset=Dataset.from_list(rows)).train()
    return model


def stock(cell: Cell, base: str, rate: float) -> Answer:
    """Trainer and PEFT's LoRA with a random head."""
    epochs = max(FEWEST_EPOCHS, epochs_of_ours(cell) or GUIDE_EPOCHS)
    return fine_tune(Peer(cell, base), rate, epochs, lora=True)


def full(cell: Cell, base: str, rate: float) -> Answer:
    """Trainer on all weights with a random head."""
    return fine_tune(Peer(cell, base), rate, FEWEST_EPOCHS, lora=False)


def epochs_of_ours(cell: Cell) -> int | None:
    path = cell.folder / "ours.json"
    if not path.is_file():
        return None
    found = json.loads(path.read_text())["settings"].get("training.epochs_run")
    return None if found is None else int(found)


def fine_tune(peer: Peer, rate: float, epochs: int, *, lora: bool) -> Answer:
    from rounds import silent_libraries

    train, test = peer.cell.rows("train"), peer.cell.rows("test")
    began = time.perf_counter()
    with silent_libraries():
        model = peer.load(lora=lora)
        peer.fit(model, peer.encode(train), rate, epochs)
    seconds = time.perf_counter() - began
    said, stated = peer.predict(model, test)
    told = {"learning_rate": rate, "epochs": epochs, "batch": BATCH, "weight_decay": 0.01} | (LORA if lora else {})
    return Answer(said, seconds, told, stated)


class Peer:
    """A cell for transformers: tokenizer, model, rows and decoding of one task."""

    def __init__(self, cell: Cell, base: str) -> None:
        import transformers

        warm_imports()

        self.cell, self.base = cell, base
        self.is_tokens, self.is_number = cell.data.kind == ENTITIES, cell.data.kind == NUMBERS
        self.has_sets = cell.data.kind == LABEL_SETS
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(base)

    def load(self, *, lora: bool) -> Any:
        import transformers
        from peft import LoraConfig, get_peft_model

        transformers.set_seed(self.cell.seed)
        labels = self.cell.labels or ["number"]
        auto = (
            transformers.AutoModelForTokenClassification
            if self.is_tokens
            else transformers.AutoModelForSequenceClassification
        )
        problem = {NUMBERS: "regression", LABEL_SETS: "multi_label_classification"}.get(self.cell.data.kind)
        options = {"problem_type": problem} if problem else {}
        model = auto.from_pretrained(
            self.base, num_labels=len(labels), id2label=dict(enumerate(labels)),
            label2id={label: place for place, label in enumerate(labels)}, **options,
        )  # fmt: skip
        return (
            get_peft_model(model, LoraConfig(task_type="TOKEN_CLS" if self.is_tokens else "SEQ_CLS", **LORA))
            if lora
            else model
        )

    def fit(self, model: Any, rows: Any, rate: float, epochs: int, callbacks: Sequence[Any] = ()) -> float:
        """Seconds of `Trainer.train`."""
        import torch
        import transformers
        from stock_training import fit

        collator = (
            transformers.DataCollatorForTokenClassification(self.tokenizer)
            if self.is_tokens
            else transformers.DataCollatorWithPadding(self.tokenizer)
        )
        return fit(
            model, rows, collator, callbacks=callbacks, num_train_epochs=epochs, learning_rate=rate,
            per_device_train_batch_size=BATCH, weight_decay=0.01, seed=self.cell.seed,
            use_cpu=not torch.cuda.is_available(),
        )  # fmt: skip

    def encode(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """What Trainer learns from."""
        encoded = []
        for row in rows:
            inputs = self._tokens(row)
            item = {name: list(inputs[name]) for name in inputs}
            if self.is_tokens:
                tags = [self.cell.labels.index(tag) for tag in row["tags"]]
                item["labels"] = [tags[word] if is_first else IGNORED for word, is_first in words_of(inputs.word_ids())]
            elif self.has_sets:
                item["labels"] = [float(label in row["label"]) for label in self.cell.labels]
            else:
                item["labels"] = row["label"] if self.is_number else self.cell.labels.index(row["label"])
            encoded.append(item)
        return encoded

    def predict(self, model: Any, rows: Sequence[Row]) -> tuple[list[Any], list[Any] | None]:
        """Predictions and, of classes, probabilities; one row at a time, without padding."""
        import torch

        device = next(model.parameters()).device
        was_training = model.training
        model.eval()
        said: list[Any] = []
        stated: list[Any] = []
        with torch.inference_mode():
            for row in rows:
                inputs = self._tokens(row)
                tensors = {name: torch.tensor([inputs[name]], device=device) for name in inputs}
                logits = model(**tensors).logits[0].float().cpu()
                if self.is_number:
                    said.append(float(logits[0]))
                elif self.is_tokens:
                    said.append(self._tags(row, inputs.word_ids(), logits.argmax(-1).tolist()))
                elif self.has_sets:
                    stated.append(logits.double().sigmoid().tolist())
                    said.append([label for label, one in zip(self.cell.labels, stated[-1], strict=True) if one >= HALF])
                else:
                    said.append(self.cell.labels[int(logits.argmax())])
                    stated.append(logits.double().softmax(-1).tolist())
        model.train(was_training)
        return said, stated or None

    def _tokens(self, row: Row) -> Any:
        inputs = [row[column] for column in self.cell.data.inputs]
        return self.tokenizer(*inputs, truncation=True, max_length=MAX_LENGTH, is_split_into_words=self.is_tokens)

    def _tags(self, row: Row, words: Sequence[int | None], ids: Sequence[int]) -> list[str]:
        tags = ["O"] * len(row["tokens"])
        for (word, is_first), label in zip(words_of(words), ids, strict=True):
            if is_first:
                tags[word] = self.cell.labels[label]
        return tags


def warm_imports() -> None:
    """What a side would import while it is timed."""
    import peft  # noqa: F401
    import stock_training  # noqa: F401
    import torch  # noqa: F401
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, Trainer  # noqa: F401


def words_of(ids: Sequence[int | None]) -> list[tuple[int, bool]]:
    """The word of every piece, and whether the piece is its first; -1 for special tokens."""
    return [
        (-1 if word is None else word, word is not None and (place == 0 or ids[place - 1] != word))
        for place, word in enumerate(ids)
    ]


def base_folder() -> Path:
    """The embedded base's files."""
    from tunecard.encoders import locate_base

    return locate_base("embedded").folder
