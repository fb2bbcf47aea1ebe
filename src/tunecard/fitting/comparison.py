"""What two texts, read apart, say beside each other, in as many numbers as one vector has."""

from __future__ import annotations

import numpy as np

# Of the variance of the whole. The other directions are many, and an adapter learns of them what it has room for.
SHARE_OF_COSINE = 0.7
MOST_ROWS = 4_000  # that the directions are found on
LEAST_SPREAD = 1e-6


def cosines_of(apart: np.ndarray) -> np.ndarray:
    """(M,) cosines of both texts, from the view `apart`, (M, 2 H)."""
    found: np.ndarray = apart[:, apart.shape[1] // 2 :].sum(axis=1, dtype=np.float64)
    return found


class Comparison:
    """The cosine of both texts, and the directions in which |u - v| and u * v vary most, mixed evenly.

    Every number of the result holds a part of the cosine: a function that is nearly linear for small numbers alone,
    as tanh is, passes it on.

    Args:
        learned: (M, 2 H) the view `apart` of rows to find the directions on.
        seed: of the rotation that mixes them.
    """

    def __init__(self, learned: np.ndarray, seed: int = 0) -> None:
        some = learned[:MOST_ROWS].astype(np.float64)
        width = learned.shape[1] // 2
        self._center = some.mean(axis=0)
        directions = np.linalg.svd(some - self._center, full_matrices=False)[2][: width - 1]
        self._directions = directions.T
        others = (some - self._center) @ self._directions
        self._spread = max(float(np.sqrt((others**2).sum(axis=1).mean())), LEAST_SPREAD)
        cosines = cosines_of(some)
        self._mean, self._scale = float(cosines.mean()), max(float(cosines.std()), LEAST_SPREAD)
        square = np.random.default_rng(seed).standard_normal((width, width))
        self._rotation = np.linalg.qr(square)[0][: 1 + len(directions)]

    def __call__(self, apart: np.ndarray) -> np.ndarray:
        """(M, H) float32 of the view `apart`, (M, 2 H): about 1 long, around 0."""
        cosine = (cosines_of(apart) - self._mean) / self._scale * np.sqrt(SHARE_OF_COSINE)
        others = (apart - self._center) @ self._directions / self._spread * np.sqrt(1 - SHARE_OF_COSINE)
        mixed = np.concatenate([cosine[:, None], others], axis=1) @ self._rotation
        return np.asarray(mixed, dtype=np.float32)
