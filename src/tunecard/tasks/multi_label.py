"""Any number of labels for a text or a pair of texts, none among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tunecard.errors import DataError
from tunecard.evidence import Finding, Predictions, measured
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import label_sets, ranking
from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.label_set_measures import (
    AVERAGE_PRECISION,
    LABEL_MACRO_F1,
    LABEL_MEASURES,
    LABEL_SET_MEASURES,
    MACRO_AP,
    MICRO_F1,
)
from tunecard.metrics.temperature import undo_temperature
from tunecard.metrics.thresholds import EVEN, tune_thresholds
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.baselines import MAJORITY, Answers, Baseline, Lesson, fold_by_fold, split_by_split
from tunecard.tasks.columns import find_text_columns, guess_texts, usual
from tunecard.tasks.confidence import confidence_of_label_sets
from tunecard.tasks.encoding import encode_texts
from tunecard.tasks.explained import Explained
from tunecard.tasks.file_checks import label_set_probability_faults, unknown_names
from tunecard.tasks.fitted_baselines import PROBE_OF_LABEL_SETS, TFIDF_OF_LABEL_SETS, name_label_sets
from tunecard.tasks.inputs import read_texts
from tunecard.tasks.label_sets import (
    EMPTY_NOTE,
    columns_in,
    label_columns,
    look_like_sets,
    name_sets,
    sets_of_columns,
    settle_sets,
)
from tunecard.tasks.labels import head_of_classes_fault
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import BRIER, ECE, Groups, Ranking, Scoring
from tunecard.tasks.snippet import TEXT_EXAMPLE, code_head, literal
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PROBLEM = "multi_label_classification"
NO_LABEL = "no label"
_CODE = """inputs = tokenizer({example}, truncation=True, return_tensors="pt")
with torch.no_grad():
    probabilities = model(**inputs).logits[0].sigmoid()
for index in probabilities.argsort(descending=True)[:5]:
    label, probability = config.id2label[int(index)], float(probabilities[index])
    print(f"{{label:<32}} {{probability:.2f}} {{'yes' if probability >= {threshold} else 'no'}}")
