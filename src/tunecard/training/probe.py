"""A head that starts where a linear probe of the frozen encoder ends (Kumar et al. 2022, arXiv:2202.10054).

A random head sends noise through the first adapter updates; on many classes and few rows it never recovers
(docs/log.md, "Stock settings fail quietly").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from tunecard.training.frozen_features import FrozenFeatures, read_features
from tunecard.training.linear_probes import LinearProbe
from tunecard.training.objectives import Objective, objective_of
from tunecard.training.output_layer import output_layer
from tunecard.training.plan import TrainingData


@dataclass(frozen=True)
class ProbeReport:
    """The probe that a head started from, how many decisions it was fitted on, and their features."""

    fitted: LinearProbe
    objective: Objective
    decisions: int
    features: FrozenFeatures | None = field(default=None, repr=False, compare=False)


def start_head_from_probe(
    model: nn.Module, data: TrainingData, new_modules: Sequence[str], seed: int
) -> ProbeReport | None:
    """Fits the objective's linear probe on what the output layer reads and copies it into that layer.

    Args:
        model: the base before any adapter is added.
        new_modules: where the output layer is to be found.
    Returns: what the probe reached; None when the model has no linear output layer, the objective has no probe, or the
        rows have fewer than two classes (the head then starts random).
    """
    objective = objective_of(data.task)
    outputs = objective.outputs(len(data.task.labels))
    if objective.no_probe:
        return None
    layer = output_layer(model, new_modules, outputs)
    if layer is None or not data.train.label_ids or not data.validation.label_ids:
        return None
    learned, held = (
        read_features(model, layer, split, data.pad_token_id, seed) for split in (data.train, data.validation)
    )
    fitted = objective.fit_probe(learned, held, outputs)
    if fitted is None:
        return None
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(fitted.weight))
        assert layer.bias is not None
        layer.bias.copy_(torch.from_numpy(fitted.bias))
    return ProbeReport(fitted, objective, len(learned), learned)
