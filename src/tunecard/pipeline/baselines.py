"""The simple things beside an adapter: the frozen base read once for all of them, then each fitted and asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from tunecard.counted import counted, each
from tunecard.encoders import BaseFiles, load_encoder
from tunecard.evidence import Finding, Predictions, RunFolder, measured, not_measured
from tunecard.fitting.choosing import SEED, seeded_rows
from tunecard.inference import take_fast_path
from tunecard.inference.frozen_vectors import read_text_vectors, read_word_vectors, vectors_apart
from tunecard.measurement import timed
from tunecard.pipeline.preparing import SCORED, RunContext
from tunecard.pipeline.scored_doubts import JUDGE, doubt_scored_labels
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.vectors import MEAN, FrozenVectors
from tunecard.rows.written import compared_texts
from tunecard.tasks import Task
from tunecard.tasks.baselines import FOLDS, Answers, Baseline, Lesson
from tunecard.tasks.encoding import encode_texts
from tunecard.training.frozen_features import MAX_DECISIONS

WITHIN = "other rows of the same split"
UNREAD = "the base has no embedding for some tokens of the adapter's own tokenizer, so it cannot read the rows alone"


@dataclass(frozen=True)
class EncodedRows:
    """The rows of all splits as a base reads them: `tokenizer` and `max_length` are what they were encoded with."""

    dataset: Dataset
    encoded: Mapping[str, EncodedSplit]
    tokenizer: PreTrainedTokenizerBase
    max_length: int


def with_simple_things(context: RunContext) -> RunContext:
    """The same with the simple things fitted, before anything else has learned; their answers are stored.

    Without labelled training rows the base is not read, and only what can learn from other rows of a split answers.
    """
    prepared, context = context.prepared, with_base_vectors(context)
    context.begin("Fitting simple things on the same rows")
    with timed("simple baselines"):
        splits, vectors = prepared.dataset.splits, context.vectors
        fits = write_baselines(
            context.folder, prepared.task, splits, vectors,
            ask=lambda lesson: context.kept.get("fits", context.key, lambda: ask_baselines(prepared.task, lesson)),
        )  # fmt: skip
        doubts = doubts_of_scored(context) if any(finding.id == f"fit.{JUDGE}" for finding in fits) else []
    return replace(context, fits=[*fits, *doubts])


def doubts_of_scored(context: RunContext) -> list[Finding]:
    """Labels of the scored rows that the probe doubts; `data.suspect_labels.<split>`."""
    prepared, train = context.prepared, context.prepared.dataset.splits["train"]
    return doubt_scored_labels(context.folder, prepared.task, train, prepared.scored, context.vectors)


def with_base_vectors(context: RunContext) -> RunContext:
    """The same, with the vectors that the frozen base makes of training and scored rows.

    Without labelled training rows nothing is read, nor for a task of which no simple thing reads vectors.
    """
    prepared = context.prepared
    if not prepared.knows_train or not any(baseline.reads_vectors for baseline in prepared.task.baselines):
        return context
    context.begin("Reading rows with the frozen base")
    rows = EncodedRows(prepared.dataset, prepared.encoded, prepared.encoder.tokenizer, prepared.plans.max_length)
    with timed("vectors of the frozen base"):
        vectors = context.kept.get(
            "vectors", context.key,
            lambda: base_vectors(prepared.base, prepared.task, rows, prepared.plans.device),
        )  # fmt: skip
    return replace(context, vectors=vectors)


def base_vectors(base: BaseFiles, task: Task, rows: EncodedRows, device: str = "cpu") -> dict[str, FrozenVectors]:
    """Vectors by split: of scored rows all, of training rows a seeded choice of about MAX_DECISIONS at most.

    Returns: nothing, where the rows hold tokens that the base does not know.
    """
    with timed("loading the base"), counted("Loading the base"):
        encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, seed=0)
    embeddings: Any = encoder.model.get_input_embeddings()
    known = int(embeddings.weight.shape[0])
    if any(max(map(max, split.input_ids)) >= known for split in rows.encoded.values()):
        return {}
    model = encoder.model.requires_grad_(False).to(torch.device(device))  # type: ignore[arg-type]  # torch's signature
    take_fast_path(model)
    pools = "pooler" not in encoder.new_modules
    return {
        name: _read(model, task, rows, name, pools=pools)
        for name in rows.dataset.splits
        if name == "train" or name in SCORED
    }


def _read(model: nn.Module, task: Task, rows: EncodedRows, name: str, *, pools: bool) -> FrozenVectors:
    encoded, pad = rows.encoded[name], int(rows.tokenizer.pad_token_id)
    if encoded.word_starts is not None:
        return read_word_vectors(model, encoded, pad, _some_sentences(encoded) if name == "train" else None)
    some = seeded_rows(len(encoded), MAX_DECISIONS).tolist() if name == "train" else None
    together = read_text_vectors(model, encoded, pad, some, pools=pools)
    if task.reads_alone:  # one line a text
        return together
    read = rows.dataset.splits[name].take(np.unique(together.rows).tolist())
    compared = compared_texts(read.inputs)
    if compared is None:
        return together
    means = [_means_alone(model, texts, rows) for texts in compared]
    return replace(together, views={**together.views, **vectors_apart(*means)})


def _means_alone(model: nn.Module, texts: list[str], rows: EncodedRows) -> np.ndarray:
    """(M, H) the means of texts that are each read alone."""
    alone = encode_texts(rows.tokenizer, {"text": texts}, None, rows.max_length)
    return read_text_vectors(model, alone, int(rows.tokenizer.pad_token_id), pools=False).views[MEAN]


def _some_sentences(encoded: EncodedSplit) -> list[int]:
    """Rows with about MAX_DECISIONS words, ascending; all of them where there are no more."""
    words = np.array([sum(start >= 0 for start in starts) for starts in encoded.word_starts or []])
    order = np.random.default_rng(SEED).permutation(len(words))
    kept: list[int] = np.sort(order[: int(np.searchsorted(words[order].cumsum(), MAX_DECISIONS)) + 1]).tolist()
    return kept


@dataclass(frozen=True)
class Answered:
    """What a simple thing answered, and how long it took; None where it reads vectors and there are none."""

    baseline: Baseline
    answers: Answers | None
    seconds: float = 0.0


def ask_baselines(task: Task, lesson: Lesson) -> list[Answered]:
    """What the task's baselines learn and answer; nothing is written."""
    return [_ask(baseline, lesson) for baseline in each(task.baselines, "Simple things", "fitted")]


