"""The merged model as graphs that other engines run: torch's own, and that with attention, GELU and norms fused.

The graph is the one of torch's older exporter with attention written out: of it onnxruntime's tool for transformers finds
and fuses every attention, of the newer exporter's none, and in int8 it was faster as well.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from rounds import silent_libraries
from shapes import SHAPES, Workload

GRAPH, FUSED = "graph.onnx", "graph-fused.onnx"
OPSET = 17
EXAMPLE = (2, 7)  # rows and tokens of the example that is traced; neither is kept


def trace(work: Workload, folder: Path) -> Path:
    """`folder/graph.onnx` in fp32, its rows and tokens free; made where it is not there yet."""
    import torch
    import transformers

    target = folder / GRAPH
    if target.exists():
        return target
    with silent_libraries():
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder / "merged", dtype=torch.float32, attn_implementation="eager"
        ).eval()
    ids = torch.randint(5, 50, EXAMPLE)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if SHAPES[work.shape].kind == "bert":
        example["token_type_ids"] = torch.zeros_like(ids)
    axes = {0: "rows", 1: "tokens"}
    with quiet():
        torch.onnx.export(
            _by_place(model, list(example)), tuple(example.values()), str(target), input_names=list(example),
            output_names=["logits"], dynamic_axes={**dict.fromkeys(example, axes), "logits": {0: "rows"}}, dynamo=False,
            opset_version=OPSET,
        )  # fmt: skip
    return target


def fuse(work: Workload, folder: Path) -> Path:
    """`folder/graph-fused.onnx`, as onnxruntime's guide for transformers makes it."""
    target = folder / FUSED
    if target.exists():
        return target
    source, shape = trace(work, folder), SHAPES[work.shape]
    with quiet():
        from onnxruntime.transformers import optimizer

        fused = optimizer.optimize_model(
            str(source), model_type="bert", num_heads=shape.heads, hidden_size=shape.hidden, opt_level=0
        )
        fused.save_model_to_file(str(target))
    return target


@contextmanager
def quiet() -> Iterator[None]:
    """Exporters and quantizers print their steps, and stdout is for the answer."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _by_place(model: Any, names: list[str]) -> Any:
    import torch

    class ByPlace(torch.nn.Module):
        """A model whose inputs come one behind the other."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            return self.model(**dict(zip(names, inputs, strict=True))).logits

    return ByPlace()
