"""One of several choices for a question; rows may have different numbers of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import classification
from tunecard.metrics.class_measures import ACCURACY
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.rows.written import choices_as_read
from tunecard.tasks.baselines import Baseline
from tunecard.tasks.choice_baselines import CHOICE_BASELINES
from tunecard.tasks.choice_columns import (
    LETTERS,
    ROLES,
    find_choice_columns,
    has_choices,
    read_choice_labels,
    read_choice_rows,
)
from tunecard.tasks.confidence import confidence_of_rows, softmax
from tunecard.tasks.explained import Explained
from tunecard.tasks.file_checks import class_name_faults, class_probability_faults
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import CALIBRATION, Scoring
from tunecard.tasks.snippet import code_head, literal
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import NEVER, Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WORDS = Words(
    row="questions",
    groups="places",
    group_unit="rows",
    groups_record="task.labels",
    by_group="Rows by place of the right choice",
    label_kinds="places of the right choice",
    outputs="",
    item="row",
    answer="rows",
    head="a head of multiple choice",
    output="a number for each choice, of which the largest is picked",
    objective="cross-entropy over the choices of a row",
    does="picks one of the choices that are given with a question",
    does_unnamed="picks one of the choices that are given with a question",
    limit="It always picks one of the choices, also where none of them fits.",
    summary="Of 100 {rows}, {accuracy%} are answered with the right choice.",
    takes="question and choices",
    by_itself="transformers has no pipeline for questions with choices, and PEFT no `AutoPeftModel` of that kind.",
    lines=NEVER,
)
EXAMPLE = ("The shelf must hang straight on the wall.", "He takes a spirit level.", "He takes a spoon.")
_CODE = """question, *choices = ({example},)
inputs = tokenizer([question] * len(choices), choices, truncation=True, padding=True, return_tensors="pt")
with torch.no_grad():
    logits = model(**{{name: values[None] for name, values in inputs.items()}}).logits[0]
for choice, probability in zip(choices, logits.softmax(-1)):
    print(f"{{choice:<48}} {{float(probability):.2f}}")
"""


@dataclass(frozen=True)
class MultipleChoice(UsualTask):
    """Questions with choices; `labels` are the letters of as many choices as a row has at most. See `Task`."""

    name: str = "multiple-choice"
    auto_class: str = "AutoModelForMultipleChoice"
    # PEFT has no type for it. This one passes every input on, which the shape (rows, choices, tokens) needs.
    peft_task_type: str = "FEATURE_EXTRACTION"
    pipeline_tag: str = "multiple-choice"
    objective: str = "choices"
    reads: str = "choices"
    reads_apart: bool = True
    roles: tuple[str, ...] = ROLES
    kept_inputs: tuple[str, ...] = ("choices",)
    best_metrics: tuple[str, ...] = ("accuracy", "loss")
    stratified_by: str = "place of the right choice"
    words: Words = WORDS
    explained_as: str = "the logit of the choice that is picked less the mean of all choices' logits"
    baselines: tuple[Baseline, ...] = CHOICE_BASELINES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        return has_choices(told, table)

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        return find_choice_columns(told, table)

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_choice_rows(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return read_choice_labels(table)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        most = max((len(choices) for table in tables.values() for choices in table.columns["choices"]), default=0)
        return NamedLabels(list(LETTERS[:most]), dict(labels))

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        known = {label for label in labels if label is not None}
        if len(known) != 1 or len(labels) < 10:  # a few rows may agree by chance
            return []
        place = next(iter(known))
        return [
            f"train must have the right choice at more than one place. Got {place} in all {len(labels):,} rows: "
            "shuffle the choices of each row."
        ]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        return list(labels)

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        counts = Counter(labels)
        return {label: counts[label] for label in self.labels}

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        return {"labels": self.count_labels(labels)}

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        counts = [len(choices) for choices in inputs["choices"]]
        texts = [text for text, count in zip(inputs["text"], counts, strict=True) for _ in range(count)]
        seconds = choices_as_read(inputs)
        encoded = tokenizer(texts, seconds, truncation=True, max_length=max_length, return_overflowing_tokens=False)
        is_cut = [bool(one.overflowing) for one in encoded.encodings]
        types = encoded.get("token_type_ids")
        return EncodedSplit(
            input_ids=[[id for ids in row for id in ids] for row in _by_row(encoded["input_ids"], counts)],
            type_ids=None if types is None else [[id for ids in row for id in ids] for row in _by_row(types, counts)],
            label_ids=None if labels is None else [LETTERS.index(label) for label in labels],
            is_truncated=[any(row) for row in _by_row(is_cut, counts)],
            lost_words=[0] * len(counts),
            pieces=[[len(ids) for ids in row] for row in _by_row(encoded["input_ids"], counts)],
        )

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[str, list[float]]:
        """A letter, and a probability for each of `labels`: 0 where the row has no such choice."""
        probabilities = softmax(logits[:, 0]).tolist()
        letter = LETTERS[int(np.argmax(probabilities))]
        return letter, probabilities + [0.0] * (len(self.labels) - len(probabilities))

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        best = int(np.argmax(logits[:, 0]))
        return [Explained("", lambda values: values[best, 0] - values.mean())]

    @cached_property
    def scoring(self) -> Scoring:
        labels = self.labels
        return Scoring(
            measures=(ACCURACY,),
            headline=ACCURACY,
            count=lambda gold, said: classification.class_counts(gold, said, labels),
            calibration=CALIBRATION,
            confidence=lambda flat, rows, places: confidence_of_rows(flat, rows, places, labels),
            is_right=lambda gold, said: np.array([a == b for a, b in zip(gold, said, strict=True)], dtype=bool),
        )

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        yield from class_name_faults(predictions, self.labels, "letters of choices")

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield from class_probability_faults(predictions, flat, self.labels)

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        """Without the text of the choice, which the kind of row adds."""
        return {"label": prediction, "probability": max(probabilities), "probabilities": probabilities}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        return {
            "label": pa.string(),
            "choice": pa.string(),
            "probability": pa.float64(),
            "probabilities": pa.list_(pa.float64()),
            "truncated": pa.bool_(),
        }

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        literals = ", ".join(literal(text) for text in tuple(example) or EXAMPLE)
        return code_head(self.auto_class, base_id, revision) + _CODE.format(example=literals)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return ["multiple-choice-qa"]

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        names = config.get("architectures")  # of a file: it may be anything
        return isinstance(names, list) and any(str(name).endswith("ForMultipleChoice") for name in names)

    def head_fault(self, outputs: int) -> str | None:
        return None if outputs == 1 else f"a head of multiple choice gives one number a choice. Got {outputs}."


def _by_row(values: Sequence[Any], counts: Sequence[int]) -> list[Sequence[Any]]:
    firsts = np.cumsum([0, *counts]).tolist()
    return [values[first : first + count] for first, count in zip(firsts, counts, strict=False)]
