"""What the kernel for rows of any length is asked, answered here by torch's plain attention: it runs on GPUs only."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.attention import varlen
from torch.nn.functional import scaled_dot_product_attention

from tunecard.encoders.packed_attention import attend
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_layout import PackedLayout
from tunecard.encoders.varlen_attention import attend_varlen, takes_varlen


def kernel(
    query: Tensor, key: Tensor, value: Tensor, cu_q: Tensor, cu_k: Tensor, max_q: int, max_k: int, *, scale: float,
    window_size: tuple[int, int],
) -> Tensor:  # fmt: skip
    """The documented behaviour of `varlen_attn`, row by row."""
    assert cu_q.dtype == cu_k.dtype == torch.int32
    assert query.is_contiguous() and int(cu_q.diff().max()) <= max_q and int(cu_k.diff().max()) <= max_k
    outs = []
    for row in range(len(cu_q) - 1):
        q, k, v = (
            part[starts[row] : starts[row + 1]].transpose(0, 1)[None]
            for part, starts in ((query, cu_q), (key, cu_k), (value, cu_k))
        )
        far = (torch.arange(q.shape[2])[:, None] - torch.arange(k.shape[2])).abs()
        near = far <= window_size[0] if window_size[0] >= 0 else None
        outs.append(scaled_dot_product_attention(q, k, v, attn_mask=near, scale=scale)[0].transpose(0, 1))
    return torch.cat(outs)


@pytest.mark.parametrize("window", [0, 2])
@pytest.mark.parametrize("asks_first", [True, False])
def test_it_is_asked_what_grouped_products_compute(
    asks_first: bool, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(varlen, "varlen_attn", kernel)
    batch = pack([[7] * length for length in (5, 1, 9, 5)], range(4))
    layout = PackedLayout(batch)
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, len(batch.tokens), 2, 4, generator=generator)
    asking = query[layout.firsts] if asks_first else query
    found = attend_varlen(asking, key, value, layout, scaling=0.3, window=window)
    expected = attend(asking, key, value, layout, scaling=0.3, window=window)
    assert found.shape == expected.shape
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("device", "dtype", "p", "takes"),
    [
        ("cuda", torch.bfloat16, 0.0, True),
        ("cuda", torch.bfloat16, 0.1, False),
        ("cuda", torch.float32, 0.0, False),
        ("cpu", torch.bfloat16, 0.0, False),
    ],
)
def test_it_is_taken_where_it_exists(device: str, dtype: torch.dtype, p: float, takes: bool) -> None:
    class Described:
        def __init__(self) -> None:
            self.device, self.dtype = torch.device(device), dtype

    described: Any = Described()
    assert takes_varlen(described, p) is takes
