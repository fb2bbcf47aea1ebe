"""What probes ask: the saved adapter on its base, the rows that may be asked about, and what was spent on it so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from tunecard.encoders import BaseFiles
from tunecard.evidence import Predictions, RunFolder
from tunecard.examination.outside import Outside
from tunecard.examination.suites.case import Suite
from tunecard.inference.engine import Engine
from tunecard.inference.predicting import predict_logits, predict_split, predict_with_vectors
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass
class Passes:
    """Rows that went forward through the model, one pass each; a backward counts as two."""

    spent: int = 0

    def count(self, passes: int) -> None:
        """Adds what was spent."""
        self.spent += passes


@dataclass(frozen=True)
class Subject:
    """What was saved, and the rows that may be asked about.

    Attributes:
        folder: holds the adapter as a user finds it, and its answers to `rows`.
        model: that adapter, reloaded on its frozen base.
        task: with its labels.
        rows: the split whose score leads; its answers are already in the folder's predictions.
        train: the rows of the train split; None where they are not at hand or have no labels.
        has_learned_train: whether it is known that it learned from them; of an adapter made elsewhere nobody knows.
        encode: rows to token ids, cut as the recipe has it.
        pad_token_id: fills short rows.
        seed: decides every draw, so that a second examination asks the same.
        shows_text: whether words of the data may stand in a finding.
        suites: of behavioural tests, in the adapter's labels.
        outside: rows that it is said not to be for.
        harmful: labels that say that a text is harmful.
        base: the files of the base; None where nobody says.
        tokenizer: that of the folder; None where nobody says.
        max_length: tokens a row may have, special tokens included.
        memory: what the price of a probe takes long to find, so that its answer need not find it again.
    """

    folder: RunFolder
    model: nn.Module
    task: Task
    rows: Split
    train: Split | None
    encode: Callable[[Split], EncodedSplit]
    pad_token_id: int
    seed: int = 0
    shows_text: bool = False
    has_learned_train: bool = True
    suites: tuple[Suite, ...] = ()
    outside: tuple[Outside, ...] = ()
    harmful: tuple[str, ...] = ()
    base: BaseFiles | None = None
    tokenizer: PreTrainedTokenizerBase | None = None
    max_length: int = 0
    passes: Passes = field(default_factory=Passes)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> Engine | None:
        """What `tunecard predict` would ask; None without the tokenizer."""
        return None if self.tokenizer is None else Engine(self.model, self.tokenizer, self.task, self.max_length)

    def logits(self, rows: Split, title: str) -> tuple[list[np.ndarray], EncodedSplit]:
        """What the model gives for rows, as `predict_logits` shapes it, and the rows as it read them.

        Args:
            title: what they are predicted for, as whoever watches reads it.
        """
        self.passes.count(len(rows))
        encoded = self.encode(rows)
        return predict_logits(self.model, encoded, self.pad_token_id, title=title), encoded

    def logits_and_vectors(self, rows: Split, title: str) -> tuple[list[np.ndarray], EncodedSplit, np.ndarray | None]:
        """`logits`, and (N, H) what the head's last layer reads of each row; None where no such layer is known."""
        self.passes.count(len(rows))
        encoded = self.encode(rows)
        logits, vectors = predict_with_vectors(self.model, encoded, self.pad_token_id, title=title)
        return logits, encoded, vectors

    def predict(self, rows: Split, title: str) -> Predictions:
        """Answers to rows, decoded as those of scored rows are."""
        self.passes.count(len(rows))
        return predict_split(self.model, self.task, rows, self.encode(rows), self.pad_token_id, title=title)

    def sample(self, rows: Split, most: int) -> Split:
        """At most so many of the rows, drawn by the seed, in their order; all of them where they are as few."""
        if most >= len(rows):
            return rows
        drawn = np.random.default_rng(self.seed).choice(len(rows), size=most, replace=False)
        return rows.take(sorted(drawn.tolist()))