def write_baselines(
    folder: RunFolder,
    task: Task,
    splits: Mapping[str, Split],
    vectors: Mapping[str, FrozenVectors],
    ask: Callable[[Lesson], list[Answered]] | None = None,
) -> list[Finding]:
    """What the task's baselines answer to the scored splits: they learn from the training rows alone, and where none
    have labels from other rows of the split that they answer.

    Args:
        splits: all of the data set.
        vectors: of `base_vectors`.
        ask: gives what `ask_baselines` would.
    Returns: how each was fitted.
    """
    scored = {name: split for name, split in splits.items() if name in SCORED}
    if "train" not in splits or not splits["train"].is_labelled:
        labelled = {name: split for name, split in scored.items() if split.is_labelled}
        return [_write_within(folder, one, labelled) for one in task.baselines if one.within]
    lesson = Lesson(task.labels, splits["train"], scored, vectors)
    several = ask_baselines(task, lesson) if ask is None else ask(lesson)
    findings = [_write(folder, answered, lesson.splits) for answered in several]
    return [finding for finding in findings if finding is not None]


def _write_within(folder: RunFolder, baseline: Baseline, splits: Mapping[str, Split]) -> Finding:
    """Stores what a baseline says to each split by folds of it. Returns: `fit.{name}`, which says so."""
    id, name = f"fit.{baseline.name}", f"Fit: {baseline.title}"
    answered = {split: said for split, held in splits.items() if baseline.within and (said := baseline.within(held))}
    if not answered:
        return not_measured(id, name=name, reason="no labelled split has two rows, of which one could teach the other")
    for split, said in answered.items():
        held = splits[split]
        folder.write_predictions(Predictions(list(held.rows), list(held.labels), said), split, baseline.name)
    rows = sum(len(splits[split]) for split in answered)
    how = (
        f"every one of {FOLDS} folds of a split is answered by what the others teach; no labelled train split was given"
    )
    return measured(id, {"learned_from": WITHIN, "folds": FOLDS}, name=name, n=rows, method=f"{how}; n = rows")


def _ask(baseline: Baseline, lesson: Lesson) -> Answered:
    if baseline.reads_vectors and not lesson.vectors:
        return Answered(baseline, None)
    began = time.perf_counter()
    answers = baseline.answer(lesson)
    return Answered(baseline, answers, time.perf_counter() - began)


def _write(folder: RunFolder, answered: Answered, splits: Mapping[str, Split]) -> Finding | None:
    baseline, answers = answered.baseline, answered.answers
    name = f"Fit: {baseline.title}"
    if answers is None:
        return not_measured(f"fit.{baseline.name}", name=name, reason=UNREAD)
    if answers.reason:
        return not_measured(f"fit.{baseline.name}", name=name, reason=answers.reason)
    for split, said in answers.predictions.items():
        rows = splits[split]
        folder.write_predictions(Predictions(list(rows.rows), list(rows.labels), said), split, baseline.name)
    fit = answers.fit
    if fit is None:
        return None
    value = {**fit.settings, "seconds": round(answered.seconds, 3)}
    return measured(f"fit.{baseline.name}", value, name=name, n=fit.learned, method=fit.method)