"""


def _answer_most_frequent_set(train: Split, split: Split) -> list[Any]:
    counts = Counter(tuple(names) for names in train.labels)
    most = min(counts, key=lambda names: (-counts[names], names))
    return [list(most)] * len(split)


def _answer_by_shares(lesson: Lesson) -> Answers:
    shares = label_sets.has_labels(lesson.train.labels, lesson.labels).mean(axis=0)
    return Answers(
        name_label_sets(lesson, {name: np.tile(shares, (len(rows), 1)) for name, rows in lesson.splits.items()})
    )


def _one_answer_faults(predictions: Sequence[Any], counts: Mapping[str, int]) -> list[str]:
    return [] if len(set(map(tuple, predictions))) <= 1 else ["does not give every row the same labels"]


WORDS = Words(
    kind="multi-label classification",
    row="texts",
    groups="labels",
    group_unit="rows",
    groups_record="task.labels",
    by_group="Rows by label",
    label_kinds="labels",
    outputs="",
    item="label decision",
    answer="predicted labels",
    head="a classification head",
    output="a yes or no for each label",
    objective="binary cross-entropy of each label",
    does="gives {input} any number of {count} labels ({labels})",
    does_unnamed="gives {input} any number of labels",
    limit="It knows {count} labels and no other; where none reaches its threshold it gives none.",
    summary="Of 100 labels it gives, {micro_precision%} are right; of 100 in the data, it finds {micro_recall%}.",
)
CALIBRATION_OF_LABELS = (
    replace(
        ECE,
        meaning="mean gap between the probability stated of a predicted label and the share of them that is right, "
        "over bins of equally many answers.",
    ),
    replace(
        BRIER,
        meaning="mean over label decisions of the squared error of yes and of no, from 0 to 2; lower is better.",
    ),
)
BASELINES = (
    Baseline(
        MAJORITY,
        "most frequent set of labels",
        split_by_split(_answer_most_frequent_set),
        within=fold_by_fold(_answer_most_frequent_set),
        does="always answers with the set of labels that is most frequent in train",
        faults=_one_answer_faults,
    ),
    Baseline(
        "shares",
        "labels by their shares",
        _answer_by_shares,
        article="",
        does="gives every row the labels whose share of train reaches the thresholds that validation chooses",
        faults=_one_answer_faults,
    ),
    TFIDF_OF_LABEL_SETS,
    PROBE_OF_LABEL_SETS,
)


@dataclass(frozen=True)
class MultiLabel(UsualTask):
    """Several labels a row, or none; see `Task`.

    Attributes:
        thresholds: (K,) the probability from which on each label is given; empty where nothing chose them, and half
            is the threshold of all.
    """

    thresholds: tuple[float, ...] = ()
    name: str = "multi-label"
    auto_class: str = "AutoModelForSequenceClassification"
    peft_task_type: str = "SEQ_CLS"
    problem_type: str | None = PROBLEM
    pipeline_tag: str = "text-classification"
    objective: str = "label sets"
    reads: str = "texts"
    roles: tuple[str, ...] = ("text", "text_pair", "label")
    labels_are_names: bool = True
    best_metrics: tuple[str, ...] = (
        "micro_f1", "macro_f1", "samples_f1", "subset_accuracy", "micro_precision", "micro_recall", "loss",
    )  # fmt: skip
    stratified_by: str = "rarest label"
    words: Words = WORDS
    explained_as: str = "the logit of a label that is given"
    baselines: tuple[Baseline, ...] = BASELINES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Labels in lists or in cells of several, or columns of 0 and 1 where none has the usual name of a label."""
        if {"tokens", "tags", "spans"} & set(told):
            return False
        column = _label_column(told, table)
        if column is None:
            return bool(_block_of(told, table))
        return column not in table.columns or look_like_sets(table.columns[column])

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        column = _label_column(told, table) or ", ".join(_block_of(told, table))
        return find_text_columns({**told, **({"label": column} if column else {})}, table)

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        several = columns_in(columns["label"], table) if "label" in columns else []
        if len(several) < 2:
            return read_texts(table, columns)
        texts, problems = read_texts(table, {role: name for role, name in columns.items() if role != "label"})
        sets, faults = sets_of_columns(table, several)
        return texts.rename({**texts.columns, "label": sets}), [*problems, *faults]

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return name_sets(table, names)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        named = settle_sets(tables, labels, declared, alike)
        if any(value == "" for table in tables.values() for value in table.columns.get("label", ())):
            named.notes.append(EMPTY_NOTE)
        return named

    def other_reading(self, labels: Sequence[Any]) -> str:
        if not all(len(names) == 1 for names in labels):
            return ""
        return (
            "every row of train has exactly one label and is read as one that may have several (multi-label); where "
            "just one is right, set `task: text-classification` and write names in the place of lists"
        )

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        found = sorted({name for names in labels for name in names})
        if len(found) > 1:
            return []
        got = f"only {found[0]!r}" if found else "none"
        return [f"train must hold at least two different labels. Got {got} in {len(labels):,} rows."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        """The rarest label of each row, as iterative stratification deals out rare labels first (Sechidis et al. 2011).

        >>> MultiLabel(("a", "b")).strata([["a", "b"], ["a"], []])
        ['b', 'a', '']
        """
        counts = Counter(name for names in labels for name in names)
        return [min(names, key=lambda name: (counts[name], name), default="") for names in labels]

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        counts = Counter(name for names in labels for name in names)
        return {label: counts[label] for label in self.labels}

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        sizes = Counter(map(len, labels))
        return {
            "labels": self.count_labels(labels),
            "labels_a_row": {str(size): sizes[size] for size in sorted(sizes)},
        }

    def describe(self) -> list[Finding]:
        if not self.thresholds:
            return []
        values: dict[str, Any] = dict(zip(self.labels, self.thresholds, strict=True))
        how = "tunecard.metrics.thresholds.tune_thresholds on validation; a label is given from this probability on"
        return [measured("task.thresholds", values, method=how)]

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        asked = None if labels is None else label_sets.has_labels(labels, self.labels).astype(int).tolist()
        return encode_texts(tokenizer, inputs, asked, max_length)

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[list[str], list[float]]:
        stated = _sigmoid(logits).tolist()
        given = [label for label, p, least in zip(self.labels, stated, self._least, strict=True) if p >= least]
        return given, stated

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """Each label that it gives."""
        given, _ = self.decode(logits, encoded, row)
        return [Explained(label, itemgetter(self.labels.index(label))) for label in given]

    @property
    def _least(self) -> tuple[float, ...]:
        return self.thresholds or (EVEN,) * len(self.labels)

    def tuned(self, logits: Sequence[np.ndarray], labels: Sequence[Any], encoded: EncodedSplit) -> MultiLabel:
        """The task with the thresholds that these rows choose; see `Tunable`."""
        found = tune_thresholds(_sigmoid(np.stack(logits)), label_sets.has_labels(labels, self.labels))
        return replace(self, thresholds=found.values)

    @property
    def settings(self) -> dict[str, Any]:
        """`thresholds`, by label."""
        return {"thresholds": dict(zip(self.labels, self.thresholds, strict=True))} if self.thresholds else {}

    def with_settings(self, settings: Mapping[str, Any]) -> MultiLabel:
        """The task with the thresholds that a file names for every label."""
        told = settings.get("thresholds")
        if not isinstance(told, dict) or set(told) != set(self.labels):
            return self
        values = [told[label] for label in self.labels]
        if not all(type(value) in (int, float) and 0 <= value <= 1 for value in values):
            return self
        return replace(self, thresholds=tuple(map(float, values)))

    @cached_property
    def scoring(self) -> Scoring:
        labels = self.labels

        def ranked(flat: FlatProbabilities, rows: Predictions, places: Ints) -> RowCounts:
            gold = label_sets.has_labels(rows.labels, labels)
            return ranking.ranked_rows(flat.values[places].reshape(gold.shape), gold)

        return Scoring(
            measures=LABEL_SET_MEASURES,
            headline=MICRO_F1,
            count=lambda gold, said: label_sets.label_set_counts(gold, said, labels),
            groups=Groups("label", labels, LABEL_MEASURES, label_sets.only_label, mean=LABEL_MACRO_F1),
            calibration=CALIBRATION_OF_LABELS,
            confidence=lambda flat, rows, places: confidence_of_label_sets(flat, rows, places, labels),
            is_right=lambda gold, said: np.array([a == b for a, b in zip(gold, said, strict=True)], dtype=bool),
            ranking=Ranking((MACRO_AP,), AVERAGE_PRECISION, ranking.only_ranked, ranked),
            decided=_decisions,
            undo_temperature=_undo_temperature,
        )

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        labelled = [label for label in predictions.labels if label is not None]
        for column, values in (("label", labelled), ("prediction", predictions.predictions)):
            if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in values):
                yield f"the column {column} does not hold lists of label names"
                return
            yield from unknown_names(column, {name for names in values for name in names}, self.labels)
            if any(len(set(names)) < len(names) for names in values):
                yield f"the column {column} names a label twice in some row"

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield from label_set_probability_faults(predictions, flat, self.labels)

    def row_labels(self, label: Any) -> list[str]:
        return list(label)

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"labels": prediction, "probabilities": dict(zip(self.labels, probabilities, strict=True))}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        by_name = pa.struct([(label, pa.float64()) for label in self.labels])
        return {"labels": pa.list_(pa.string()), "probabilities": by_name, "truncated": pa.bool_()}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        """Code that prints the five likeliest labels, and whether each is given."""
        literals = ", ".join(literal(text) for text in tuple(example) or TEXT_EXAMPLE)
        threshold = "config.thresholds[label]" if self.thresholds else str(EVEN)
        return code_head(self.auto_class, base_id, revision) + _CODE.format(example=literals, threshold=threshold)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return ["multi-label-classification"]

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        return config.get("problem_type") == PROBLEM

    def head_fault(self, outputs: int) -> str | None:
        return head_of_classes_fault(outputs)


def _label_column(told: Mapping[str, str], table: Table) -> str | None:
    """As told, else the first column with a usual name."""
    return told.get("label") or next(iter(usual("label", table)), None)


def _block_of(told: Mapping[str, str], table: Table) -> list[str]:
    try:
        texts = list(guess_texts(table).values()) if "text" not in told else []
    except DataError:  # which column is the text is asked elsewhere
        texts = []
    return label_columns(table, [*told.values(), *texts])


def _sigmoid(logits: np.ndarray) -> Floats:
    """1 / (1 + exp(-z)) in float64; of large numbers no overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits.astype(np.float64))))


def _decisions(names: Any, probabilities: Any, ids: Mapping[str, int]) -> list[tuple[int, Sequence[float]]]:
    """One decision a label: 1 where the row has it, and the probabilities of no and of yes."""
    if names is None or probabilities is None or len(probabilities) != len(ids):
        return []
    given = {ids[name] for name in names if name in ids}
    return [(int(place in given), (1 - p, p)) for place, p in enumerate(probabilities)]


def _undo_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Of each label alone, yes beside no."""
    return np.asarray(undo_temperature(np.stack([1 - probabilities, probabilities], axis=-1), temperature)[..., 1])
