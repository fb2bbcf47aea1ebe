"""An engine whose model is a rule: which labels the tokens of a row bring. Tokenizer and decoding are real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from transformers import AutoTokenizer

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.inference.engine import Engine
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit


@dataclass(frozen=True)
class RuledEngine(Engine):
    """`rule` takes the tokens of a row to its logits, as `predict_logits` shapes them."""

    rule: Callable[[list[str]], Any] = lambda tokens: 0

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        return [np.array(self.rule(self.tokenizer.convert_ids_to_tokens(row))) for row in encoded.input_ids]


@dataclass(frozen=True)
class RuledSubject(Subject):
    """Asks such an engine."""

    ruled: Any = None

    @property
    def engine(self) -> Engine | None:
        return self.ruled


def ruled_subject(
    folder: Path, base: Path, task: Any, inputs: dict[str, Any], labels: list[Any], rule: Callable[[list[str]], Any],
    *, max_length: int = 32, clusters: list[int] | None = None,
) -> RuledSubject:  # fmt: skip
    """With the rule's answers to the rows as stored predictions."""
    rows = Split("test", list(range(len(labels))), inputs, labels, {}, "given", {}, clusters)
    tokenizer = AutoTokenizer.from_pretrained(base)
    engine = RuledEngine(nn.Identity(), tokenizer, task, max_length, rule)
    encoded = engine.encode(inputs)
    answers = [task.decode(logits, encoded, row)[0] for row, logits in enumerate(engine.logits(encoded))]
    run = RunFolder(folder)
    run.write_predictions(Predictions(rows.rows, labels, answers, None), "test")
    return RuledSubject(run, nn.Identity(), task, rows, None, lambda rows: None, 0, ruled=engine)  # type: ignore[arg-type,return-value]
