"""The saved adapter in front of its judges: scores, stock PEFT in a fresh process, the card's own code, controls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from torch import nn

from tunecard.adapters import read_adapter_config
from tunecard.adapters.loading import gives_logits_of_prompt
from tunecard.evaluation import evaluate
from tunecard.evidence import Finding, Findings, RunFolder, measured, not_measured
from tunecard.examination import examine_adapter
from tunecard.inference import predict_logits, predict_split, take_fast_path
from tunecard.measurement import measure_prediction
from tunecard.measurement.spending import Spending
from tunecard.pipeline.comparing import write_baselines, write_control
from tunecard.pipeline.learning import Ground, release_frozen_weights
from tunecard.pipeline.preparing import Prepared
from tunecard.pipeline.unseen_entities import with_unseen
from tunecard.stock.fresh_process import compared_inputs, reload_findings, reload_with_stock, run_code
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks.snippet import PAIR_EXAMPLE
from tunecard.training.result import Trained

TIMED_ROWS = 200
TIMED_BATCH = 32


def judge(
    ground: Ground, prepared: Prepared, trained: Trained, folder: RunFolder, findings: Findings, spending: Spending
) -> None:
    """Scores the saved adapter, reloaded; lets stock PEFT and the card's own code do the same in fresh processes."""
    recipe, task = ground.recipe, prepared.task
    ground.begin("Evaluating the saved adapter")
    with spending.stage("evaluation"):
        expected = compared_logits(trained.model, prepared)
        release_frozen_weights(trained.model)  # from here on only what was saved is asked
        model = reload_strictly(folder, prepared.base, task, findings)
        take_fast_path(model.requires_grad_(False))
        judge_saved(prepared, model, expected, folder, findings)
    for control in recipe.evaluation.controls:
        ground.begin(f"Training the control '{control}'")
        with spending.stage("controls"):
            write_control(folder, ground, control, prepared.scored, prepared.encoded)
    findings.extend(evaluate(folder, task, list(prepared.scored)))


def judge_saved(
    prepared: Prepared, model: nn.Module, expected: Sequence[np.ndarray], folder: RunFolder, findings: Findings
) -> None:
    """Predicts every scored split, asks stock PEFT and the card's code in fresh processes, times and examines.

    Args:
        model: the saved adapter on its base, for predicting alone.
        expected: `compared_logits` of the model that stock PEFT must agree with.
    """
    task, split, pad = prepared.task, prepared.leading, prepared.pad_token_id
    rows = compared_inputs(prepared.encoded[split])
    code = task.snippet(prepared.base.id, prepared.base.revision, _example(prepared))
    is_stock = not gives_logits_of_prompt(model)
    with (
        reload_with_stock(folder, prepared.base, task, rows) as stock,
        run_code(folder, prepared.base, code) if is_stock else nullcontext() as stranger,
    ):
        for name, rows_of in prepared.scored.items():
            predictions = predict_split(model, task, rows_of, prepared.encoded[name], pad)
            folder.write_predictions(with_unseen(predictions, rows_of, prepared.dataset), name)
        if prepared.knows_train:
            write_baselines(folder, prepared.dataset, prepared.scored)
        findings.extend(reload_findings(stock.result("Loading the adapter with stock peft"), expected, task.labels))
        output = stranger.result("The get-started code") if stranger else None
    findings.extend(_start_findings(code, output))
    findings.extend(_timing(model, prepared, split))
    findings.extend(_examine(folder, model))


def compared_logits(model: nn.Module, prepared: Prepared) -> list[np.ndarray]:
    """Logits of the rows that stock PEFT is asked about too."""
    encoded = prepared.encoded[prepared.leading]
    return predict_logits(model, encoded.take(len(compared_inputs(encoded))), prepared.pad_token_id)


def _example(prepared: Prepared) -> list[str]:
    """What the get-started code runs on: the declared example, never a row of the data unasked."""
    declared = prepared.resolved.recipe.card.example
    if declared:
        return [declared] if isinstance(declared, str) else list(declared)
    return list(PAIR_EXAMPLE) if prepared.dataset.is_pair else []


def _examine(folder: RunFolder, model: nn.Module) -> list[Finding]:
    """`examination.*` of the saved adapter against the frozen base that `model` has it on."""
    return examine_adapter(folder.adapter_weights, read_adapter_config(folder), model.state_dict())


def _timing(model: Any, prepared: Prepared, split: str) -> list[Finding]:
    encoded = prepared.encoded[split]

    def predict(rows: Sequence[int]) -> None:
        predict_logits(model, encoded.pick(rows), prepared.pad_token_id)

    return measure_prediction(predict, list(range(min(TIMED_ROWS, len(encoded)))), batch=TIMED_BATCH)


def _start_findings(code: str, output: str | None) -> list[Finding]:
    shared: dict[str, Any] = {"section": "get_started_code"}
    if output is None:
        reason = (
            "its learned prompt has logits of its own, in front of those of the words, which the code does not skip"
        )
        return [not_measured("start.code", name="Code to get started", reason=reason, **shared)]
    how = "run in a fresh process with peft and transformers alone, without network"
    return [
        measured("start.code", code, name="Code to get started", method=how, **shared),
        measured("start.output", output.rstrip("\n"), name="What it printed", method=how, **shared),
    ]
