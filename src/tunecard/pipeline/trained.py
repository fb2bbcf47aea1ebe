"""What was trained, seen from outside: scores of seeds, the folder that is saved, the records that tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunecard.adapters import save_adapter
from tunecard.encoders.growing import added_parameters
from tunecard.evidence import Finding, measured
from tunecard.inference import predict_split
from tunecard.measurement import timed
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.reporting.adapter import adapter_setting_findings
from tunecard.reporting.layers import layer_findings
from tunecard.reporting.suspect_labels import suspect_label_findings
from tunecard.reporting.training import effort_findings, seed_findings, temperature_findings, training_findings
from tunecard.tasks.deciding import settings_of
from tunecard.training.result import Trained
from tunecard.training.validation import tuned_task

PROTOCOLS = {
    "held-out": "what is chosen is chosen on validation, the headline is scored on rows that chose nothing",
    "best-epoch-dev": "the headline is the best epoch's score on the rows that chose it, as GLUE papers report",
}


@dataclass(frozen=True)
class TrainedSeeds:
    """What is shipped, and every seed's scores where there are several.

    Attributes:
        shipped: the seed that is best on validation, or an average of several.
        scores: one record a seed.
        effort: what `quality: best` tried and averaged, as `training.search` and `training.soup` hold it.
    """

    shipped: Trained
    scores: Sequence[dict[str, Any]] = ()
    effort: Mapping[str, Any] = field(default_factory=dict)


def scores_of(trained: Trained, prepared: PreparedRun) -> dict[str, Any]:
    """The record of a seed: its score on validation and on test."""
    return {
        "seed": trained.seed,
        "validation": trained.result.best_score,
        "test": _test_score(trained, prepared),
    }


def _test_score(trained: Trained, prepared: PreparedRun) -> float | None:
    split = prepared.dataset.splits.get("test")
    if split is None or not split.is_labelled:
        return None
    task = tuned_task(trained.model, prepared.training_data)
    predictions = predict_split(trained.model, task, split, prepared.encoded["test"], prepared.pad_token_id)
    return task.scoring.score(predictions.labels, predictions.predictions)[task.best_metrics[0]]


def with_tuned_task(context: RunContext, trained: Trained) -> RunContext:
    """The same run, whose task answers as validation tells it to of this model."""
    with timed("temperature"):
        task = tuned_task(trained.model, context.prepared.training_data)
    return replace(context, prepared=replace(context.prepared, task=task))


def save_trained(trained: Trained, context: RunContext) -> None:
    """Writes the folder that stock PEFT loads."""
    prepared, model = context.prepared, trained.model.to("cpu")
    base_model: Any = model.get_base_model()  # type: ignore[operator]
    base_model.config.update(settings_of(prepared.task))
    tokenizer = trained.encoder.tokenizer
    tokenizer.model_max_length = prepared.plans.max_length
    base = prepared.base
    save_adapter(model, tokenizer, context.folder, base_id=base.id, revision=base.revision)  # type: ignore[arg-type]


def describe_training(trained: TrainedSeeds, context: RunContext, peak_memory_bytes: int) -> list[Finding]:
    """`adapter.*`, `model.*`, `training.*`, the protocol, and the labels of training rows that are in doubt."""
    prepared, plans, shipped = context.prepared, context.plans, trained.shipped
    rows = prepared.encoded["train"]
    adapter = plans.adapter(prepared.task, shipped.encoder.new_modules)
    with timed("suspect labels"):
        suspects = suspect_label_findings(shipped, prepared.dataset, rows, context.listener.note)
    return [
        *adapter_setting_findings(
            adapter, shipped, prepared.size.whole, plans.max_length,
            goes_on=prepared.start is not None and prepared.start.with_head,
            needs_rows=added_parameters(prepared.encoder.model) > 0,
        ),
        *layer_findings(plans.layers),
        *context.tried_layers,
        *training_findings(plans.hyperparameters, plans.rules, shipped, peak_memory_bytes),
        *temperature_findings(
            shipped.calibration, prepared.task.words.item, shipped.probe.decisions if shipped.probe else 0, shipped.seed
        ),
        *seed_findings(trained.scores, prepared.task.best_metrics[0]),
        *effort_findings(trained.effort, shipped.warm, shipped.seed),
        *suspects,
        measured("results.protocol", plans.protocol,
                 method=PROTOCOLS[plans.protocol]),
    ]  # fmt: skip
