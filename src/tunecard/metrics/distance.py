"""How far vectors lie from a cloud of others: the nearest of them, or the mean with the cloud's own covariance."""

from __future__ import annotations

import numpy as np

from tunecard.metrics.counts import Floats

LEAST_LENGTH = 1e-12


def nearest_distances(cloud: Floats, asked: Floats) -> Floats:
    """(N,) the distance of each of (N, H) to the nearest of (M, H), all brought to length 1.

    Source: Sun et al. 2022, "Out-of-Distribution Detection with Deep Nearest Neighbors", with k = 1.

    >>> nearest_distances(np.array([[2.0, 0.0], [0.0, 3.0]]), np.array([[5.0, 0.0], [-1.0, 0.0]])).round(3).tolist()
    [0.0, 1.414]
    """
    products = np.clip(_unit(asked) @ _unit(cloud).T, -1.0, 1.0)
    nearest: Floats = np.sqrt(2.0 - 2.0 * products.max(axis=1))
    return nearest


def _unit(vectors: Floats) -> Floats:
    wide = np.asarray(vectors, dtype=np.float64)
    unit: Floats = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), LEAST_LENGTH)
    return unit
