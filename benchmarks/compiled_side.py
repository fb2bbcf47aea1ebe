"""The merged model by `torch.compile`, with rows and tokens free and its weights frozen into the compiled code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import batched
from rounds import silent_libraries
from shapes import Workload

NEEDED: tuple[str, ...] = ()


def prepare(work: Workload, folder: Path, name: str, precision: str) -> None:
    """Nothing is needed beside the merged model."""


def open_model(work: Workload, folder: Path, name: str, precision: str) -> batched.Run:
    """What computes a batch; the first batches compile."""
    import torch
    import torch._inductor.config
    import transformers

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch._inductor.config.freezing = True
    # Its workers are processes that read torch anew, wait for each other on few cores, and count for no cap.
    torch._inductor.config.compile_threads = 1
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    with silent_libraries():
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder / "merged", dtype=dtype).eval()
    compiled = torch.compile(model.requires_grad_(False), dynamic=True)

    def run(batch: Mapping[str, batched.Ids]) -> Any:
        with torch.no_grad():
            tensors = {name: torch.from_numpy(ids) for name, ids in batch.items() if name != "token_type_ids"}
            return compiled(**tensors).logits.float().numpy()

    return run
