"""A vector for each text, so that texts which belong together lie close: learned from scored or from matching pairs.

Each text is read alone; its vector is the mean over its tokens. Likeness is the cosine of two vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.evidence.ledger import MODULES, POOLING, POOLING_FOLDER, READER, SIMILARITY
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics import retrieval
from tunecard.metrics.number_measures import PEARSON, SPEARMAN
from tunecard.metrics.numbers import number_counts
from tunecard.metrics.retrieval_measures import MRR, RANK_MEASURES
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import Table
from tunecard.rows.vectors import unit_rows
from tunecard.tasks.baselines import Baseline
from tunecard.tasks.columns import PAIRS, listed
from tunecard.tasks.explained import Explained
from tunecard.tasks.inputs import TEXTS, read_texts
from tunecard.tasks.likeness import LIKENESS_BASELINES, RANKED, ranks_among
from tunecard.tasks.naming import NamedLabels
from tunecard.tasks.regression import Regression
from tunecard.tasks.scoring import Scoring, Tally
from tunecard.tasks.snippet import PAIR_EXAMPLE, literal
from tunecard.tasks.usual import UsualTask
from tunecard.tasks.words import ALWAYS, Words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SCORED = "similarity"  # the label of rows with a given score
# Usual names at the Hub: what a pair begins with, what belongs to it, and what looks alike and does not belong.
FIRSTS = ("anchor", "query", "question")
SECONDS = ("positive", "answer", "passage", "document", "response")
NEGATIVES = ("negative", "negative_1", "hard_negative")
SCORES = ("score", "similarity_score", "similarity", "relatedness_score", "label", "labels", "is_duplicate")
TWO = 2
_NUMBERS = Regression()
_PAIRED = "positive pairs"

_SHARED: dict[str, Any] = {
    "row": "texts",
    "group_unit": "rows",
    "groups_record": "task.labels",
    "outputs": "",
    "item": "row",
    "answer": "rows",
    "head": "no head: its vectors are the mean over the tokens of a text",
    "output": "a vector for each text, and the cosine of two",
    "does": "gives each text a vector, so that texts that belong together have a high cosine",
    "does_unnamed": "gives each text a vector, so that texts that belong together have a high cosine",
    "limit": "Its cosines say which texts are more alike than others. They are no probabilities, and they can be "
    "compared neither with those of another model nor with a threshold that was set for one.",
    "lines": ALWAYS,
}
OF_SCORES = Words(
    **_SHARED,
    groups="ranges",
    by_group="Rows by range of the scores",
    label_kinds="ranges",
    objective="CoSENT: cosines, times twenty, in the order of the given scores, over all pairs of rows in a batch",
    summary="The cosines of its vectors follow the order of the given scores at {spearman} (Spearman).",
)
OF_PARTNERS = Words(
    **_SHARED,
    groups="pairs",
    by_group="Positive pairs",
    label_kinds="pairs",
    objective="cross-entropy of finding each text's partner among all second texts of a batch (multiple negatives "
    "ranking; cosines times twenty); texts that are known to belong together are never pushed apart",
    summary="Of 100 {rows}, it puts the partner of {recall_at_1%} first among all candidates and that of "
    "{recall_at_10%} among the ten nearest.",
)
_CODE = """import torch
from peft import PeftModel
from transformers import AutoModel, AutoTokenizer

adapter = "."  # this folder, or its id on the Hub
tokenizer = AutoTokenizer.from_pretrained(adapter)
model = AutoModel.from_pretrained({base}{revision})
model = PeftModel.from_pretrained(model, adapter).eval()

texts = [{example}]
inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
with torch.no_grad():
    tokens = model(**inputs).last_hidden_state
mask = inputs["attention_mask"].unsqueeze(-1)
vectors = torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1), dim=-1)  # the mean over tokens
for text, cosine in zip(texts, vectors @ vectors[0]):
    print(f"{{float(cosine):.4f}} {{text}}")
