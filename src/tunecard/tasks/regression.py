"""One number for a text or a pair of texts."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.number_measures import NUMBER_MEASURES, PEARSON
from tunecard.metrics.numbers import number_counts
from tunecard.row_faults import GOT, RowFault
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.rows.text import shown
from tunecard.tasks.baselines import Baseline, fold_by_fold, split_by_split
from tunecard.tasks.columns import find_text_columns
from tunecard.tasks.encoding import encode_texts
from tunecard.tasks.explained import Explained
from tunecard.tasks.fitted_baselines import PROBE_OF_NUMBERS, TFIDF_OF_NUMBERS
from tunecard.tasks.inputs import read_texts
from tunecard.tasks.missing import is_missing
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import Scoring
from tunecard.tasks.snippet import TEXT_EXAMPLE, code_head, literal
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_NO_NUMBER = f"a label must be a finite number. Got {GOT}."
NUMBER_COLUMNS = ("score", "label", "similarity", "rating")
MOST_RANGES = 10
WORDS = Words(
    row="texts",
    groups="ranges",
    group_unit="rows",
    groups_record="task.labels",
    by_group="Rows by range",
    label_kinds="ranges",
    outputs="",
    item="row",
    answer="rows",
    head="a regression head",
    output="a number",
    objective="mean squared error",
    does="gives {input} a number ({labels})",
    does_unnamed="gives {input} a number",
    limit="",
    summary="Its numbers correlate with the given ones at {pearson} and are off by {mae} on average.",
    by_itself="`pipeline(model=...)` and `AutoPeftModel` do not know that it gives one number.",
)
_CODE = """inputs = tokenizer({example}, truncation=True, return_tensors="pt")
with torch.no_grad():
    print(f"{{config.id2label[0]}}: {{float(model(**inputs).logits[0, 0]):.3f}}")
