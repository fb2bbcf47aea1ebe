"""The merged model by onnxruntime: in fp32, or with its products in int8 (weights by output, activations as they come).

As a side of its own, the graph that onnxruntime's tool for transformers fused: which is faster depends on the shape.
`reduce_range` stays off: it guards sums of 16 bits, which processors with VNNI do not have.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import batched
import peer_graphs
from shapes import Workload

NEEDED = ("onnx", "onnxscript", "onnxruntime")
FUSED = "onnxruntime-fused"


def prepare(work: Workload, folder: Path, name: str, precision: str) -> None:
    """Writes the graph of a side, where it is not there yet."""
    source = (peer_graphs.fuse if name == FUSED else peer_graphs.trace)(work, folder)
    target = _graph(folder, name, precision)
    if not target.exists():
        _quantize(source, target)


def open_model(work: Workload, folder: Path, name: str, precision: str) -> batched.Run:
    """A session with all its optimizations, on the threads of the side."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    graph = str(_graph(folder, name, precision))
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    wanted = {one.name for one in session.get_inputs()}

    def run(batch: Mapping[str, batched.Ids]) -> Any:
        return session.run(None, {name: ids for name, ids in batch.items() if name in wanted})[0]

    return run


def _graph(folder: Path, name: str, precision: str) -> Path:
    graph = folder / (peer_graphs.FUSED if name == FUSED else peer_graphs.GRAPH)
    return graph.with_stem(f"{graph.stem}-int8") if precision == "int8" else graph


def _quantize(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with peer_graphs.quiet():
        quantize_dynamic(
            source, target, per_channel=True, reduce_range=False, weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # of what the fused operators give
        )  # fmt: skip
