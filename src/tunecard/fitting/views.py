"""Vectors brought to a common size, so that one grid of penalties serves every view and base."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class Scaling:
    """Rows of `unit` views get length 1; all others are divided by what gives the learned rows length 1 on average.

    Args:
        learned: view to (M, H) vectors of the rows that are learned from.
        unit: names of the views whose rows differ in direction alone.
    """

    def __init__(self, learned: Mapping[str, np.ndarray], unit: frozenset[str]) -> None:
        self._divisors = {
            name: None if name in unit else float(vectors.std() * np.sqrt(vectors.shape[1])) or 1.0
            for name, vectors in learned.items()
        }

    def __call__(self, views: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same views of any rows, (M, H) float32 each."""
        return {name: _scaled(views[name], divisor) for name, divisor in self._divisors.items()}


def _scaled(vectors: np.ndarray, divisor: float | None) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if divisor is None else divisor
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
