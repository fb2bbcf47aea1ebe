"""A whole block of an encoder as BERT has it, forward and backward, each in one call: source/block.c."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from tunecard.kernels.dropout import EVERY_SEED
from tunecard.kernels.kept_memory import Lent
from tunecard.kernels.library import FACTOR_KINDS, KINDS, LANES, address, call, loaded

LAYERS = ("query", "key", "value", "output", "up", "down")


class _Layer(ctypes.Structure):
    """`struct layer`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("weight", "weight_scales", "bias", "a", "b", "grad_a", "grad_b_across")),
        *((name, ctypes.c_int64) for name in ("outputs", "inputs", "rank")),
        *((name, ctypes.c_double) for name in ("scaling", "p")),
    ]


class _Norm(ctypes.Structure):
    """`struct norm`."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("weight", "bias")),
        *((name, ctypes.c_double) for name in ("epsilon", "p")),
    ]


class _Job(ctypes.Structure):
    """`struct block`."""

    _fields_ = [
        ("layers", _Layer * len(LAYERS)),
        ("norms", _Norm * 2),
        *((name, ctypes.c_void_p) for name in ("x", "out", "kept", "work", "starts", "grad_out", "grad_x")),
        *((name, ctypes.c_int64) for name in ("tokens", "rows", "width", "inner", "heads", "asks_first")),
        *((name, ctypes.c_int64) for name in ("factors", "type")),
        ("seed", ctypes.c_uint64),
        *((name, ctypes.c_double) for name in ("scaling", "p")),
    ]


@dataclass(frozen=True)
class FrozenLayer:
    """A frozen linear layer: weight (out, in) in fp32, bf16, or int8 with scales (out,) in fp32; bias (out,) in fp32.

    Its rows lie one behind the other in memory, and those of key and value behind the query's, or the key's.
    """

    weight: Tensor
    scales: Tensor | None
    bias: Tensor | None


@dataclass(frozen=True)
class LearnedUpdate:
    """s B A dropout(x): A (rank, in) and B (out, rank), contiguous in fp32."""

    a: Tensor
    b: Tensor
    scaling: float
    p: float


@dataclass(frozen=True)
class Norm:
    """LayerNorm's weight and bias (width,) in fp32, its epsilon, and the dropout of what it adds to the residual."""

    weight: Tensor
    bias: Tensor
    epsilon: float
    p: float


@dataclass(frozen=True)
class Block:
    """What one pass through a block computes with.

    Attributes:
        layers: six, in the order of `LAYERS`. updates: one a layer, or None.
        norms: behind attention and behind the feed-forward.
        dtype: fp32 or bf16, of what lies between products.
        scaling, p: of attention's scores, of the dropout of its probabilities.
    """

    layers: Sequence[FrozenLayer]
    updates: Sequence[LearnedUpdate | None]
    norms: Sequence[Norm]
    heads: int
    dtype: torch.dtype
    scaling: float
    p: float


@dataclass(frozen=True)
class Rows:
    """Packed rows: `starts` (B + 1,) int64; whether only the first token of each asks, and is given."""

    starts: Tensor
    asks_first: bool


class _Block(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, block: Block, rows: Rows, learns: bool, *learned: Tensor) -> Tensor:
        x = x.contiguous()
        out = x.new_empty(len(rows.starts) - 1 if rows.asks_first else len(x), x.shape[1])
        job = _job(x, out, block, rows)
        keeps = learns and any(ctx.needs_input_grad)
        kept = None
        if keeps:
            job.kept = 1  # something is: how much of it depends on the updates
        kept_bytes, work_bytes = _bytes(job)
        if keeps:
            kept = Lent(kept_bytes)
            job.kept = address(kept.memory)
        work = _work(work_bytes)
        job.work = address(work)
        call("tunecard_block", job)
        if keeps:
            ctx.save_for_backward(x, rows.starts, *learned)
            ctx.job, ctx.block, ctx.kept = job, block, kept
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, *_held = ctx.saved_tensors  # the job knows where they lie
        job, grad_out = ctx.job, grads[0].contiguous()
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        job.grad_out, job.grad_x = address(grad_out), address(grad_x)
        grad_learned = _place_gradients(job, ctx.block)
        work = _work(_bytes(job)[1])
        job.work = address(work)
        call("tunecard_block_backward", job)
        return grad_x, None, None, None, *grad_learned


