"""One IOB2 tag a word, asked of the word's first token (the stock convention for named entities)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tunecard.errors import DataError, RunFolderError
from tunecard.evidence import Finding, Predictions, measured
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import entities
from tunecard.metrics.entity_measures import F1, RECALL, TOKEN_MEASURES, TYPE_MEASURES
from tunecard.rows.counting import histogram, summarise_lengths
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import IGNORED, EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.baselines import MAJORITY, Baseline, fold_by_fold, frequent_tags, split_by_split
from tunecard.tasks.columns import find_word_columns, is_list, usual
from tunecard.tasks.confidence import confidence_of_words, softmax
from tunecard.tasks.explained import Explained, of_words
from tunecard.tasks.file_checks import tag_probability_faults, uneven_tags, unknown_names
from tunecard.tasks.fitted_baselines import PROBE_OF_TAGS
from tunecard.tasks.inputs import read_words
from tunecard.tasks.labels import head_of_classes_fault
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import BRIER, ECE, Confusion, Groups, Scoring, Subset, Tally, Truncation
from tunecard.tasks.snippet import token_snippet
from tunecard.tasks.tags import OUTSIDE, name_tags, settle_tags, split_tag
from tunecard.tasks.unseen import entity_surfaces, mark_unseen
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.visible import Readable, Where, only_visible
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerBase

_IOB2 = re.compile(r"(O|[BI]-.+)$", re.DOTALL)
_ENTITY = pa.struct(
    [
        ("label", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("probability", pa.float64()),
    ]
)


def _answer_frequent_tags(train: Split, split: Split) -> list[Any]:
    return frequent_tags(train.inputs["tokens"], train.labels).predict(split.inputs["tokens"])


STRAYS = (
    "tunecard.metrics.entities.stray_pieces: runs of tags that begin with I-, continuing no entity; n = tagged runs"
)
WORDS = Words(
    row="sentences",
    groups="types",
    group_unit="entities",
    groups_record="task.types",
    by_group="Entities by type",
    label_kinds="entity types",
    outputs="tags",
    item="word",
    answer="predicted entities",
    head="a classification head",
    output="a tag for every word",
    objective="cross-entropy over the tags, one a word",
    does="finds {labels} in text",
    does_unnamed="labels the words of a text",
    limit="It cannot name entities of any other type: it knows {count} types.",
    summary="Of 100 entities it reports, {precision%} are right; of 100 in the text, it finds {recall%}.",
)
CALIBRATION_OF_TAGS = (
    replace(
        ECE,
        meaning="mean gap between the probability stated of a predicted entity and the share of them that is right, "
        "over bins of equally many answers.",
    ),
    replace(
        BRIER,
        meaning="mean over words of the squared error of the tags' probabilities, from 0 to 2; lower is better.",
    ),
)
BASELINES = (
    Baseline(
        MAJORITY,
        "frequent-tag baseline",
        split_by_split(_answer_frequent_tags),
        within=fold_by_fold(_answer_frequent_tags),
        does="gives each word the tag that it most often has in train, and O to a word that is not there",
    ),
    PROBE_OF_TAGS,
)


@dataclass(frozen=True)
class TokenClassification(UsualTask):
    """Named entities; see `Task`."""

    name: str = "token-classification"
    auto_class: str = "AutoModelForTokenClassification"
    peft_task_type: str = "TOKEN_CLS"
    pipeline_tag: str = "token-classification"
    hub_metrics: tuple[str, ...] = ("seqeval",)
    objective: str = "classes"
    reads: str = "words"
    roles: tuple[str, ...] = ("tokens", "tags", "text", "spans")
    label_roles: tuple[str, ...] = ("tags", "spans")
    labels_are_names: bool = True
    best_metrics: tuple[str, ...] = ("f1", "precision", "recall", "loss")
    stratified_by: str = "rarest entity type"
    words: Words = WORDS
    explained_as: str = (
        "the logit of the tag of each word of an entity it finds less the mean of all tags' logits, a mean over words"
    )
    baselines: tuple[Baseline, ...] = BASELINES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        if {"tokens", "tags", "spans"} & set(told):
            return True
        if {"label", "text_pair"} & set(told):
            return False
        has_lists = any(is_list(table, name) for name in usual("tokens", table))
        has_spans = any(is_list(table, name) for name in usual("spans", table)) and bool(usual("text", table))
        return has_lists or (has_spans and not usual("label", table))

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        return find_word_columns(told, table)

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_words(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return name_tags(table, names)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        return settle_tags(tables, labels, declared, alike)

    def readable(self, inputs: Mapping[str, list[Any]], labels: list[Any], where: Where) -> Readable:
        visible = only_visible(inputs["tokens"], labels)
        return Readable({**inputs, "tokens": visible.tokens}, visible.labels, visible.notes(where))

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        if any(tag != OUTSIDE for tags in labels for tag in tags):
            return []
        return [f"train must hold entities. Got no tag but O in {len(labels):,} rows."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        """The rarest entity type of each row, "O" without any."""
        kinds = [[split_tag(tag)[1] for tag in tags if tag.startswith("B-")] for tags in labels]
        counts = Counter(name for row in kinds for name in row)
        return [min(row, key=lambda name: (counts[name], name)) if row else "O" for row in kinds]

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        counts = Counter(split_tag(tag)[1] for tags in labels for tag in tags if tag.startswith("B-"))
        return {name: counts[name] for name in self.types}

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        counts = self.count_labels(labels)
        return {"labels": counts, "entities": sum(counts.values())}

    @property
    def types(self) -> list[str]:
        """Entity types in the order of their tags."""
        return entities.entity_types(self.labels)

    def describe(self) -> list[Finding]:
        types: list[Any] = [*self.types]
        return [
            measured("task.types", types, name="Entity types", section="model_type", method="from the data set"),
        ]

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        return encode_words(tokenizer, inputs, labels, max_length, self.labels)

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[list[str], list[list[float] | None]]:
        return decode_words(logits, encoded, row, self.labels, OUTSIDE)

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """Each entity that it finds."""
        tags, _ = self.decode(logits, encoded, row)
        starts = (encoded.word_starts or [])[row]
        return [
            Explained(kind, of_words(starts[begin:end], [self.labels.index(tag) for tag in tags[begin:end]]))
            for kind, begin, end in self.spans_of(tags)
        ]

    @cached_property
    def scoring(self) -> Scoring:
        labels, types = self.labels, self.types
        return Scoring(
            measures=TOKEN_MEASURES,
            headline=F1,
            count=lambda gold, said: entities.entity_counts(gold, said, types),
            groups=Groups("type", tuple(types), TYPE_MEASURES, entities.only_type, mean=F1),
            confusion=Confusion(
                (*types, OUTSIDE),
                lambda gold, said: entities.word_confusion(gold, said, types),
                "entities.word_confusion; words by gold (rows) and predicted (columns) type",
            ),
            calibration=CALIBRATION_OF_TAGS,
            confidence=lambda flat, rows, places: confidence_of_words(flat, rows, places, labels),
            subsets=_unseen_entities,
            truncation=Truncation(
                "Entities lost to truncation",
                "entities",
                _lost_entities,
                lambda totals: entities.strict_counts(totals)[2],
                "gold entities with a word that has no probabilities; each is a miss; n = gold entities",
            ),
            tallies=(Tally("strays", entities.stray_pieces, entities.pieces, STRAYS),),
        )

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        labelled = [label for label in predictions.labels if label is not None]
        for column, values in (("label", labelled), ("prediction", predictions.predictions)):
            if not _are_lists_of_names(values):
                yield f"the column {column} does not hold lists of tags"
                return
            yield from unknown_names(column, set(chain.from_iterable(values)), self.labels)
        yield from uneven_tags(predictions)
        lengths = [len(tags) for tags in predictions.predictions]
        if predictions.unseen is not None and [len(flags or []) for flags in predictions.unseen] != lengths:
            yield "not as many flags in the column unseen as words"

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield from tag_probability_faults(predictions, flat, self.labels)

    def recount(self, predictions: Predictions, split: str) -> dict[str, Any]:
        lengths = [len(tags) for tags in predictions.predictions]
        return {
            f"data.{split}.words": sum(lengths),
            f"data.{split}.length": summarise_lengths(lengths),
            f"data.{split}.length_histogram": histogram(lengths),
            "task.types": self.types,
        }

    def mark_unseen(self, train: Split, split: Split) -> list[Any] | None:
        seen = entity_surfaces(train.inputs["tokens"], train.labels)
        return mark_unseen(seen, split.inputs["tokens"], split.labels)

    def spans_of(self, tags: Sequence[str]) -> list[tuple[str, int, int]]:
        return entities.strict_spans(tags)

    def marked_words(self, tags: Sequence[str]) -> list[tuple[str, int, int]]:
        return entities.strict_spans(tags)

    def marked_text(self, answer: Mapping[str, Any]) -> list[tuple[str, int, int]]:
        return [(one["label"], one["start"], one["end"]) for one in answer["entities"]]

    def tags_of(self, kind: str, words: int) -> list[str]:
        return [f"{'I' if place else 'B'}-{kind}" for place in range(words)]

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"tags": prediction, "probabilities": probabilities}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        if "tokens" in input_roles:
            return {"tags": pa.list_(pa.string()), "probabilities": pa.list_(pa.float64())}
        return {"entities": pa.list_(_ENTITY)}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        return token_snippet(base_id, revision, example)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        are_tags = len(self.labels) > 1 and all(label == "O" or label[:2] in ("B-", "I-") for label in self.labels)
        return ["named-entity-recognition"] if are_tags else []

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        return True

    def head_fault(self, outputs: int) -> str | None:
        return head_of_classes_fault(outputs)

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        wrong = [name for name in names if not _IOB2.match(name)]
        return [f"the tags must be O, B-type and I-type (IOB2). Got {', '.join(wrong[:6])}."] if wrong else []


def encode_words(
    tokenizer: PreTrainedTokenizerBase,
    inputs: Mapping[str, list[Any]],
    labels: Sequence[Any] | None,
    max_length: int,
    names: Sequence[str],
) -> EncodedSplit:
    """Lists of words to token ids; the tag of a word, one of `names`, is asked of its first token."""
    words: list[list[str]] = inputs["tokens"]
    encoded = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
    rows = list(zip(encoded.encodings, words, strict=True))
    starts = [_word_starts(row.word_ids, len(row_words)) for row, row_words in rows]
    ids = {label: position for position, label in enumerate(names)}
    label_ids = None
    if labels is not None:
        label_ids = [
            _aligned(len(row_ids), row_starts, [ids[tag] for tag in tags])
            for row_ids, row_starts, tags in zip(encoded["input_ids"], starts, labels, strict=True)
        ]
    return EncodedSplit(
        input_ids=encoded["input_ids"],
        type_ids=encoded.get("token_type_ids"),
        label_ids=label_ids,
        is_truncated=[bool(row.overflowing) for row in encoded.encodings],
        word_starts=starts,
        lost_words=[_lost_words(row, len(row_words)) for row, row_words in rows],
    )


def decode_words(
    logits: np.ndarray, encoded: EncodedSplit, row: int, names: Sequence[str], unread: str
) -> tuple[list[str], list[list[float] | None]]:
    """The likeliest tag of each word and its probabilities; `unread` and None for one that was cut off."""
    probabilities = softmax(logits)  # (T, K)
    starts = (encoded.word_starts or [])[row]
    tags = [unread if start < 0 else names[int(probabilities[start].argmax())] for start in starts]
    return tags, [None if start < 0 else probabilities[start].tolist() for start in starts]


def _are_lists_of_names(values: Sequence[Any]) -> bool:
    return all(isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) for tags in values)


def _unseen_entities(predictions: Predictions) -> list[Subset]:
    """Raises: RunFolderError: not one flag a word."""
    if predictions.unseen is None:
        return []
    try:
        counts = entities.chosen_counts(predictions.labels, predictions.predictions, predictions.unseen)
    except DataError as error:
        raise RunFolderError(f"unseen must hold one flag a word: {error}") from error
    is_seen = [[not flag for flag in flags] for flags in predictions.unseen]
    others = entities.chosen_counts(predictions.labels, predictions.predictions, is_seen)
    return [
        Subset("unseen", "entities that train never names", counts, (RECALL,)),
        Subset("seen", "entities that train names", others, (RECALL,)),
    ]


def _lost_entities(labels: Sequence[Any], is_known: Sequence[NDArray[np.bool_]]) -> int:
    return sum(
        not known[begin:end].all()
        for tags, known in zip(labels, is_known, strict=True)
        if not known.all()
        for _, begin, end in entities.strict_spans(tags)
    )


def _word_starts(word_ids: Sequence[int | None], n_words: int) -> list[int]:
    starts = [-1] * n_words
    for position, word in enumerate(word_ids):
        if word is not None and starts[word] < 0:
            starts[word] = position
    return starts


def _lost_words(row: Encoding, n_words: int) -> int:
    """Words cut off. A word without any token (a lone control character) is unreadable, but not cut off."""
    if not row.overflowing:
        return 0
    last = max((word for word in row.word_ids if word is not None), default=-1)
    return n_words - 1 - last


def _aligned(n_tokens: int, starts: Sequence[int], tag_ids: Sequence[int]) -> list[int]:
    aligned = [IGNORED] * n_tokens
    for start, tag_id in zip(starts, tag_ids, strict=True):
        if start >= 0:
            aligned[start] = tag_id
    return aligned
