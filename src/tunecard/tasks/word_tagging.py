"""One tag a word that is no part of an entity, such as its part of speech; asked of the word's first token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import classification, word_tags
from tunecard.metrics.tag_measures import OF_TAG_MEASURES, TAG_MACRO_F1, TAG_MEASURES, WORD_ACCURACY
from tunecard.metrics.word_tags import UNREAD
from tunecard.rows.counting import histogram, summarise_lengths
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.tasks.baselines import MAJORITY, Baseline, fold_by_fold, most_frequent_tags, split_by_split
from tunecard.tasks.columns import find_word_columns, is_list, usual
from tunecard.tasks.confidence import confidence_of_word_tags
from tunecard.tasks.explained import Explained, of_words
from tunecard.tasks.file_checks import tag_probability_faults, uneven_tags, unknown_names
from tunecard.tasks.fitted_baselines import PROBE_OF_WORD_TAGS
from tunecard.tasks.inputs import read_words
from tunecard.tasks.labels import head_of_classes_fault
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.scoring import CALIBRATION, Confusion, Groups, Scoring
from tunecard.tasks.snippet import token_snippet
from tunecard.tasks.tags import name_tags
from tunecard.tasks.token_classification import decode_words, encode_words
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.visible import Readable, Where, visible_places
from tunecard.tasks.word_tags import are_word_tags, column_of_word_tags, settle_word_tags
from tunecard.tasks.words import Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_WORD = pa.struct(
    [
        ("label", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("probability", pa.float64()),
    ]
)


def _answer_frequent_tags(train: Split, split: Split) -> list[Any]:
    return most_frequent_tags(train.inputs["tokens"], train.labels, split.inputs["tokens"])


WORDS = Words(
    row="sentences",
    groups="tags",
    group_unit="words",
    groups_record="task.labels",
    by_group="Words by tag",
    label_kinds="tags",
    outputs="",
    item="word",
    answer="words",
    head="a classification head",
    output="a tag for every word",
    objective="cross-entropy over the tags, one a word",
    does="gives each word of a text one of {count} tags ({labels})",
    does_unnamed="gives each word of a text a tag",
    limit="It always answers with one of its {count} tags, also where none of them fits.",
    summary="Of 100 words, {accuracy%} get the right tag.",
)
BASELINES = (
    Baseline(
        MAJORITY,
        "frequent-tag baseline",
        split_by_split(_answer_frequent_tags),
        within=fold_by_fold(_answer_frequent_tags),
        does="gives each word the tag that it most often has in train, and the most frequent of all to a word that is "
        "not there",
    ),
    PROBE_OF_WORD_TAGS,
)


@dataclass(frozen=True)
class WordTagging(UsualTask):
    """Tags of words; see `Task`."""

    name: str = "word-tagging"
    auto_class: str = "AutoModelForTokenClassification"
    peft_task_type: str = "TOKEN_CLS"
    problem_type: str | None = "single_label_classification"
    pipeline_tag: str = "token-classification"
    objective: str = "classes"
    reads: str = "words"
    roles: tuple[str, ...] = ("tokens", "tags")
    label_roles: tuple[str, ...] = ("tags",)
    labels_are_names: bool = True
    best_metrics: tuple[str, ...] = ("accuracy", "macro_f1", "loss")
    stratified_by: str = "rarest tag"
    words: Words = WORDS
    explained_as: str = "the logit of the tag of a word less the mean of all tags' logits"
    baselines: tuple[Baseline, ...] = BASELINES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Lists of words, beside tags of which none is O or begins as entities do, or in a column called as such."""
        if {"spans", "label", "text_pair", "text"} & set(told) or not _has_words(told, table):
            return False
        column = _tag_column(told, table)
        if column is None or column not in table.columns:
            return False
        tags = [tag for row in table.columns[column] if isinstance(row, list) for tag in row]
        if tags and all(isinstance(tag, str) for tag in tags):
            return are_word_tags(tags) and len(set(tags)) > 1
        return column == column_of_word_tags(table)

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        column = _tag_column(told, table)
        return find_word_columns({**told, **({} if column is None else {"tags": column})}, table)

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_words(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        return name_tags(table, names)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        return settle_word_tags(tables, labels, declared, alike)

    def readable(self, inputs: Mapping[str, list[Any]], labels: list[Any], where: Where) -> Readable:
        tokens, kept, left_out = [], [], 0
        for words, tags in zip(inputs["tokens"], labels, strict=True):
            places = visible_places(words)
            left_out += len(words) - len(places)
            tokens.append([words[place] for place in places])
            kept.append(None if tags is None else [tags[place] for place in places])
        notes = [f"{left_out:,} words of which nothing can be seen are left out, as they are when predicting"]
        return Readable({**inputs, "tokens": tokens}, kept, notes if left_out else [])

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        found = sorted({tag for tags in labels for tag in tags})
        if len(found) > 1:
            return []
        return [f"train must hold at least two tags. Got {', '.join(map(repr, found)) or 'none'}."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        """The rarest tag of each row."""
        counts = Counter(tag for tags in labels for tag in tags)
        return [min(tags, key=lambda tag: (counts[tag], tag), default="") for tags in labels]

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        counts = Counter(tag for tags in labels for tag in tags)
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
        return encode_words(tokenizer, inputs, labels, max_length, self.labels)

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[list[str], list[list[float] | None]]:
        return decode_words(logits, encoded, row, self.labels, UNREAD)

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """The tag of each word that was read."""
        starts = [start for start in (encoded.word_starts or [])[row] if start >= 0]
        best = [int(np.argmax(logits[start])) for start in starts]
        return [Explained(self.labels[id], of_words([start], [id])) for start, id in zip(starts, best, strict=True)]

    @cached_property
    def scoring(self) -> Scoring:
        labels = self.labels
        return Scoring(
            measures=TAG_MEASURES,
            headline=WORD_ACCURACY,
            count=lambda gold, said: word_tags.tag_counts(gold, said, labels),
            groups=Groups("tag", labels, OF_TAG_MEASURES, classification.only_class, mean=TAG_MACRO_F1),
            confusion=Confusion(
                labels,
                lambda gold, said: word_tags.tag_confusion(gold, said, labels),
                "word_tags.tag_confusion; words by gold (rows) and predicted (columns) tag",
            ),
            calibration=CALIBRATION,
            confidence=lambda flat, rows, places: confidence_of_word_tags(flat, rows, places, labels),
        )

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        labelled = [label for label in predictions.labels if label is not None]
        sides = (("label", labelled, self.labels), ("prediction", predictions.predictions, (*self.labels, UNREAD)))
        for column, values, names in sides:
            if not all(isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) for tags in values):
                yield f"the column {column} does not hold lists of tags"
                return
            yield from unknown_names(column, set(chain.from_iterable(values)), names)
        yield from uneven_tags(predictions)

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield from tag_probability_faults(predictions, flat, self.labels, UNREAD)

    def recount(self, predictions: Predictions, split: str) -> dict[str, Any]:
        lengths = [len(tags) for tags in predictions.predictions]
        return {
            f"data.{split}.words": sum(lengths),
            f"data.{split}.length": summarise_lengths(lengths),
            f"data.{split}.length_histogram": histogram(lengths),
        }

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"tags": prediction, "probabilities": probabilities}

    def answer_text(self, text: str, spans: Sequence[tuple[int, int]], decided: Sequence[Any]) -> dict[str, Any]:
        """Each word of a text with its tag; see `TellsWords`."""
        words = [
            {
                "label": tag,
                "start": start,
                "end": end,
                "text": text[start:end],
                "probability": None if probabilities is None else float(np.max(probabilities)),
            }
            for (start, end), (tag, probabilities) in zip(spans, decided, strict=True)
        ]
        return {"words": words}

    def marked_words(self, tags: Sequence[str]) -> list[tuple[str, int, int]]:
        return [(tag, place, place + 1) for place, tag in enumerate(tags)]

    def marked_text(self, answer: Mapping[str, Any]) -> list[tuple[str, int, int]]:
        return [(one["label"], one["start"], one["end"]) for one in answer["words"]]

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        if "tokens" in input_roles:
            return {"tags": pa.list_(pa.string()), "probabilities": pa.list_(pa.float64())}
        return {"words": pa.list_(_WORD)}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        return token_snippet(base_id, revision, example)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return ["part-of-speech"] if {"NOUN", "VERB"} <= set(self.labels) else []

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        names = config.get("id2label")  # of a file: it may be anything
        several = [str(name) for name in names.values()] if isinstance(names, dict) else []
        return are_word_tags(several) and not all(name.startswith("LABEL_") for name in several)

    def head_fault(self, outputs: int) -> str | None:
        return head_of_classes_fault(outputs)

    def label_name_faults(self, names: Sequence[str]) -> list[str]:
        return [f"{UNREAD!r} stands for a word that was not read and can be no tag."] if UNREAD in names else []


def _has_words(told: Mapping[str, str], table: Table) -> bool:
    named = [told["tokens"]] if "tokens" in told else usual("tokens", table)
    return any(name in table.columns and is_list(table, name) for name in named)


def _tag_column(told: Mapping[str, str], table: Table) -> str | None:
    """As told, else the usual column of tags where it holds lists, else one that is called as tags of words are."""
    found = [name for name in usual("tags", table) if is_list(table, name)]
    return told.get("tags") or next(iter(found), None) or column_of_word_tags(table)
