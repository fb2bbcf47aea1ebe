"""Two processes learn what one does from the same batches: losses, scores and weights, whatever each of them gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ranks_at_work import curve_of, in_ranks, learn, learn_alone, state_of

TinyBase = Callable[[str], Path]
CLOSE = 1e-5


@pytest.mark.parametrize(
    ("ground", "options", "count"),
    [
        ({"kind": "text"}, {}, 2),  # 22 rows in batches of 4: the last has 2
        ({"kind": "text"}, {"rows": 21}, 2),  # the last has one row: one rank has none
        ({"kind": "tokens", "gradient_accumulation_steps": 2, "early_stopping": 1}, {}, 3),  # labels weigh by words
        ({"kind": "tokens", "method": "dora"}, {"rows": 13}, 2),
        ({"kind": "text", "method": "full", "class_weights": "balanced", "epochs": 1}, {}, 2),
    ],
)
def test_ranks_learn_what_one_process_learns(
    tiny_base: TinyBase, tmp_path: Path, ground: dict[str, Any], options: dict[str, Any], count: int
) -> None:
    base = tiny_base("roberta")
    learn_alone(tmp_path / "alone", base, ground, options)
    assert in_ranks(count, learn, tmp_path / "ranks", base, ground, options) == [0] * count
    alone, ranks = curve_of(tmp_path / "alone"), curve_of(tmp_path / "ranks")
    assert ranks["losses"] == pytest.approx(alone["losses"], abs=CLOSE)
    for one, other in zip(alone["curve"], ranks["curve"], strict=True):
        assert other == pytest.approx(one, abs=CLOSE)
    assert (ranks["real_tokens"], ranks["rows"]) == (alone["real_tokens"], alone["rows"])
    states = state_of(tmp_path / "alone"), state_of(tmp_path / "ranks")
    for name, tensor in states[0].items():
        if name.endswith("key.bias"):  # softmax does not feel it: its gradient is rounding, and AdamW steps by that
            continue
        torch.testing.assert_close(states[1][name], tensor, atol=2e-4, rtol=1e-3, msg=name)
    shares = ranks["shares"]
    assert sum(share["tokens"] for share in shares) == ranks["real_tokens"]
    assert [share["hardware"] for share in shares] == [f"processor {number}" for number in range(count)]
    assert alone["shares"] == []
