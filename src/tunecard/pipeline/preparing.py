"""What is known before the first step: rows, base, plans without `auto`, encoded splits. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tunecard.adapters.earlier import EarlierAdapter, StartingPoint, check_start, compared_base
from tunecard.data import describe
from tunecard.data.found_factors import with_rare_pieces
from tunecard.data.quality.near_duplicates import NearDuplicates, find_near_duplicates
from tunecard.data.quality.overlap import mark_overlap
from tunecard.data.readers.options import AUTO
from tunecard.encoders import BaseFiles, BaseSize, Encoder, count_base, identify_base
from tunecard.errors import DataError, Interrupted
from tunecard.evidence import Finding, RunFolder
from tunecard.inference.token_cache import TokenCache
from tunecard.inference.truncation import as_asked, encode_as_asked, refuse_long_rows, truncation_findings
from tunecard.measurement import timed
from tunecard.pipeline.kept import NOTHING, Kept, key_of_vectors
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.progress import AfterEpoch, ProgressListener, goes_on
from tunecard.reporting.run import base_findings, new_token_findings, task_findings
from tunecard.reporting.starting import start_finding
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.vectors import FrozenVectors
from tunecard.tasks import Task
from tunecard.training import TrainingData
from tunecard.training.ranks.ranks import ALONE, Ranks
from tunecard.training.signals import Stop

SCORED = ("validation", "test")
NO_TRUNCATION = 10**6


@dataclass(frozen=True)
class WholeRows:
    """Every split as token ids, no row cut. `encoder` is an outline: its model has no weights."""

    dataset: Dataset
    encoder: Encoder
    splits: dict[str, EncodedSplit]
    cache: TokenCache

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence of any split."""
        return max(max(encoded.widths) for encoded in self.splits.values())

    @property
    def lengths(self) -> dict[str, list[int]]:
        """Tokens of every row; of texts that are read apart those of the longest."""
        return {name: list(encoded.widths) for name, encoded in self.splits.items()}

    def cut(self, max_length: int) -> dict[str, EncodedSplit]:
        """The rows as they are read: at most `max_length` tokens of each."""
        self.encoder.tokenizer.model_max_length = max_length
        splits = self.dataset.splits
        return {name: self.cache.cut(self.splits[name], split, max_length) for name, split in splits.items()}


@dataclass(frozen=True)
class PreparedRun:
    """Everything that is known before the first step is taken. `encoder` is an outline: its model has no weights;
    `lengths` are those of the rows in tokens before any is cut, of texts that are read apart the longest's; `near`
    stays None until `find_repeats` has looked; `start` is the adapter that training goes on from."""

    plans: Plans
    dataset: Dataset
    task: Task
    base: BaseFiles
    encoder: Encoder
    encoded: dict[str, EncodedSplit]
    lengths: dict[str, list[int]]
    near: NearDuplicates | None = None
    start: StartingPoint | None = None

    @property
    def start_sha256(self) -> str | None:
        """Of the weights of the adapter that training goes on from."""
        return None if self.start is None else self.start.adapter.sha256

    @property
    def scored(self) -> dict[str, Split]:
        """The splits that are predicted and judged."""
        return {name: split for name, split in self.dataset.splits.items() if name in SCORED}

    @property
    def scored_tokens(self) -> int:
        """Tokens of the rows that are predicted and judged."""
        return sum(sum(self.encoded[name].lengths) for name in self.scored)

    @property
    def leading(self) -> str:
        """The split whose score leads: on it stock PEFT is asked, and prediction timed."""
        return "test" if "test" in self.encoded else "validation"

    @property
    def knows_train(self) -> bool:
        """Whether there are labelled training rows to learn a baseline from."""
        return "train" in self.dataset.splits and self.dataset.splits["train"].is_labelled

    @property
    def pad_token_id(self) -> int:
        """The id that fills short rows."""
        return int(self.encoder.tokenizer.pad_token_id)

    @property
    def size(self) -> BaseSize:
        """Parameters of the base and of the head on it."""
        return count_base(self.encoder, self.base)

    def encode(self, rows: Split) -> EncodedSplit:
        """Any rows as those of the data set are read: cut, or in windows, as the recipe has it; without labels."""
        plans = self.plans
        return encode_as_asked(self.task, self.encoder.tokenizer, rows, plans.max_length, plans.on_long)

    @property
    def training_data(self) -> TrainingData:
        """What every training of the run learns from and chooses by."""
        return TrainingData(
            task=self.task,
            train=self.encoded["train"],
            validation=self.encoded["validation"],
            validation_labels=self.dataset.splits["validation"].labels,
            pad_token_id=self.pad_token_id,
        )


