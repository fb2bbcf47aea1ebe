"""Extractive question answering: the words of a context that answer a question, or that there are none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tunecard.errors import DataError
from tunecard.evidence import Finding, Predictions, measured
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import answers
from tunecard.metrics.answer_measures import ANSWER_F1, ANSWER_MEASURES
from tunecard.metrics.counts import Ints, RowCounts
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.answer_baselines import BASELINES
from tunecard.tasks.answer_spans import Answer, answer_tokens, best_answers, choose_threshold, null_score, trimmed
from tunecard.tasks.baselines import Baseline
from tunecard.tasks.columns import doubtful, unknown_column
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.explained import Explained
from tunecard.tasks.gold_answers import read_answers
from tunecard.tasks.inputs import read_texts
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.question_columns import USUAL_NAMES, look_marked, usual
from tunecard.tasks.question_windows import STRIDE, Target, encode_questions
from tunecard.tasks.scoring import BRIER, ECE, Scoring, Subset
from tunecard.tasks.snippet import code_head, literal
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import NEVER, Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Names of the two outputs. They tell, with the adapter, whether its first token may stand for no answer.
ANSWERED, OR_NONE = ("start", "end"), ("start or none", "end or none")
NONE = "no answer"
NULL_THRESHOLD = "null_threshold"  # in config.json and, below `task.`, in the records
LENGTHS = {"1 word": 1, "2 words": 2, "3 to 5 words": 5}  # of the first gold answer, with the most words of each
LONGER = "6 words or more"
EXAMPLE = ("Where did she go?", "Marta Ruiz went to Madrid in 2019.")
WORDS = Words(
    row="questions",
    groups="outputs",
    group_unit="questions",
    groups_record="task.labels",
    by_group="Rows by length of the answer",
    label_kinds="lengths of the answer",
    outputs="",
    item="row",
    answer="answers",
    head="a span head",
    output="a span of the context",
    objective="cross-entropy over the tokens of a window, of the answer's first and of its last, halved",
    does="answers a question with words of the context that is given with it",
    does_unnamed="answers a question with words of the context that is given with it",
    limit="It quotes its context and knows nothing else: what the context does not say word for word, it cannot tell.",
    summary="Of 100 questions, {exact_match%} get exactly a gold answer; the words given and those of the nearest gold "
    "answer overlap by {f1} on average (F1).",
    takes="question and context",
    near="questions about one context are, for most of their text is the same",
    by_itself="`AutoPeftModelForQuestionAnswering` loads it in one call; today's transformers has no pipeline for "
    "questions with contexts.",
    lines=NEVER,
)
_CODE = """question, context = {example}
inputs = tokenizer(question, context, truncation="only_second", stride=min({stride}, tokenizer.model_max_length // 4),
                   return_overflowing_tokens=True, return_offsets_mapping=True, padding=True, return_tensors="pt")
offsets = inputs.pop("offset_mapping")
inputs.pop("overflow_to_sample_mapping")  # a long context is read in several windows
inputs.pop("token_type_ids", None)  # trained without them, as PEFT drops them for this kind of head
with torch.no_grad():
    output = model(**inputs)
spans = [(float(output.start_logits[window, first] + output.end_logits[window, last]), window, first, last)
         for window in range(len(offsets))
         for first, part in enumerate(inputs.sequence_ids(window)) if part == 1
         for last in range(first, min(first + 30, len(offsets[window])))
         if inputs.sequence_ids(window)[last] == 1]
score, window, first, last = max(spans)
answer = context[offsets[window, first, 0]:offsets[window, last, 1]].strip()
print({said})
"""
# What the first tokens of all windows say against the best span, with the threshold that validation chose.
_OR_NONE = (
    "answer if float((output.start_logits[:, 0] + output.end_logits[:, 0]).min()) - score <= config.null_threshold "
    'else "(no answer)"'
)
_CANDIDATE = pa.struct(
    [("text", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("probability", pa.float64())]
)
CALIBRATION_OF_ANSWERS = (
    replace(ECE, meaning="mean gap between the probability stated of an answer and the share of answers that match "
            "exactly, over bins of equally many answers."),
    replace(BRIER, meaning="mean squared distance of the probability stated of an answer from 1 where it matches "
            "exactly and from 0 where it does not; lower is better.", most=1.0),
)  # fmt: skip


def _is_exact(gold: list[Any], said: list[Any]) -> NDArray[np.bool_]:
    counts = answers.answer_counts(gold, said)
    exact: NDArray[np.bool_] = counts.values[counts.group, answers.EXACT] > 0
    return exact


def confidence_of_answers(flat: FlatProbabilities, predictions: Predictions, places: Ints) -> Confidence:
    """The probability of each answer, and whether it matches a gold answer exactly.

    Args:
        places: (N,) of the labelled rows in the file.
    Raises: DataError: not one probability a row.
    """
    if not flat.is_known.all() or (len(flat.values) and flat.values.shape[1] != 1):
        raise DataError("each row must have one probability, that of its answer.")
    is_right = _is_exact(predictions.labels, predictions.predictions)
    stated, row = flat.values[places].reshape(-1), np.arange(len(places))
    how = "its share in the softmax over the best spans of all windows"
    return Confidence(stated, is_right, row, (stated - is_right) ** 2, row, "answers", "answers", f"stated as {how}")


def _with_and_without(predictions: Predictions) -> list[Subset]:
    """Questions that have an answer and those that have none, apart; nothing where all are of one kind."""
    counts = answers.answer_counts(predictions.labels, predictions.predictions)
    has = counts.values[counts.group, answers.ANSWERED] > 0
    if has.all() or not has.any():
        return []
    kinds = (
        ("has_answer", "questions that have an answer", answers.only_answered),
        ("no_answer", "questions that have no answer", answers.only_unanswered),
    )
    return [
        Subset(key, about, RowCounts(narrow(counts.values), counts.group), ANSWER_MEASURES)
        for key, about, narrow in kinds
    ]


SCORING = Scoring(
    measures=ANSWER_MEASURES,
    headline=ANSWER_F1,
    count=answers.answer_counts,
    calibration=CALIBRATION_OF_ANSWERS,
    confidence=confidence_of_answers,
    is_right=_is_exact,
    subsets=_with_and_without,
)


@dataclass(frozen=True)
class QuestionAnswering(UsualTask):
    """Answers that stand in the context; `labels` name the two outputs. See `Task`.

    A label of a row is the list of its gold answers, empty where the context has none; the place of each in the context
    stands among the inputs (`answer_start`). A prediction is the text of the answer, "" for none.

    Attributes:
        null_threshold: by how much the score of no answer must be above that of the best span; of heads that may give
            none.
    """

    null_threshold: float = 0.0
    name: str = "question-answering"
    auto_class: str = "AutoModelForQuestionAnswering"
    peft_task_type: str = "QUESTION_ANS"
    pipeline_tag: str = "question-answering"
    hub_metrics: tuple[str, ...] = ("squad",)
    objective: str = "spans"
    reads: str = "questions"
    long_rows: tuple[str, ...] = ("stride", "truncate", "error")
    roles: tuple[str, ...] = tuple(USUAL_NAMES)
    label_roles: tuple[str, ...] = ("answers", "is_impossible")
    kept_inputs: tuple[str, ...] = ("text_pair",)
    best_metrics: tuple[str, ...] = ("f1", "exact_match", "loss")
    stratified_by: str = "length of the answer"
    words: Words = WORDS
    baselines: tuple[Baseline, ...] = BASELINES
    explained_as: str = "the start logit of the answer plus its end logit"
    scoring: Scoring = SCORING

    @property
    def threshold(self) -> float | None:
        """The threshold for no answer; None where every question is answered."""
        return self.null_threshold if self.labels == OR_NONE else None

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Questions with contexts that hold their answers."""
        if {"question", "context", "answers"} & set(told):
            return not any(role.startswith("choice") for role in told)
        found = {role: usual(role, table) for role in ("question", "context", "answers")}
        return all(len(names) == 1 for names in found.values()) and look_marked(
            table.columns[found["answers"][0]], table.columns[found["context"][0]]
        )

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        columns = {role: name for role, name in told.items() if role in self.roles}
        for role in self.roles:
            found = [] if role in columns else usual(role, table)
            if len(found) > 1:
                raise DataError(doubtful(role, found, table))
            if found:
                columns[role] = found[0]
        for role in ("question", "context"):
            if role not in columns:
                raise DataError(unknown_column(role, table))
        return {role: columns[role] for role in self.roles if role in columns}

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        texts, problems = read_texts(table, {"text": columns["question"], "text_pair": columns["context"]})
        given = {role: table.column(columns[role]) for role in self.roles[2:] if role in columns}
        gold, faults = read_answers(texts.rename({**texts.columns, **given}))
        columns_read = {
            **texts.columns,
            "answer_start": [one.starts for one in gold],
            "answers": [one.texts for one in gold],
        }
        return table.rename(columns_read), problems + faults

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return table.column("answers"), []

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        """Whether no answer may be given is decided by train, where that has labels."""
        deciding = [gold for gold in labels.get("train", []) if gold is not None]
        deciding = deciding or [gold for rows in labels.values() for gold in rows if gold is not None]
        names = declared or (OR_NONE if any(not gold for gold in deciding) else ANSWERED)
        return NamedLabels(list(names), dict(labels), problems=self.label_name_faults(names))

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        return [] if any(labels) else [f"train must hold answers. Got none in {len(labels):,} rows."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        return [_length_of(gold) for gold in labels]

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        counts = Counter(_length_of(gold) for gold in labels)
        return {name: counts[name] for name in (*LENGTHS, LONGER, NONE) if name != NONE or counts[NONE]}

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        return {"labels": self.count_labels(labels)}

    def describe(self) -> list[Finding]:
        how = "tunecard.tasks.answer_spans.choose_threshold: the one with the best F1 on validation"
        return [measured(f"task.{key}", value, method=how) for key, value in self.settings.items()]

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        """Rows of windows, long contexts in several; to be learned is the first gold answer."""
        targets = None
        if labels is not None:
            several = zip(inputs["answer_start"], labels, strict=True)
            targets = [Target(at[0], at[0] + len(gold[0])) if gold else Target(0, 0) for at, gold in several]
        return encode_questions(tokenizer, inputs, targets, max_length)

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[str, list[float]]:
        best = self.candidates(logits, encoded, row)[0]
        return (encoded.texts or [])[row][best.start : best.end], [best.probability]

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """The best span, in the window that says it the loudest; or that there is none."""
        spans = np.array((encoded.spans or [])[row], dtype=np.int64).reshape(-1, 2)
        first, last = answer_tokens(logits, spans, (encoded.pieces or [])[row], self.threshold)
        return [Explained("", lambda values: values[first][0] + values[last][1])]

    def candidates(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Answer]:
        """The best answers of a row, in characters of its context, best first; (T, 2) logits of all its windows."""
        spans = np.array((encoded.spans or [])[row], dtype=np.int64).reshape(-1, 2)
        windows = (encoded.pieces or [])[row]
        context = (encoded.texts or [])[row]
        found = best_answers(logits, spans, windows, self.threshold)
        edges = [trimmed(context, one.start, one.end) for one in found]
        return [replace(one, start=start, end=end) for one, (start, end) in zip(found, edges, strict=True)]

    def tuned(self, logits: Sequence[np.ndarray], labels: Sequence[Any], encoded: EncodedSplit) -> QuestionAnswering:
        """The task with the threshold for no answer that these rows choose; see `Tunable`."""
        if self.threshold is None or not any(gold is not None for gold in labels):
            return self
        always = replace(self, labels=ANSWERED)
        rows = [row for row, gold in enumerate(labels) if gold is not None]
        best = [always.candidates(logits[row], encoded, row)[0] for row in rows]
        nothing = [null_score(logits[row], (encoded.pieces or [])[row]) for row in rows]
        said = [(encoded.texts or [])[row][one.start : one.end] for row, one in zip(rows, best, strict=True)]
        counts = answers.answer_counts([labels[row] for row in rows], said)
        overlap = counts.values[counts.group, answers.OVERLAP]
        gaps = np.array([none - one.score for none, one in zip(nothing, best, strict=True)])
        chosen = choose_threshold(gaps, overlap, np.array([not labels[row] for row in rows]))
        return replace(self, null_threshold=chosen)

    @property
    def settings(self) -> dict[str, Any]:
        """`null_threshold`, where no answer may be given."""
        return {} if self.threshold is None else {NULL_THRESHOLD: self.null_threshold}

    def with_settings(self, settings: Mapping[str, Any]) -> QuestionAnswering:
        """The task with the threshold that a file names."""
        told = settings.get(NULL_THRESHOLD)
        if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
            return self
        return replace(self, null_threshold=float(told))

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        labelled = [gold for gold in predictions.labels if gold is not None]
        if not all(isinstance(gold, list) and all(isinstance(text, str) for text in gold) for gold in labelled):
            yield "the column label does not hold lists of texts"
        if not all(isinstance(text, str) for text in predictions.predictions):
            yield "the column prediction does not hold texts"
        elif self.labels == ANSWERED and "" in predictions.predictions:
            yield "a question is not answered, and this head answers every one"

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        if len(flat.is_known) != len(predictions) or not flat.is_known.all() or flat.values.shape[1:] != (1,):
            yield "there is not one probability a row"
        elif not ((flat.values >= 0) & (flat.values <= 1 + 1e-6)).all():
            yield "a probability is not between 0 and 1"

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"answer": prediction, "probability": probabilities[0]}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        return {
            "answer": pa.string(),
            "probability": pa.float64(),
            "start": pa.int64(),
            "end": pa.int64(),
            "candidates": pa.list_(_CANDIDATE),
        }

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        literals = ", ".join(literal(text) for text in tuple(example) or EXAMPLE)
        said = "answer" if self.threshold is None else _OR_NONE
        code = _CODE.replace("{stride}", str(STRIDE)).replace("{said}", said).replace("{example}", literals, 1)
        return code_head(self.auto_class, base_id, revision) + code

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return ["extractive-qa"]

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        return True

    def head_fault(self, outputs: int) -> str | None:
        return (
            None if outputs == len(ANSWERED) else f"the head gives {outputs} values a token, and a span has two ends."
        )

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        if tuple(names) in (ANSWERED, OR_NONE):
            return []
        return [f"the outputs of question answering are {' and '.join(ANSWERED)}. Got {', '.join(names)}."]


def _length_of(gold: Sequence[str]) -> str:
    """The group of a row: how many words its first gold answer has."""
    if not gold:
        return NONE
    words = len(gold[0].split())
    return next((name for name, most in LENGTHS.items() if words <= most), LONGER)
