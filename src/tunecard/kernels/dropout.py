"""Dropout by a seed: the kernels draw a mask where they need it, and the same one again in the backward pass."""

from __future__ import annotations

import ctypes

import torch

LEVELS = 65536
EVERY_SEED = 2**63 - 1


class Dropout(ctypes.Structure):
    """`struct dropout` of source/threefry.h: `keep_below` of 65,536 numbers keep, and are multiplied by `scale`."""

    _fields_ = [("seed", ctypes.c_uint64), ("keep_below", ctypes.c_uint32), ("scale", ctypes.c_float)]


def draw_dropout(p: float) -> Dropout:
    """A mask that drops with probability `p`, to 1 / 131,072; the scale belongs to the probability that is taken.

    Its seed is drawn from torch's default generator, so that a run that goes on draws as if it had never stopped.
    """
    if p <= 0:
        return Dropout(0, LEVELS, 1.0)
    seed = int(torch.randint(EVERY_SEED, ()))
    keep_below = round((1 - p) * LEVELS)
    return Dropout(seed, keep_below, LEVELS / keep_below if keep_below else 0.0)
