"""Probabilities that keep what they say: one temperature, chosen on validation and folded into the output layer.

Trained networks are too sure of themselves. Dividing all logits by one number changes no label and takes most of that
out (Guo et al. 2017, arXiv:1706.04599); divided in the layer's own weights, stock PEFT gives the same probabilities.
Where validation is too small to fit it, folds of train say how much linear probes of what the head reads get right of
what they have not seen, and the temperature brings the mean probability of validation's answers there, labels unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from tunecard.fitting.choosing import LEAST_TO_CHOOSE
from tunecard.inference import predict_logits
from tunecard.metrics.classification import expected_calibration_error
from tunecard.metrics.temperature import LEAST, MOST, fit_temperature, match_confidence, mean_nll
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.confidence import softmax
from tunecard.training.objectives import objective_of
from tunecard.training.output_layer import output_layers
from tunecard.training.plan import TrainingData

# With 50 rows the standard error of log T is 0.1 to 0.3, with 20 up to 0.7: then T = 1 is often nearer
# (docs/decisions/0012-temperature-folded.md). Rows are counted, for words of one sentence err together.
LEAST_ROWS = LEAST_TO_CHOOSE
CHECKED_ROWS = 8
CHECK_TOLERANCE = 1e-3  # of the largest logit


@dataclass(frozen=True)
class Stated:
    """What the probabilities of validation are worth: mean negative log-likelihood in nats, and ECE."""

    nll: float
    ece: float


@dataclass(frozen=True)
class Calibration:
    """The temperature that a model's output layer was divided by.

    Attributes:
        temperature: 1.0 where there is none, and the layer is as trained.
        decisions: labels of validation that it was chosen on: rows or words.
        reason: why there is none.
        before, after: at T = 1 and at T; None where there is none.
        expected: the share of right answers that it was matched to; None where it was fitted to labels.
    """

    temperature: float = 1.0
    decisions: int = 0
    reason: str = ""
    before: Stated | None = None
    after: Stated | None = None
    expected: float | None = None


def calibrate(
    model: nn.Module, data: TrainingData, new_modules: Sequence[str], expected: float | None = None
) -> Calibration:
    """Chooses T on the logits of validation and divides weight and bias of the output layer by it, in place.

    Call it once, on the weights that are final: checkpoints hold them as trained, so that whoever resumes folds once.
    Whoever goes on from weights that were divided calls `undo` first.

    Args:
        model: trained, in fp32; frozen layers and mode stay as they are.
        new_modules: names of the modules that started new, the output layer among them.
        expected: the share of answers that come out right on rows that were not learned from; read where few are held.
    """
    labelled = [row for row in range(len(data.validation)) if data.validation.decisions(row)]
    layers = _learned_layers(model, new_modules, len(data.task.labels))
    expected = None if len(labelled) >= LEAST_ROWS else expected
    reason = objective_of(data.task).no_temperature or ("" if expected and labelled else _too_few(len(labelled)))
    if not reason and not layers:
        reason = "the head has no linear output layer among what was learned"
    if reason:
        return Calibration(reason=reason)
    rows = data.validation.pick(labelled)
    said = predict_logits(model, rows, data.pad_token_id, title="Choosing the temperature")
    logits, labels = objective_of(data.task).decided(*_decided(said, rows))
    temperature, reason = _fitted(logits, labels) if expected is None else _matched(logits, expected)
    reason = reason or _fold(model, layers[-1], temperature, rows, data.pad_token_id)
    if reason:
        return Calibration(decisions=len(labels), reason=reason)
    before, after = _stated(logits, labels), _stated(logits / temperature, labels)
    return Calibration(temperature, len(labels), "", before, after, expected)


def undo(model: nn.Module, calibration: Calibration, new_modules: Sequence[str], outputs: int) -> None:
    """Multiplies the output layer by T again, in place: the logits are as trained."""
    if calibration.temperature == 1.0:
        return
    layer = _learned_layers(model, new_modules, outputs)[-1]
    with torch.no_grad():
        for parameter in _parameters(layer):
            parameter.mul_(calibration.temperature)


def _parameters(layer: nn.Linear) -> list[torch.Tensor]:
    return [layer.weight] if layer.bias is None else [layer.weight, layer.bias]


def _learned_layers(model: nn.Module, new_modules: Sequence[str], outputs: int) -> list[nn.Linear]:
    """Those saved with the adapter: a frozen layer is the base's, or PEFT's copy of what the head was."""
    return [layer for layer in output_layers(model, new_modules, outputs) if layer.weight.requires_grad]


def _too_few(rows: int) -> str:
    few = f"validation has {rows} labelled rows, and fewer than {LEAST_ROWS} do not tell a temperature from chance"
    return few if rows < LEAST_ROWS else ""


def _decided(logits: Sequence[np.ndarray], rows: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
    """(M, K) logits of the labels that are asked for, and (M,) the labels; (M, K) where a row has several."""
    asked = [(row, place, label) for row in range(len(rows)) for place, label in rows.decisions(row)]
    chosen = np.stack([np.atleast_2d(logits[row])[place] for row, place, _ in asked]).astype(np.float64)
    return chosen, np.array([label for _, _, label in asked], dtype=np.int64)


def _fitted(logits: np.ndarray, labels: np.ndarray) -> tuple[float, str]:
    """The most likely temperature, and why it is none, where it lies at an end of what is looked at."""
    temperature = fit_temperature(logits, labels)
    if LEAST < temperature < MOST:
        return temperature, ""
    if temperature == MOST:
        reason = (
            f"the best temperature lies above {MOST:g}, as the logits say next to nothing of the labels of validation"
        )
    elif (logits.argmax(axis=-1) == labels).all():
        reason = f"all {len(labels):,} decisions of validation are right, and then no temperature is small enough"
    else:
        reason = f"the best temperature lies below {LEAST:g}"
    return temperature, reason


def _matched(logits: np.ndarray, expected: float) -> tuple[float, str]:
    """The temperature at which the answers' mean probability is what is expected, and why it is not taken."""
    temperature = match_confidence(logits, expected)
    if temperature == MOST:
        return temperature, f"even divided by {MOST:g}, the logits are surer than folds of train say they should be"
    # A fold learns from fewer rows than the model, and says too little: no reason to make a model surer than it is.
    return temperature, "" if temperature > 1 else "the logits are no surer than folds of train say they should be"


def _fold(model: nn.Module, layer: nn.Linear, temperature: float, rows: EncodedSplit, pad_token_id: int) -> str:
    """Divides the layer; puts it back, and says why, where the logits do not follow."""
    few = rows.take(CHECKED_ROWS)
    expected = [logits / temperature for logits in predict_logits(model, few, pad_token_id)]
    parameters = _parameters(layer)
    kept = [parameter.detach().clone() for parameter in parameters]
    with torch.no_grad():
        for parameter in parameters:
            parameter.div_(temperature)
    found = predict_logits(model, few, pad_token_id)
    largest = max(float(np.abs(logits).max()) for logits in expected)
    off = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
    if off <= CHECK_TOLERANCE * largest:
        return ""
    with torch.no_grad():
        for parameter, old in zip(parameters, kept, strict=True):
            parameter.copy_(old)
    return "the logits are no linear function of the head's last layer"


def _stated(logits: np.ndarray, labels: np.ndarray) -> Stated:
    return Stated(mean_nll(logits, labels), expected_calibration_error(softmax(logits), labels))
