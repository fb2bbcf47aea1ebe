"""What each frozen layer says of the rows, asked by a linear probe of each; the rule that reads them stands beside.

Probes of layers: Alain and Bengio 2016 (arXiv:1610.01644). That top layers may be enough: Lee et al. 2019
(arXiv:1911.03090).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from tunecard.counted import each
from tunecard.fitting.choosing import LEAST_TO_CHOOSE
from tunecard.training.frozen_features import FrozenFeatures, read_layers
from tunecard.training.linear_probes import LinearProbe
from tunecard.training.objectives import objective_of
from tunecard.training.plan import TrainingData


@dataclass(frozen=True)
class LayerProbes:
    """A linear probe of each layer, lowest first.

    Attributes:
        scores: of each on validation, by `measure`.
        behind: by how much its errors are more than those of the best one, a decision on average, and the standard
            error of that over rows.
        learned: decisions of train that each was fitted on; held: of validation that judged it.
    """

    measure: str
    scores: Sequence[float]
    behind: Sequence[tuple[float, float]]
    learned: int
    held: int

    @property
    def is_level(self) -> list[bool]:
        """Of each layer, whether it is within a standard error of the best (Breiman et al. 1984)."""
        return [difference <= error for difference, error in self.behind]


def probe_layers(model: nn.Module, data: TrainingData, seed: int) -> LayerProbes | str:
    """Fits the objective's probe on each layer.

    Args:
        model: the base, on the fast path, packed.
    Returns: why there are none, where labels, rows or objective do not give any.
    """
    objective = objective_of(data.task)
    if objective.no_probe:
        return f"no probe tells the layers apart ({objective.no_probe})"
    held_rows = sum(label is not None for label in data.validation_labels)
    if held_rows < LEAST_TO_CHOOSE:
        return f"validation has {held_rows} labels, and {LEAST_TO_CHOOSE} are the fewest that tell layers apart"
    learned, held = (read_layers(model, split, data.pad_token_id, seed) for split in (data.train, data.validation))
    outputs = objective.outputs(len(data.task.labels))
    pairs = list(zip(learned, held, strict=True))
    fitted = [objective.fit_probe(*pair, outputs) for pair in each(pairs, "Probing each layer", "layers")]
    probes = [probe for probe in fitted if probe is not None]
    if len(probes) < len(fitted):
        return "the training rows have labels of one kind only"
    return compared(probes, held[0], len(learned[0]))


def compared(probes: Sequence[LinearProbe], held: FrozenFeatures, learned: int) -> LayerProbes:
    """The probes beside the best of them, decision by decision."""
    errors = [np.asarray(probe.errors, dtype=np.float64) for probe in probes]
    best = min(errors, key=lambda one: float(one.mean()))
    rows = held.rows if len(best) == len(held) else np.arange(len(best))
    behind = [_mean_and_error(one - best, rows) for one in errors]
    return LayerProbes(probes[0].measure, [probe.score for probe in probes], behind, learned, len(held))


def _mean_and_error(differences: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """The mean, and its standard error; decisions of one row err together."""
    mean = float(differences.mean())
    _, places = np.unique(rows, return_inverse=True)
    sums = np.bincount(places, weights=differences - mean)
    return mean, float(np.sqrt(np.square(sums).sum())) / len(differences)
