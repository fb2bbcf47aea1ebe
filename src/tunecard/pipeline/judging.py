"""The saved adapter in front of its judges: scores, stock PEFT in a fresh process, the card's own code, controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from tunecard.adapters.loading import why_code_fails
from tunecard.counted import counted
from tunecard.evaluation import evaluate
from tunecard.evidence import Finding, Findings, Predictions, measured, not_measured
from tunecard.examination import Subject, examine, probes_named, told
from tunecard.inference import predict_logits, predict_split, take_fast_path
from tunecard.measurement import ResourceUsage, timed
from tunecard.pipeline.learning import learn, release_frozen_weights
from tunecard.pipeline.named_outside import named_harmful, named_outside
from tunecard.pipeline.named_suites import named_suites
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.stored_base import predict_on_stored_base
from tunecard.rows.dataset import Dataset, Split
from tunecard.stock.fresh_process import (
    FreshProcess,
    compared_inputs,
    reload_findings,
    reload_with_stock,
    run_code,
)
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks import task_for
from tunecard.tasks.snippet import PAIR_EXAMPLE, for_new_tokens
from tunecard.training.result import Trained
from tunecard.training.validation import tuned_task


@dataclass(frozen=True)
class SavedModel:
    """The saved adapter on its base, for predicting alone.

    Attributes:
        expected: the logits that stock PEFT must come to as well.
        temperature: what its logits were divided by in the file; None where they are as trained, or nobody knows.
    """

    model: nn.Module
    expected: Sequence[np.ndarray]
    temperature: float | None = None


def load_saved(context: RunContext, usage: ResourceUsage, trained: Trained, findings: Findings) -> SavedModel:
    """What was saved, read back strictly; what was trained is let go. Raises: AdapterError: anything does not fit."""
    context.begin("Evaluating the saved adapter")
    with usage.stage("evaluation"):
        with timed("prediction"):
            expected = compared_logits(trained.model, context.prepared)
        release_frozen_weights(trained.model)
        with timed("reading the adapter"), counted("Loading what was saved"):
            model = reload_strictly(context.folder, context.prepared.base, context.prepared.task, findings)
        take_fast_path(model.requires_grad_(False))
    return SavedModel(model, expected, findings.value("training.temperature"))


def compared_logits(model: nn.Module, prepared: PreparedRun) -> list[np.ndarray]:
    """Logits of the rows that stock PEFT is asked about too."""
    encoded = prepared.encoded[prepared.leading]
    return predict_logits(model, encoded.take(len(compared_inputs(encoded))), prepared.pad_token_id)


def judge(context: RunContext, usage: ResourceUsage, saved: SavedModel) -> list[Finding]:
    """Stores what the adapter and the controls answer, and scores it, with the simple things, from the stored files.

    Meanwhile stock PEFT and the card's own code answer in fresh processes. Then probes ask what was saved.
    """
    prepared, folder = context.prepared, context.folder
    with usage.stage("evaluation"):
        findings = _answers(context, saved)
        predict_on_stored_base(context)
        with timed("examination"):
            plans = context.plans
            findings += told(examine(_subject(context, saved.model), probes_named(plans.probes), plans.probe_budget))
    for control in context.plans.controls:
        context.begin(f"Training the control '{control}'")
        with usage.stage("controls"), timed("controls", whole=True):
            _write_control(context, control)
    context.begin("Scoring what was predicted")
    with usage.stage("evaluation"), timed("scores and intervals"):
        scores = evaluate(
            folder, prepared.task, list(prepared.scored), saved.temperature, people=prepared.dataset.people
        )
    return [*context.fits, *findings, *scores]


def _answers(context: RunContext, saved: SavedModel) -> list[Finding]:
    """Every scored row predicted and stored, while the two fresh processes answer; `reload.*` and `start.*`."""
    prepared, folder, task = context.prepared, context.folder, context.prepared.task
    rows = compared_inputs(prepared.encoded[prepared.leading])
    snippet = for_new_tokens(task.snippet) if prepared.base.new_tokens else task.snippet
    code = snippet(prepared.base.id, prepared.base.revision, _example(prepared))
    with (
        timed("stock checks"),
        reload_with_stock(folder, prepared.base, task, rows) as stock,
        _code_run(context, saved, code) as stranger,
    ):
        with timed("prediction"):
            for name, split in prepared.scored.items():
                predictions = predict_split(saved.model, task, split, prepared.encoded[name], prepared.pad_token_id)
                folder.write_predictions(with_unseen(predictions, split, prepared.dataset), name)
        reloaded = reload_findings(stock.result("Loading the adapter with stock peft"), saved.expected, task.labels)
        output = stranger.result("The get-started code") if stranger else None
    return [*reloaded, *_start_findings(code, output, why_code_fails(saved.model))]


@contextmanager
def _code_run(context: RunContext, saved: SavedModel, code: str) -> Iterator[FreshProcess | None]:
    """The get-started code in a fresh process; None where it would misread the logits."""
    if why_code_fails(saved.model):
        yield None
        return
    with run_code(context.folder, context.prepared.base, code) as process:
        yield process


def _example(prepared: PreparedRun) -> list[str]:
    """What the get-started code runs on: the declared example, never a row of the data unasked."""
    declared = prepared.plans.card.example
    if declared:
        return [declared] if isinstance(declared, str) else list(declared)
    return list(PAIR_EXAMPLE) if prepared.dataset.is_pair else []


def _start_findings(code: str, output: str | None, why_not: str | None) -> list[Finding]:
    if output is None:
        return [not_measured("start.code", reason=str(why_not))]
    how = "run in a fresh process with peft and transformers alone, without network"
    return [
        measured("start.code", code, method=how),
        measured("start.output", output.rstrip("\n"), method=how),
    ]


def _subject(context: RunContext, model: nn.Module) -> Subject:
    """What probes ask: the saved adapter about the rows whose score leads."""
    prepared = context.prepared
    return Subject(
        folder=context.folder,
        model=model,
        task=prepared.task,
        rows=prepared.scored[prepared.leading],
        train=prepared.dataset.splits["train"] if prepared.knows_train else None,
        encode=prepared.encode,
        pad_token_id=prepared.pad_token_id,
        seed=context.plans.seeds[0],
        shows_text=context.plans.shows_text,
        has_learned_train=context.trains,
        suites=named_suites(context.plans, prepared.task),
        harmful=named_harmful(context.plans, prepared.task),
        outside=named_outside(context.plans, prepared.task, prepared.scored[prepared.leading]),
        base=prepared.base,
        tokenizer=prepared.encoder.tokenizer,
        max_length=prepared.plans.max_length,
    )


def with_unseen(predictions: Predictions, split: Split, dataset: Dataset) -> Predictions:
    """The predictions with the column `unseen`: what of them training never named, where the task knows such a thing.

    Only where labelled training rows are at hand.
    """
    train = dataset.splits.get("train")
    if train is None or not (train.is_labelled and split.is_labelled):
        return predictions
    return replace(predictions, unseen=task_for(dataset).mark_unseen(train, split))


def _write_control(context: RunContext, method: str) -> None:
    """Trains a control by the same loop and stores its predictions; its weights stay in the checkpoints."""
    prepared, folder = context.prepared, context.folder
    if all(folder.predictions(name, method).is_file() for name in prepared.scored):
        return  # made before the run was interrupted
    trained = learn(context, method, context.plans.seeds[0])
    task = tuned_task(trained.model, prepared.training_data)
    for name, split in prepared.scored.items():
        predictions = predict_split(trained.model, task, split, prepared.encoded[name], prepared.pad_token_id)
        folder.write_predictions(predictions, name, method)
