"""What is known before the first step: rows, base, resolved recipe, encoded splits. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunecard.data import load_dataset
from tunecard.data.overlap_factor import mark_overlap
from tunecard.data.quality.near_duplicates import NearDuplicates, find_near_duplicates
from tunecard.encoders import BaseFiles, Encoder, locate_base, outline_encoder
from tunecard.errors import DataError
from tunecard.inference.token_cache import TokenCache
from tunecard.inference.truncation import refuse_long_rows
from tunecard.pipeline.plans import data_plan
from tunecard.pipeline.progress import Listener
from tunecard.pipeline.resolving import Resolved, resolve
from tunecard.recipe import Recipe
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task, task_for
from tunecard.training import TrainingData

SCORED = ("validation", "test")
UNCUT = 10**6
TOLD_ROWS = 2_000  # more take longer than a moment


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before the first step is taken. `encoder` is an outline: its model has no weights;
    `lengths` are those of the rows in tokens before any is cut; `near` stays None until `find_repeats` has looked."""

    resolved: Resolved
    dataset: Dataset
    task: Task
    base: BaseFiles
    encoder: Encoder
    encoded: dict[str, EncodedSplit]
    lengths: dict[str, list[int]]
    near: NearDuplicates | None = None

    @property
    def scored(self) -> dict[str, Split]:
        """The splits that are predicted and judged."""
        return {name: split for name, split in self.dataset.splits.items() if name in SCORED}

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
    def training_data(self) -> TrainingData:
        """What every training of the run learns from and chooses by."""
        return TrainingData(
            task=self.task,
            train=self.encoded["train"],
            validation=self.encoded["validation"],
            validation_labels=self.dataset.splits["validation"].labels,
            pad_token_id=self.pad_token_id,
        )


def prepare(recipe: Recipe, base_folder: Path, data: Mapping[str, Any] | None = None) -> Prepared:
    """Reads data and base, decides every `auto`, encodes every split. Writes nothing.

    Args:
        data: splits by name, already loaded, in the place of `data.source`.
    """
    plan = data_plan(recipe, base_folder)
    dataset = load_dataset(plan if data is None else replace(plan, source=dict(data)))
    task = task_for(dataset)
    base = locate_base(_relative_base(recipe.base_model, base_folder), recipe.revision)
    encoder = outline_encoder(base, task.auto_class, task.labels, task.problem_type)
    return encode(dataset, task, base, encoder, lambda longest: resolve(recipe, dataset, task, encoder, longest))


def encode(
    dataset: Dataset, task: Task, base: BaseFiles, encoder: Encoder, decide: Callable[[int], Resolved]
) -> Prepared:
    """Every split as token ids, cut at the length that `decide` settles on, given the longest row in tokens."""
    cache = TokenCache(task, encoder.tokenizer)
    whole = {name: cache.encode(split, UNCUT) for name, split in dataset.splits.items()}
    resolved = decide(max(max(encoded.lengths) for encoded in whole.values()))
    max_length = int(resolved.recipe.data.max_length)
    encoder.tokenizer.model_max_length = max_length
    encoded = {name: cache.cut(whole[name], split, max_length) for name, split in dataset.splits.items()}
    if resolved.recipe.data.on_long == "error":
        refuse_long_rows(encoded, {name: split.rows for name, split in dataset.splits.items()}, max_length)
    if not any(dataset.splits[name].is_labelled for name in SCORED if name in dataset.splits):
        raise DataError("neither validation nor test has labels: nothing could be chosen or scored. Label one of them.")
    lengths = {name: list(rows.lengths) for name, rows in whole.items()}
    return Prepared(resolved, dataset, task, base, encoder, encoded, lengths)


def find_repeats(prepared: Prepared, listener: Listener) -> Prepared:
    """The same with its near-duplicates, and with the factor `overlap` where scored rows are also in training."""
    splits = prepared.dataset.splits
    rows = sum(map(len, splits.values()))
    if rows > TOLD_ROWS:
        listener.note(f"looking for near-duplicates among {rows:,} rows")
    near = find_near_duplicates(splits)
    return replace(prepared, dataset=mark_overlap(prepared.dataset, near), near=near)


def _relative_base(name: str, base_folder: Path) -> str:
    beside = base_folder / name
    return str(beside) if beside.is_dir() else name
