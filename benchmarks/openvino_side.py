"""The merged model by OpenVINO: in fp32, with bf16 where it helps, and in int8 in both of its ways.

`weights`: weights in int8 by output, activations rounded as they come, in groups. `int8`: weights and activations rounded
by nncf with scales that were found on rows (calibrated), what its guide does for transformers. Both leave the rest in bf16.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import batched
import peer_graphs
from shapes import MAX_LENGTH, Workload

NEEDED = ("onnx", "onnxscript", "openvino", "nncf")
CALIBRATED, WEIGHTS = "int8", "weights"
ROWS = 100  # that scales are found on
GROUP = "64"  # activations that share a scale; larger groups are not taken on this path in OpenVINO 2026.4


def prepare(work: Workload, folder: Path, name: str, precision: str) -> None:
    """Writes the graph of a precision, where it is not there yet."""
    source = peer_graphs.trace(work, folder)
    target = _graph(folder, precision)
    if target.exists():
        return
    os.environ["NNCF_DISABLE_TELEMETRY"] = "1"
    with peer_graphs.quiet():
        import nncf
        import openvino

        model = openvino.Core().read_model(str(source))
        if precision == WEIGHTS:
            rounded = nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_SYM)
        else:
            inputs = [one.any_name for one in model.inputs]
            seen = nncf.Dataset([{name: row[name] for name in inputs} for row in _rows(work, folder)])
            rounded = nncf.quantize(model, seen, model_type=nncf.ModelType.TRANSFORMER, subset_size=ROWS)
        openvino.save_model(rounded, str(target), compress_to_fp16=False)


def open_model(work: Workload, folder: Path, name: str, precision: str) -> batched.Run:
    """The model compiled for short waits (one batch after the other), on the threads of the side."""
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": int(os.environ["OMP_NUM_THREADS"]),
        "INFERENCE_PRECISION_HINT": "f32" if precision == "fp32" else "bf16",
    }  # fmt: skip
    if precision == WEIGHTS:
        settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = GROUP
    model = openvino.Core().compile_model(str(_graph(folder, precision)), "CPU", settings)
    wanted = {one.any_name for one in model.inputs}

    def run(batch: Mapping[str, batched.Ids]) -> Any:
        return model({name: ids for name, ids in batch.items() if name in wanted})[0]

    return run


def _graph(folder: Path, precision: str) -> Path:
    is_small = precision in {CALIBRATED, WEIGHTS}
    return folder / (f"openvino-{precision}.xml" if is_small else peer_graphs.GRAPH)


def _rows(work: Workload, folder: Path) -> list[dict[str, batched.Ids]]:
    """Some of the rows, each a batch: no better ones to find scales on than those that are predicted."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "merged")
    texts = work.texts[:: max(1, len(work.texts) // ROWS)][:ROWS]
    padded = batched.Padded(
        tokenizer(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"], tokenizer.pad_token_id
    )
    return [padded.batch([row]) for row in range(len(texts))]
