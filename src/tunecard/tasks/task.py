"""The promise every task keeps: all that the house asks of it, so that nobody asks which task it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from tunecard.evidence import Finding, Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.baselines import Baseline
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import Scoring
from tunecard.tasks.visible import Readable, Where
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Inputs = Mapping[str, list[Any]]


class Task(Protocol):
    """One way to read, learn, judge and tell of rows.

    Attributes:
        labels: names in id order, one for each output of the head; empty until the data has named them.
        name: as in a recipe, e.g. "token-classification".
        auto_class: transformers' class of models with the head, e.g. "AutoModelForTokenClassification".
        peft_task_type: PEFT's name of the task, e.g. "TOKEN_CLS".
        problem_type: transformers' `config.problem_type`, or None.
        pipeline_tag: the Hub's name.
        hub_metrics: libraries that the Hub wants named among the metrics, e.g. "seqeval".
        objective: what training makes small, a name of `training.objectives`.
        reads: what a row to be predicted holds, a name of `inference.raw_text.kinds`.
        reads_apart: whether a row is several sequences, each cut by itself.
        reads_alone: whether each of these is one of its texts and nothing else.
        long_rows: what may be done with rows that are longer than is read, of `data.on_long`, the usual first.
        roles: of columns, inputs first; `label_roles` are those of them that hold the answer.
        labels_are_names: whether the order of the labels carries meaning that somebody must declare.
        best_metrics: names that `training.best_metric` may take, the default first.
        stratified_by: what `strata` groups rows by, in words.
        words: what rows, groups and answers are called.
        baselines: predictors without a model that a useful adapter beats.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def name(self) -> str: ...

    @property
    def auto_class(self) -> str: ...

    @property
    def peft_task_type(self) -> str: ...

    @property
    def problem_type(self) -> str | None: ...

    @property
    def pipeline_tag(self) -> str: ...

    @property
    def hub_metrics(self) -> tuple[str, ...]: ...

    @property
    def objective(self) -> str: ...

    @property
    def reads(self) -> str: ...

    @property
    def reads_apart(self) -> bool: ...

    @property
    def reads_alone(self) -> bool: ...

    @property
    def long_rows(self) -> tuple[str, ...]: ...

    @property
    def roles(self) -> tuple[str, ...]: ...

    @property
    def label_roles(self) -> tuple[str, ...]: ...

    @property
    def labels_are_names(self) -> bool: ...

    @property
    def best_metrics(self) -> tuple[str, ...]: ...

    @property
    def stratified_by(self) -> str: ...

    @property
    def words(self) -> Words: ...

    @property
    def baselines(self) -> tuple[Baseline, ...]: ...

    # Rows as a file holds them. `labels` are not known yet.

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Whether this table, whose columns were named as `told`, is of this task; asked in the order of TASKS."""
        ...

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        """Role to column: as told, else by its usual name. Raises: DataError: doubtful or unknown inputs."""
        ...

    def names_from(self, columns: Mapping[str, str]) -> list[str] | None:
        """Label names that the columns alone give, such as the one number's; None where rows must tell."""
        ...

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        """The table with the task's own columns (`text`, `text_pair`, `tokens`, `tags`, `label`), and every fault.

        All of them but those of `label_roles` become the inputs of a split, texts or lists of texts.
        """
        ...

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        """The label of each row (None: unlabelled) of a table from `read_rows`, and every fault.

        Args:
            names: in id order, where the recipe or the source declares them.
        """
        ...

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        """Names in id order from the labels of all splits, the labels in their final form, and every fault.

        Args:
            alike: "merge" makes names one that differ only in case, blanks or Unicode form; else they are a fault.
        """
        ...

    def readable(self, inputs: Inputs, labels: list[Any], where: Where) -> Readable:
        """Rows as a model reads them, with what nobody can see left out and told.

        Args:
            where: the place of a row, or of a word of it, in words.
        """
        ...

    def other_reading(self, labels: Sequence[Any]) -> str:
        """What else these labels may be, and how to ask for it, where nobody named the task; "" where that is clear."""
        ...

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        """What keeps these labels from teaching anything, such as one class alone; sentences without a place."""
        ...

    # Rows of a data set.

    def strata(self, labels: Sequence[Any]) -> list[str]:
        """(N,) the group of each row that made splits keep the shares of."""
        ...

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        """How often each group (class, entity type, range of numbers) occurs, zeros included."""
        ...

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        """What labels tell about their split, by the last part of each record's id: `labels`, and others where due."""
        ...

    def describe(self) -> list[Finding]:
        """`task.*` beyond name, labels and problem type."""
        ...

    # A model.

    def encode(
        self, tokenizer: PreTrainedTokenizerBase, inputs: Inputs, labels: Sequence[Any] | None, max_length: int
    ) -> EncodedSplit:
        """Rows to token ids, cut at `max_length` tokens.

        Args:
            inputs: `{"text": [...]}` with `"text_pair"` for pairs, or `{"tokens": [[...], ...]}`, or what else
                `read_rows` makes columns of; N entries each.
            labels: (N,) or None for rows without.
        """
        ...

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[Any, Any]:
        """Logits of one row, as `predict_logits` shapes them, to a prediction and its probabilities or None."""
        ...

    # Predictions.

    @property
    def scoring(self) -> Scoring:
        """How predictions are scored."""
        ...

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        """What in the columns label and prediction of a file cannot be, a sentence each."""
        ...

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        """What in the probabilities does not fit their predictions, a sentence each."""
        ...

    def recount(self, predictions: Predictions, split: str) -> dict[str, Any]:
        """Record id to value, for what a predictions file tells about the data beyond its labels."""
        ...

    def mark_unseen(self, train: Split, split: Split) -> list[Any] | None:
        """`Predictions.unseen` of a split: flags for what training never named; None where that means nothing."""
        ...

    # Answers to a user.

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        """The prediction of one row, of words as given or of texts, as `predict` returns it."""
        ...

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        """Columns of `answer` and their types, for rows read from these roles."""
        ...

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        """Get-started code that needs only stock peft and transformers; `example` is a text, or a pair of them."""
        ...

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        """The Hub's `task_ids` of a data set, as far as the labels leave no doubt."""
        ...

    # Adapters made elsewhere.

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        """Whether a model's config.json, of an adapter with this `peft_task_type`, is of this task."""
        ...

    def head_fault(self, outputs: int) -> str | None:
        """What keeps a head with so many outputs from being this task's, in a sentence."""
        ...

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        """What keeps these from being the labels of a saved head, in sentences."""
        ...