"""


def _answer_mean(train: Split, split: Split) -> list[Any]:
    return [fmean(train.labels)] * len(split)


def _mean_faults(predictions: Sequence[Any], counts: Mapping[str, int]) -> list[str]:
    return [] if len(set(predictions)) == 1 else ["does not answer with one number, the mean of training"]


SCORING = Scoring(NUMBER_MEASURES, PEARSON, number_counts, distance=lambda gold, said: abs(said - gold))
BASELINES = (
    Baseline(
        "mean",
        "mean number",
        split_by_split(_answer_mean),
        within=fold_by_fold(_answer_mean),
        does="always answers with the mean of train",
        faults=_mean_faults,
    ),
    TFIDF_OF_NUMBERS,
    PROBE_OF_NUMBERS,
)


@dataclass(frozen=True)
class Regression(UsualTask):
    """One number; `labels` hold its name alone. See `Task`."""

    name: str = "regression"
    auto_class: str = "AutoModelForSequenceClassification"
    peft_task_type: str = "SEQ_CLS"
    problem_type: str | None = "regression"
    pipeline_tag: str = "text-classification"
    objective: str = "numbers"
    reads: str = "texts"
    roles: tuple[str, ...] = ("text", "text_pair", "label")
    best_metrics: tuple[str, ...] = ("pearson", "spearman", "loss")
    stratified_by: str = "quarter of the numbers"
    words: Words = WORDS
    baselines: tuple[Baseline, ...] = BASELINES
    scoring: Scoring = SCORING
    explained_as: str = "the number"

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Numbers that are not all whole; whole ones may as well be classes."""
        column = _number_column(told, table)
        if column is None:
            return False
        values = [value for value in table.columns[column] if not is_missing(value)]
        numbers = [_number(value) for value in values]
        return bool(values) and all(found is not None for found in numbers) and any(n != int(n) for n in numbers if n)

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        column = _number_column(told, table)
        return find_text_columns({**told, **({} if column is None else {"label": column})}, table)

    def names_from(self, columns: Mapping[str, str]) -> list[str] | None:
        return [columns["label"]] if "label" in columns else None

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_texts(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        values = table.column("label")
        labels = [None if is_missing(value) else _number(value) for value in values]
        wrong = [row for row, value in enumerate(values) if labels[row] is None and not is_missing(value)]
        return labels, [RowFault(_NO_NUMBER, table.where(row), shown(values[row])) for row in wrong]

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        names = list(declared or ["label"])
        several = [f"`data.labels` must name one number in regression. Got {len(names)} names."]
        return NamedLabels(names, dict(labels), problems=[] if len(names) == 1 else several)

    def other_reading(self, labels: Sequence[Any]) -> str:
        found = {label for label in labels if label is not None}
        return (
            f"the labels are {len(found):,} different numbers with fractions and are read as numbers to be predicted "
            "(regression); where each is a class of its own, set `task: text-classification`"
        )

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        if len(set(labels)) > 1:
            return []
        return [f"train must hold at least two different numbers. Got {labels[0]:g} in all {len(labels):,} rows."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        edges = np.quantile(labels, (0.25, 0.5, 0.75)).tolist()
        return [str(bisect_right(edges, label)) for label in labels]

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        """Rows of each range between round numbers, ten ranges at most; the last holds both its ends."""
        edges = _round_edges(min(labels), max(labels)) if labels else []
        places = [min(bisect_right(edges, label), len(edges) - 1) for label in labels]
        return {f"{edges[place - 1]:g} to {edges[place]:g}": places.count(place) for place in range(1, len(edges))}

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        return {"labels": self.count_labels(labels), "label_summary": _summary(labels)} if labels else {}

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        return encode_texts(
            tokenizer, inputs, None if labels is None else [float(label) for label in labels], max_length
        )

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[float, None]:
        return float(logits[0]), None

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        return [Explained("", lambda values: values[0])]

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        labelled = [label for label in predictions.labels if label is not None]
        for column, values in (("label", labelled), ("prediction", predictions.predictions)):
            if not all(type(value) in (int, float) and math.isfinite(value) for value in values):
                yield f"the column {column} does not hold finite numbers"

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield "there are probabilities, and regression gives none"

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"value": prediction}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        return {"value": pa.float64(), "truncated": pa.bool_()}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        literals = ", ".join(literal(text) for text in tuple(example) or TEXT_EXAMPLE)
        return code_head(self.auto_class, base_id, revision) + _CODE.format(example=literals)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return ["text-scoring"]

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        names = config.get("id2label")  # of a file: it may be anything
        outputs = config.get("num_labels") or len(names if isinstance(names, dict) else {})
        return config.get("problem_type") == "regression" or outputs == 1

    def head_fault(self, outputs: int) -> str | None:
        return None if outputs == 1 else f"the head gives {outputs} numbers. This version completes regression of one."

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        return [] if len(names) == 1 else [f"regression has one number. Got {len(names)} names in id2label."]


def _number_column(told: Mapping[str, str], table: Table) -> str | None:
    usual = [name for wanted in NUMBER_COLUMNS for name in table.columns if name.lower() == wanted]
    return told.get("label") or next(iter(usual), None)


def _number(value: Any) -> float | None:
    """A finite number, or a text that is one; None for anything else."""
    try:
        is_none = isinstance(value, bool) or (isinstance(value, str) and "_" in value)  # 1_5 is a name; Python reads 15
        number = None if is_none else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is not None and math.isfinite(number) else None


def _round_edges(low: float, high: float) -> list[float]:
    """Edges between round numbers around [low, high]: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / (MOST_RANGES - 1) or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(place * step, 12) for place in range(first, max(last, first + 1) + 1)]


def _summary(labels: Sequence[float]) -> dict[str, Any]:
    """Mean and standard deviation (both to six decimals), smallest and largest."""
    spread = {"mean": round(fmean(labels), 6), "sd": round(pstdev(labels), 6)}
    return {**spread, "min": min(labels), "max": max(labels)}