def run_block(x: Tensor, block: Block, rows: Rows) -> Tensor:
    """(T, width) in fp32 to (T, width), or (B, width) where first tokens ask; gradients for x and the updates.

    Raises: RuntimeError: not enough memory.
    """
    learned = [part for update in block.updates if update is not None for part in (update.a, update.b)]
    out: Tensor = _Block.apply(x, block, rows, torch.is_grad_enabled(), *learned)  # type: ignore[no-untyped-call]
    return out


def takes_block(width: int, inner: int, head_width: int) -> bool:
    """Whether the kernel has these measures."""
    return all(size % LANES == 0 for size in (width, inner, head_width))


def _job(x: Tensor, out: Tensor, block: Block, rows: Rows) -> _Job:
    first = block.layers[0].weight
    job = _Job(
        x=address(x), out=address(out), starts=address(rows.starts), tokens=len(x), rows=len(rows.starts) - 1,
        width=x.shape[1], inner=len(block.layers[4].weight), heads=block.heads, asks_first=rows.asks_first,
        factors=FACTOR_KINDS[first.dtype], type=KINDS[block.dtype], seed=_seed(block), scaling=block.scaling, p=block.p,
    )  # fmt: skip
    for place, layer, update in zip(job.layers, block.layers, block.updates, strict=True):
        place.weight, place.weight_scales, place.bias = (
            address(layer.weight),
            address(layer.scales),
            address(layer.bias),
        )
        place.outputs, place.inputs = layer.weight.shape
        if update is not None:
            place.a, place.b, place.rank = address(update.a), address(update.b), len(update.a)
            place.scaling, place.p = update.scaling, update.p
    for place, norm in zip(job.norms, block.norms, strict=True):
        place.weight, place.bias, place.epsilon, place.p = (
            address(norm.weight),
            address(norm.bias),
            norm.epsilon,
            norm.p,
        )
    return job


def _seed(block: Block) -> int:
    """One draw a pass from torch's default generator, where anything is dropped; each dropout makes its own of it."""
    dropping = [block.p, *(norm.p for norm in block.norms), *(update.p for update in block.updates if update)]
    return int(torch.randint(EVERY_SEED, ())) if any(p > 0 for p in dropping) else 0


def _bytes(job: _Job) -> tuple[int, int]:
    library = loaded()
    assert library is not None
    kept, work = ctypes.c_int64(), ctypes.c_int64()
    library.tunecard_block_bytes(ctypes.byref(job), ctypes.byref(kept), ctypes.byref(work))
    return kept.value, work.value


_own = threading.local()


def _work(size: int) -> Tensor:
    """Memory of this thread that one call fills and the next one may: blocks take turns."""
    work: Tensor | None = getattr(_own, "work", None)
    if work is None or len(work) < size:
        work = _own.work = torch.empty(size, dtype=torch.uint8)
    return work


def _place_gradients(job: _Job, block: Block) -> list[Tensor]:
    """Zeros for the gradients of all A and B; those of B lie across."""
    grads = []
    for place, update in zip(job.layers, block.updates, strict=True):
        if update is not None:
            grad_a, grad_b_across = (
                torch.zeros_like(update.a),
                torch.zeros(update.b.shape[::-1], dtype=torch.float32, device="cpu"),
            )
            place.grad_a, place.grad_b_across = address(grad_a), address(grad_b_across)
            grads += [grad_a, grad_b_across.t()]
    return grads
