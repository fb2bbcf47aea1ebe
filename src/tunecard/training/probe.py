"""A head that starts where a linear probe of the frozen encoder ends (Kumar et al. 2022, arXiv:2202.10054).

A random head sends noise through the first adapter updates; on many classes and few rows it never recovers
(docs/log.md, "Stock settings fail quietly").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from tunecard.encoders import forward_packed, is_packed, reads_texts
from tunecard.inference import length_sorted_batches
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.training.plan import TrainingData

MAX_DECISIONS = 12_000
INVERSE_REGULARISATION = (1.0, 10.0)
MAX_ITERATIONS = 60
UNSEEN_BIAS = -5.0


@dataclass(frozen=True)
class FrozenFeatures:
    """What the output layer reads of some decisions before anything has learned.

    Attributes:
        values: (M, H) float32.
        labels: (M,) label ids.
        rows: (M,) indices into the encoded split.
        places: (M,) where in its row each decision is asked: 0 for a text, a token's position in a token task.
    """

    values: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class ProbeReport:
    """The chosen C, the share of validation decisions that the probe alone gets right, and what it learned from."""

    inverse_regularisation: float
    validation_accuracy: float
    decisions: int
    features: FrozenFeatures | None = field(default=None, repr=False, compare=False)


def start_head_from_probe(
    model: nn.Module, data: TrainingData, new_modules: Sequence[str], seed: int
) -> ProbeReport | None:
    """Fits logistic regression on what the output layer reads and copies it into that layer.

    Args:
        model: the base before any adapter is added.
        new_modules: where the output layer is to be found.
    Returns: what the probe reached; None when the model has no linear output layer, or the rows have fewer than two
        classes (the head then starts random).
    """
    output = _output_layer(model, new_modules, len(data.task.labels))
    if output is None or not data.train.label_ids or not data.validation.label_ids:
        return None
    learned = _features(model, output, data.task, data.train, data.pad_token_id, seed)
    features, labels = learned.values, learned.labels
    if len(np.unique(labels)) < 2:
        return None
    held = _features(model, output, data.task, data.validation, data.pad_token_id, seed)
    scale = scale_of(features)
    best: tuple[float, float, Any] | None = None
    for c in INVERSE_REGULARISATION:
        probe = fit_probe(features / scale, labels, c)
        share = float((probe.predict(held.values / scale) == held.labels).mean())
        if best is None or share > best[0]:
            best = (share, c, probe)
    assert best is not None
    weight, bias = _as_layer(best[2], len(data.task.labels))
    with torch.no_grad():
        output.weight.copy_(torch.from_numpy(weight / scale))
        output.bias.copy_(torch.from_numpy(bias))
    return ProbeReport(best[1], best[0], len(labels), learned)


def _output_layer(model: nn.Module, new_modules: Sequence[str], n_labels: int) -> nn.Linear | None:
    layers = [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module.out_features == n_labels
        and module.bias is not None
        and any(part in new_modules for part in name.split("."))
    ]
    return layers[-1] if layers else None


def _features(
    model: nn.Module, output: nn.Linear, task: Task, encoded: EncodedSplit, pad_token_id: int, seed: int
) -> FrozenFeatures:
    """The inputs of the output layer for a seeded choice of rows with about MAX_DECISIONS decisions at most."""
    caught: list[torch.Tensor] = []
    was_training = model.training
    model.eval()
    hook = output.register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0].detach()))
    order = np.random.default_rng(seed).permutation(len(encoded))
    chosen: list[int] = []
    decisions = 0
    for row in order:
        if decisions >= MAX_DECISIONS:
            break
        chosen.append(int(row))
        decisions += len(task.head_rows(encoded, int(row)))
    features: list[np.ndarray] = []
    decided: list[tuple[int, int, int]] = []  # (label, row, place)
    try:
        with torch.inference_mode():
            lengths = encoded.lengths
            for batch in length_sorted_batches([lengths[row] for row in chosen]):
                caught.clear()
                rows, firsts = _run(model, encoded, [chosen[position] for position in batch], pad_token_id)
                read = caught[0].reshape(-1, caught[0].shape[-1]).float().cpu().numpy()  # texts or tokens, one a line
                for row, first in zip(rows, firsts, strict=True):
                    for place, label in task.head_rows(encoded, row):
                        features.append(read[first + place])
                        decided.append((label, row, place))
    finally:
        hook.remove()
        model.train(was_training)
    return FrozenFeatures(np.stack(features), *np.asarray(decided).T)


def _run(
    model: nn.Module, encoded: EncodedSplit, rows: list[int], pad_token_id: int
) -> tuple[Sequence[int], Sequence[int]]:
    """Sends rows through the model. Returns them in the order they went, and the line where each begins in what the
    output layer read."""
    device = next(model.parameters()).device
    if is_packed(model):
        packed = pack_rows(encoded, rows, pad_token_id)
        forward_packed(model, packed.to(device))
        return packed.rows, range(len(rows)) if reads_texts(model) else packed.starts.tolist()[:-1]
    inputs = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
    inputs.pop("labels", None)
    model(**inputs)
    longest = inputs["input_ids"].shape[1]
    return rows, [place * (1 if reads_texts(model) else longest) for place in range(len(rows))]


def scale_of(features: np.ndarray) -> float:
    """What features are divided by before a fit: an L2 penalty depends on it."""
    return float(features.std()) or 1.0


def fit_probe(features: np.ndarray, labels: np.ndarray, c: float) -> Any:
    """Multinomial logistic regression of (M, H) features of unit scale."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Training goes on from here: a probe stopped early is still a good start.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=c, max_iter=MAX_ITERATIONS).fit(features, labels)


def _as_layer(probe: Any, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """(K, H) weights and (K,) biases; two classes come as one row, unseen classes start unlikely."""
    coefficients, intercepts = probe.coef_, probe.intercept_
    if len(coefficients) == 1:
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weight = np.zeros((n_labels, coefficients.shape[1]), dtype=np.float32)
    bias = np.full(n_labels, UNSEEN_BIAS, dtype=np.float32)
    weight[probe.classes_] = coefficients
    bias[probe.classes_] = intercepts
    return weight, bias
