"""One label for a text or a pair of texts."""

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
from tunecard.metrics.class_measures import ACCURACY, CLASS_MEASURES, MACRO_F1, TEXT_MEASURES
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.baselines import MAJORITY, Baseline, fold_by_fold, majority_class, split_by_split
from tunecard.tasks.columns import find_text_columns
from tunecard.tasks.confidence import confidence_of_rows, softmax
from tunecard.tasks.encoding import encode_texts
from tunecard.tasks.file_checks import class_name_faults, class_probability_faults
from tunecard.tasks.fitted_baselines import PROBE_OF_CLASSES, TFIDF_OF_CLASSES
from tunecard.tasks.inputs import read_texts
from tunecard.tasks.labels import head_of_classes_fault, name_labels, numbers_as_classes, settle_classes
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import CALIBRATION, Confusion, Groups, Scoring
from tunecard.tasks.snippet import text_snippet
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def _answer_majority(train: Split, split: Split) -> list[Any]:
    return [majority_class(train.labels)] * len(split)


def _majority_faults(predictions: Sequence[Any], counts: Mapping[str, int]) -> list[str]:
    most = {label for label, count in counts.items() if count == max(counts.values())}
    is_majority = len(set(predictions)) == 1 and set(predictions) <= most
    return [] if is_majority else ["does not answer with the most frequent class of training"]


WORDS = Words(
    row="texts",
    groups="classes",
    group_unit="rows",
    groups_record="task.labels",
    by_group="Rows by class",
    label_kinds="classes",
    outputs="",
    item="row",
    answer="rows",
    head="a classification head",
    output="a class",
    objective="cross-entropy over the classes",
    does="sorts {input} into one of {count} classes ({labels})",
    does_unnamed="classifies {input}",
    limit="It always answers with one of its {count} classes, also where none of them fits.",
    summary="Of 100 {rows}, {accuracy%} get the right class.",
)
INFERENCE_LABELS = {"entailment", "neutral", "contradiction"}
BASELINES = (
    Baseline(
        MAJORITY,
        "most frequent class",
        split_by_split(_answer_majority),
        within=fold_by_fold(_answer_majority),
        does="always answers with the most frequent class of train",
        faults=_majority_faults,
    ),
    TFIDF_OF_CLASSES,
    PROBE_OF_CLASSES,
)


@dataclass(frozen=True)
class TextClassification(UsualTask):
    """Single-label classification; see `Task`."""

    name: str = "text-classification"
    auto_class: str = "AutoModelForSequenceClassification"
    peft_task_type: str = "SEQ_CLS"
    problem_type: str | None = "single_label_classification"
    pipeline_tag: str = "text-classification"
    objective: str = "classes"
    reads: str = "texts"
    roles: tuple[str, ...] = ("text", "text_pair", "label")
    labels_are_names: bool = True
    best_metrics: tuple[str, ...] = ("accuracy", "macro_f1", "mcc", "loss")
    stratified_by: str = "label"
    words: Words = WORDS
    baselines: tuple[Baseline, ...] = BASELINES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        return True

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        return find_text_columns(told, table)

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_texts(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return name_labels(table, names)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        return settle_classes(tables, labels, declared, alike)

    def other_reading(self, labels: Sequence[Any]) -> str:
        return numbers_as_classes(labels)

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        found = sorted(set(labels))
        if len(found) > 1:
            return []
        return [f"train must hold at least two classes. Got {found[0]!r} in all {len(labels):,} rows."]

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
        ids = {label: position for position, label in enumerate(self.labels)}
        return encode_texts(tokenizer, inputs, None if labels is None else [ids[label] for label in labels], max_length)

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[str, list[float]]:
        probabilities = softmax(logits)
        return self.labels[int(probabilities.argmax())], probabilities.tolist()

    @cached_property
    def scoring(self) -> Scoring:
        labels = self.labels
        return Scoring(
            measures=TEXT_MEASURES,
            headline=ACCURACY,
            count=lambda gold, said: classification.class_counts(gold, said, labels),
            groups=Groups("class", labels, CLASS_MEASURES, classification.only_class, mean=MACRO_F1),
            confusion=Confusion(
                labels,
                lambda gold, said: classification.confusion(gold, said, labels),
                "classification.confusion; rows by gold (rows) and predicted (columns) class",
            ),
            calibration=CALIBRATION,
            confidence=lambda flat, rows, places: confidence_of_rows(flat, rows, places, labels),
            is_right=lambda gold, said: np.array([a == b for a, b in zip(gold, said, strict=True)], dtype=bool),
        )

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        yield from class_name_faults(predictions, self.labels, "label names")

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield from class_probability_faults(predictions, flat, self.labels)

    def row_labels(self, label: Any) -> list[str]:
        return [label]

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        by_name = dict(zip(self.labels, probabilities, strict=True))
        return {"label": prediction, "probability": by_name[prediction], "probabilities": by_name}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        by_name = pa.struct([(label, pa.float64()) for label in self.labels])
        return {"label": pa.string(), "probability": pa.float64(), "probabilities": by_name, "truncated": pa.bool_()}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        return text_snippet(base_id, revision, example)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        found = ["multi-input-text-classification"] if is_pair and self.labels else []
        are_relations = {label.lower() for label in self.labels} == INFERENCE_LABELS
        found += ["natural-language-inference"] if is_pair and are_relations else []
        return found + (["multi-class-classification"] if len(self.labels) > 2 else [])

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        return True

    def head_fault(self, outputs: int) -> str | None:
        return head_of_classes_fault(outputs)
