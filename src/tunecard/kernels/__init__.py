"""What training and prediction compute on a processor, in C: fewer passes over memory, and nothing between them.

Whole blocks, products with frozen weights, attention inside packed rows, low-rank updates, residual norms and GELU,
each with its gradient, compiled once a machine where a C compiler is found. Whoever calls them has torch's own
operations for where it is not: `takes_kernels` tells. This room knows tensors; it must not know models, layers or rows.
"""

from tunecard.kernels.attention import attend_rows, takes_attention
from tunecard.kernels.building import compiler_release
from tunecard.kernels.frozen import (
    frozen_gradient,
    frozen_product,
    int8_gradient,
    int8_product,
    multiplies_here,
    takes_product,
)
from tunecard.kernels.gelu import gelu
from tunecard.kernels.kept_memory import keep_freed_memory
from tunecard.kernels.library import has_kernels, load_kernels, takes_kernels
from tunecard.kernels.low_rank import AppliedUpdate, add_low_rank, differentiate_low_rank
from tunecard.kernels.low_rank_rows import factors_of, linear_with_updates, takes_low_rank_rows
from tunecard.kernels.residual_norm import residual_norm, takes_residual_norm

__all__ = [
    "AppliedUpdate",
    "add_low_rank",
    "attend_rows",
    "compiler_release",
    "differentiate_low_rank",
    "factors_of",
    "frozen_gradient",
    "frozen_product",
    "gelu",
    "has_kernels",
    "int8_gradient",
    "int8_product",
    "keep_freed_memory",
    "linear_with_updates",
    "load_kernels",
    "multiplies_here",
    "residual_norm",
    "takes_attention",
    "takes_kernels",
    "takes_low_rank_rows",
    "takes_product",
    "takes_residual_norm",
]