"""

CANDIDATES = Tally(
    "candidates",
    lambda totals: float(totals[retrieval.CANDIDATES]),
    lambda totals: float(totals[retrieval.ROWS]),
    "different partners in the split, each a candidate of every row but for other partners of the same text and the "
    "text itself; n = rows",
)
BY_SCORES = Scoring((PEARSON, SPEARMAN), SPEARMAN, number_counts)
BY_RANKS = Scoring(RANK_MEASURES, MRR, retrieval.rank_counts, tallies=(CANDIDATES,), may_differ=0.02)
EITHER = Scoring((*BY_SCORES.measures, *BY_RANKS.measures), SPEARMAN, number_counts)  # before rows say which


@dataclass(frozen=True)
class SentenceEmbedding(UsualTask):
    """Vectors of texts; `labels` say what they are learned from, a score or a partner. See `Task`."""

    name: str = "sentence-embedding"
    auto_class: str = "AutoModel"
    peft_task_type: str = "FEATURE_EXTRACTION"
    pipeline_tag: str = "sentence-similarity"
    reads: str = "vectors"
    explained_as: str = "the cosine of the two texts' vectors"
    reads_apart: bool = True
    reads_alone: bool = True
    roles: tuple[str, ...] = (*TEXTS, "label")
    baselines: tuple[Baseline, ...] = LIKENESS_BASELINES

    @property
    def is_ranked(self) -> bool:
        """Whether rows are pairs that belong together, and not pairs with a score."""
        return RANKED in self.labels

    @property
    def objective(self) -> str:
        return "partners" if self.is_ranked else "order of scores"

    @property
    def best_metrics(self) -> tuple[str, ...]:
        measures = [measure.key for measure in self.scoring.measures]
        return (self.scoring.headline.key, *(key for key in measures if key != self.scoring.headline.key), "loss")

    @property
    def stratified_by(self) -> str:
        return "nothing" if self.is_ranked else "quarter of the scores"

    @property
    def words(self) -> Words:
        return OF_PARTNERS if self.is_ranked else OF_SCORES

    @property
    def scoring(self) -> Scoring:
        if not self.labels:
            return EITHER
        return BY_RANKS if self.is_ranked else BY_SCORES

    def recognises(self, told: Mapping[str, str], table: Table) -> bool:
        """Names that mean nothing else; any other pair of texts may as well be classified."""
        names = {name.lower() for name in table.columns}
        return "negative" in told or {"anchor", "positive"} <= names

    def find_columns(self, told: Mapping[str, str], table: Table) -> dict[str, str]:
        columns = {role: name for role, name in told.items() if role in self.roles}
        if not {"text", "text_pair"} & columns.keys():
            columns |= _found_pair(table)
        if {"text", "text_pair"} - columns.keys():
            raise DataError(_no_pair(table))
        if "label" not in columns:
            score = None if "negative" in columns else _first_of(SCORES, table)
            columns["label"] = columns["text_pair"] if score is None else score  # its partner is what a text is to find
        return {role: columns[role] for role in self.roles if role in columns}

    def names_from(self, columns: Mapping[str, str]) -> list[str] | None:
        return [RANKED if columns.get("label") == columns["text_pair"] else SCORED]

    def read_rows(self, table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
        return read_texts(table, columns)

    def read_labels(self, table: Table, names: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        """The score of each row; two names that the source declares are 0 and 1. Without scores its partner."""
        if _is_ranked(table):
            return list(table.column("label")), []
        if names is not None and len(names) == TWO:
            ids = {name: float(place) for place, name in enumerate(names)}
            scores = [ids.get(value, value) if isinstance(value, str) else value for value in table.column("label")]
            table = table.rename({**table.columns, "label": scores})
        return _NUMBERS.read_labels(table, None)

    def settle_labels(
        self, tables: Mapping[str, Table], labels: Mapping[str, list[Any]], declared: Sequence[str] | None, alike: str
    ) -> NamedLabels:
        """Scores as they are; of partners a number for each different text, equal for equal ones."""
        if not all(_is_ranked(table) for table in tables.values()):
            return NamedLabels([SCORED], dict(labels))
        numbers: dict[str, int] = {}
        partners = {
            split: [numbers.setdefault(text, len(numbers)) for text in texts] for split, texts in labels.items()
        }
        return NamedLabels([RANKED], partners)

    def training_faults(self, labels: Sequence[Any]) -> list[str]:
        if not self._is_partners(labels):
            return _NUMBERS.training_faults(labels)
        if len(set(labels)) > 1:
            return []
        return [f"train must hold at least two different second texts. Got one in all {len(labels):,} rows."]

    def strata(self, labels: Sequence[Any]) -> list[str]:
        return [""] * len(labels) if self._is_partners(labels) else _NUMBERS.strata(labels)

    def count_labels(self, labels: Sequence[Any]) -> dict[str, int]:
        return {_PAIRED: len(labels)} if self._is_partners(labels) else _NUMBERS.count_labels(labels)

    def label_figures(self, labels: Sequence[Any]) -> dict[str, Any]:
        return {"labels": self.count_labels(labels)} if self._is_partners(labels) else _NUMBERS.label_figures(labels)

    def encode(
        self,
        tokenizer: PreTrainedTokenizerBase,
        inputs: Mapping[str, list[Any]],
        labels: Sequence[Any] | None,
        max_length: int,
    ) -> EncodedSplit:
        """Each text alone, those of a row end to end; what the loss takes is a score, or a number for each text."""
        columns = [inputs[role] for role in TEXTS if role in inputs]
        read = [tokenizer(texts, truncation=True, max_length=max_length) for texts in columns]
        types = [one.get("token_type_ids") for one in read]
        return EncodedSplit(
            input_ids=_end_to_end([one["input_ids"] for one in read]),
            type_ids=None if types[0] is None else _end_to_end(types),
            label_ids=None if labels is None else self._targets(columns, labels),
            is_truncated=[any(row) for row in zip(*(_are_cut(one) for one in read), strict=True)],
            lost_words=[0] * len(columns[0]),
            pieces=[[len(ids) for ids in row] for row in zip(*(one["input_ids"] for one in read), strict=True)],
        )

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[Any, None]:
        """Of two texts or more, (P, H), the cosine of the first two; of one, (1, H), its vector, 1 long."""
        unit = unit_rows(np.atleast_2d(logits).astype(np.float64))
        return (unit[0].tolist() if len(unit) == 1 else float(unit[0] @ unit[1])), None

    def explained(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> list[Explained]:
        """The cosine of the first two texts; nothing of one alone."""
        return [Explained("", _cosine)] if np.atleast_2d(logits).shape[0] > 1 else []

    def decode_split(
        self, logits: Sequence[np.ndarray], encoded: EncodedSplit, labels: Sequence[Any]
    ) -> list[tuple[Any, None]]:
        """Cosines; of pairs without a score the rank of each partner among all of the split."""
        if not self.is_ranked:
            return [self.decode(row_logits, encoded, row) for row, row_logits in enumerate(logits)]
        first, second = (unit_rows(np.stack([row[place] for row in logits]).astype(np.float64)) for place in (0, 1))
        sequences = encoded.sequences
        texts = [tuple(sequences.split.input_ids[one]) for one in range(len(sequences.split))]
        begins = [sequences.of([row])[0] for row in range(len(encoded))]
        ranks = ranks_among(
            [texts[one] for one in begins],
            labels,
            [texts[one + 1] for one in begins],
            lambda rows, candidates: first[list(rows)] @ second[list(candidates)].T,
        )
        return [(rank, None) for rank in ranks]

    def prediction_faults(self, predictions: Predictions) -> Iterator[str]:
        if not self.is_ranked:
            yield from _NUMBERS.prediction_faults(predictions)
            if any(isinstance(one, float) and abs(one) > 1 + retrieval.TIE for one in predictions.predictions):
                yield "a prediction is no cosine: it lies outside -1 to 1"
            return
        candidates = len(set(predictions.labels))
        if not all(type(label) is int for label in predictions.labels):
            yield "the column label does not hold numbers of partners"
        elif not all(type(rank) is int and 1 <= rank <= candidates for rank in predictions.predictions):
            yield f"the column prediction does not hold ranks from 1 to {candidates}, the number of candidates"

    def probability_faults(self, predictions: Predictions, flat: FlatProbabilities) -> Iterator[str]:
        yield "there are probabilities, and sentence embedding gives none"

    def answer(self, prediction: Any, probabilities: Any) -> dict[str, Any]:
        return {"embedding": prediction} if isinstance(prediction, list) else {"cosine": prediction}

    def answer_columns(self, input_roles: Sequence[str]) -> dict[str, pa.DataType]:
        is_pair = "text_pair" in input_roles
        own = {"cosine": pa.float64()} if is_pair else {"embedding": pa.list_(pa.float32())}
        return {**own, "truncated": pa.bool_()}

    def snippet(self, base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
        literals = ", ".join(literal(text) for text in tuple(example) or PAIR_EXAMPLE)
        pinned = f", revision={literal(revision)}" if revision else ""
        return _CODE.format(base=literal(base_id), revision=pinned, example=literals)

    def hub_task_ids(self, is_pair: bool) -> list[str]:
        return [] if self.is_ranked else ["semantic-similarity-scoring"]

    def fits_config(self, config: Mapping[str, Any]) -> bool:
        return True  # of all that learn without a head

    def head_fault(self, outputs: int) -> str | None:
        return f"the adapter has a head of {outputs} outputs, and sentence embedding has none." if outputs else None

    @property
    def hub_tags(self) -> tuple[str, ...]:
        return "sentence-transformers", "feature-extraction"

    @property
    def loads(self) -> str:
        return "sentence-transformers loads the folder as it is: `SentenceTransformer(folder)` gives the same vectors."

    def files_for_others(self, max_length: int, width: int) -> Mapping[str, Any]:
        """The modules of sentence-transformers: the base with this adapter, the mean over tokens, length 1.

        Names and keys are those that every version since 2.0 reads.
        """
        parts = (("", "Transformer"), (POOLING_FOLDER, "Pooling"), ("2_Normalize", "Normalize"))
        modules = [
            {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for place, (path, kind) in enumerate(parts)
        ]
        return {
            MODULES: modules,
            POOLING: {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True},
            READER: {"max_seq_length": max_length, "do_lower_case": False},
            SIMILARITY: {"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"},
        }

    def _is_partners(self, labels: Sequence[Any]) -> bool:
        """Whether labels are numbers of partners; scores are read as fractions."""
        return self.is_ranked or (bool(labels) and all(type(label) is int for label in labels))

    def _targets(self, columns: Sequence[Sequence[str]], labels: Sequence[Any]) -> list[Any]:
        if not self.is_ranked:
            return [float(label) for label in labels]
        return [[_number_of(text) for text in texts] for texts in zip(*columns, strict=True)]


def _is_ranked(table: Table) -> bool:
    """Whether what is asked of each text is its partner."""
    return bool(table.columns.get("label")) and table.columns["label"] == table.columns.get("text_pair")


def _first_of(names: Sequence[str], table: Table) -> str | None:
    lower = {name.lower(): name for name in table.columns}
    return next((lower[name] for name in names if name in lower), None)


def _found_pair(table: Table) -> dict[str, str]:
    """The columns of texts that belong together and, where there is one, of what does not; else those of a usual pair.

    Raises: DataError: two usual pairs, or none.
    """
    lower = {name.lower(): name for name in table.columns}
    first, second, negative = (_first_of(names, table) for names in (FIRSTS, SECONDS, NEGATIVES))
    pairs = [(lower[a], lower[b]) for a, b in PAIRS if a in lower and b in lower]
    if first is not None and second is not None:
        pairs = [(first, second)]
    if len(pairs) != 1:
        raise DataError(_no_pair(table))
    found = {"text": pairs[0][0], "text_pair": pairs[0][1]}
    return found if negative is None else {**found, "negative": negative}


def _no_pair(table: Table) -> str:
    return (
        f"{table.file}: sentence embedding is learned from two texts a row, such as anchor and positive, query and "
        "passage, or sentence1 and sentence2 with a score. Set `data.columns.text` and `data.columns.text_pair`. "
        f"{listed(table.columns)}"
    )


def _cosine(vectors: Any) -> Any:
    first, second = vectors[0], vectors[1]
    return (first * second).sum() / ((first * first).sum() * (second * second).sum()) ** 0.5


def _end_to_end(columns: Sequence[Sequence[list[int]]]) -> list[list[int]]:
    return [[id for ids in row for id in ids] for row in zip(*columns, strict=True)]


def _are_cut(read: Any) -> list[bool]:
    return [bool(row.overflowing) for row in read.encodings]


def _number_of(text: str) -> int:
    """31 bits that are equal for equal texts."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