@dataclass(frozen=True)
class RunContext:
    """What every step of a run stands on: what is prepared, where it writes, whom it tells and whom it asks.

    Attributes:
        resume: goes on from the checkpoints in the folder.
        stop: whether a stop was asked for.
        vectors: what the frozen base makes of training and scored rows, by split; empty where nobody needed them.
        fits: how each simple thing was fitted, `fit.*`; their answers lie in the folder.
        tried_layers: how `adapter.layers: auto` was decided; empty where the recipe says which.
        trains: whether this run trains the adapter, or judges one made elsewhere.
        ranks: the processes that train, seen from this one.
        after_epoch: hears the epochs of the one training that a run makes.
        kept: what earlier runs of this process prepared.
    """

    prepared: PreparedRun
    folder: RunFolder
    listener: ProgressListener
    resume: bool = False
    stop: Stop = field(default_factory=Stop)
    vectors: Mapping[str, FrozenVectors] = field(default_factory=dict)
    fits: Sequence[Finding] = ()
    tried_layers: Sequence[Finding] = ()
    trains: bool = True
    ranks: Ranks = ALONE
    after_epoch: AfterEpoch = goes_on
    kept: Kept = NOTHING

    @cached_property
    def key(self) -> str | None:
        """Of what the frozen base and the simple things say of the rows."""
        return None if self.kept is NOTHING else key_of_vectors(self.prepared)

    @property
    def plans(self) -> Plans:
        """The plans, without any `auto`."""
        return self.prepared.plans

    @property
    def checkpoints(self) -> Path:
        """Where trainings keep their state."""
        return self.folder.checkpoints

    def begin(self, stage: str) -> None:
        """Tells of a stage. Raises: Interrupted: a stop was asked for since the last step; what was made is kept."""
        if self.stop():
            raise Interrupted(f"stopped before: {stage}. What was made is kept. Go on with --resume.")
        self.listener.stage(stage)


def scored_rows(dataset: Dataset) -> Split:
    """The split whose score leads."""
    return next(dataset.splits[name] for name in reversed(SCORED) if name in dataset.splits)


def tokenize(dataset: Dataset, task: Task, encoder: Encoder) -> WholeRows:
    """Every row of every split as the base's tokenizer reads it, whole."""
    with timed("encoding rows"):
        cache = TokenCache(task, encoder.tokenizer)
        splits = {name: cache.encode(split, NO_TRUNCATION) for name, split in dataset.splits.items()}
    return WholeRows(dataset, encoder, splits, cache)


def starting_point(
    plans: Plans, task: Task, base: BaseFiles, encoder: Encoder, earlier: EarlierAdapter | None
) -> StartingPoint | None:
    """The earlier adapter, held against resolved plans. Raises: AdapterError: it does not fit; all faults at once."""
    if earlier is None:
        return None
    with timed("reading the adapter"):
        compared_by = compared_base(earlier, base)
        check_start(earlier, encoder.model, plans.adapter(task, encoder.new_modules))
    with_head = not plans.starts_from_probe and earlier.has_head_for(task.labels)
    return StartingPoint(earlier, compared_by, with_head)


def prepare_rows(plans: Plans, task: Task, base: BaseFiles, whole: WholeRows) -> PreparedRun:
    """The rows cut to the length that was decided. Raises: DataError: rows too long, or none to choose and score by."""
    dataset = whole.dataset
    with timed("encoding rows"):
        encoded = as_asked(whole.cut(plans.max_length), task, plans.on_long)
    if plans.refuses_long_rows:
        refuse_long_rows(encoded, {name: split.rows for name, split in dataset.splits.items()}, plans.max_length)
    if not any(dataset.splits[name].is_labelled for name in SCORED if name in dataset.splits):
        raise DataError("neither validation nor test has labels: nothing could be chosen or scored. Label one of them.")
    return PreparedRun(plans, dataset, task, base, whole.encoder, encoded, whole.lengths)


def tell_reading(dataset: Dataset, listener: ProgressListener) -> None:
    """Tells what was found and done in reading the files."""
    for note in dataset.notes:
        listener.note(note)


def find_repeats(prepared: PreparedRun) -> PreparedRun:
    """The same with its near-duplicates, and with what follows from all rows: the factors `overlap` and rare pieces."""
    with timed("finding repeated rows"):
        near = find_near_duplicates(prepared.dataset.splits)
        dataset = mark_overlap(prepared.dataset, near)
        if AUTO in prepared.plans.recipe.evaluation.factors:
            dataset = with_rare_pieces(dataset, {name: rows.input_ids for name, rows in prepared.encoded.items()})
        return replace(prepared, dataset=dataset, near=near)


def describe_prepared(prepared: PreparedRun) -> list[Finding]:
    """`task.*`, `base_model.*`, `data.*`: what is known of a run before anything is trained or scored."""
    with timed("loading the base"):
        base = base_findings(identify_base(prepared.base), prepared.encoder, prepared.size)
    with timed("describing the data"):
        data = describe(prepared.dataset, prepared.lengths, prepared.near)
    return [
        *task_findings(prepared.task, prepared.dataset),
        *base,
        *new_token_findings(prepared.base.new_tokens),
        *([start_finding(prepared.start)] if prepared.start is not None else []),
        *data,
        *truncation_findings(prepared.encoded, prepared.plans.max_length),
    ]
