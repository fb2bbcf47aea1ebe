"""The merged model as a graph of ONNX with any number of rows and tokens, run by onnxruntime; in fp32, or in int8."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from tunecard.adapters.saving import save_model_config
from tunecard.encoders import outputs_of, read_padded
from tunecard.errors import MachineError
from tunecard.evidence import RunFolder
from tunecard.exporting.merged_model import check_merges, merged, write_readers
from tunecard.inference.batches import collate, length_sorted_batches
from tunecard.reproduction.opened import Opened
from tunecard.rows.encoded import EncodedSplit

STEM, ENDING = "model", ".onnx"
GRAPH, GRAPH_INT8 = (
    f"{STEM}{ENDING}",
    f"{STEM}_quantized{ENDING}",
)  # as optimum and text-embeddings-inference look for them
NEEDED = ("onnx", "onnxscript", "onnxruntime")
EXAMPLE = (2, 7)  # rows and tokens of the example that is traced; neither is kept


class OnnxGraph:
    """`model.onnx` by torch's exporter; as int8, the weights of its products rounded by onnxruntime's quantizer."""

    def __init__(self, name: str = "onnx", *, is_int8: bool = False) -> None:
        self.name, self.is_exact, self.library = name, not is_int8, "onnx"
        kind = "its products in int8 (weights rounded, activations as they come)" if is_int8 else "in fp32"
        self.made_of = f"The adapter merged into its base, as a graph of ONNX, {kind}."
        self.relation = "quantized" if is_int8 else "finetune"

    def check(self, opened: Opened) -> None:
        """Raises: MachineError: a package is missing. AdapterError: a method whose update is in no weight."""
        missing = [package for package in NEEDED if find_spec(package) is None]
        if missing:
            raise MachineError(f"{self.name} needs {' and '.join(missing)}. Type: pip install 'tunecard[export]'")
        check_merges(opened)

    def write(self, model: nn.Module, opened: Opened, target: Path) -> None:
        """The graph, its config and tokenizer."""
        plain = merged(model, opened)
        _trace(plain, opened, target / GRAPH)
        if not self.is_exact:
            _quantize(target / GRAPH, target / GRAPH_INT8)
            (target / GRAPH).unlink()
        save_model_config(plain, RunFolder(target))
        write_readers(opened, target)

    def logits(self, target: Path, opened: Opened, encoded: EncodedSplit) -> Sequence[np.ndarray]:
        """By onnxruntime on the processor."""
        from onnxruntime import InferenceSession

        session = InferenceSession(str(target / self._file), providers=["CPUExecutionProvider"])
        lines = encoded.sequences.split
        logits: list[np.ndarray] = [np.empty(0)] * len(lines)
        for rows in length_sorted_batches(lines.lengths):
            for row, found in zip(rows, _run(session, opened, lines, rows), strict=True):
                logits[row] = found
        return encoded.sequences.by_row(logits)

    def lines(self, opened: Opened) -> str:
        """Loads it by onnxruntime."""
        return (
            "from onnxruntime import InferenceSession\nfrom transformers import AutoTokenizer\n\n"
            f'session = InferenceSession("{self._file}")  # of this folder\n'
            'tokenizer = AutoTokenizer.from_pretrained(".")\n'
            'outputs = session.run(None, dict(tokenizer(["..."], return_tensors="np")))'
        )

    @property
    def _file(self) -> str:
        return GRAPH if self.is_exact else GRAPH_INT8


def _trace(plain: PreTrainedModel, opened: Opened, target: Path) -> None:
    """Writes the graph; its axes of rows and tokens (and choices) are free."""
    shape = outputs_of(plain).shaped
    drawn = torch.randint(1, plain.config.vocab_size, EXAMPLE)
    inputs = {"input_ids": shape(drawn), "attention_mask": shape(torch.ones_like(drawn))}
    if "token_type_ids" in opened.reader.tokenizer.model_input_names:
        inputs["token_type_ids"] = shape(torch.zeros_like(drawn))
    axes = ("batch", "sequence") if inputs["input_ids"].ndim == len(EXAMPLE) else ("batch", "choices", "sequence")
    free = dict.fromkeys(range(len(axes)), torch.export.Dim.DYNAMIC)
    plain.config.return_dict = True
    with _in_silence():
        torch.onnx.export(
            plain, (), str(target), kwargs=inputs, input_names=list(inputs), output_names=_outputs(plain, inputs),
            dynamic_shapes=dict.fromkeys(inputs, free), dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip


def _outputs(plain: PreTrainedModel, inputs: dict[str, Tensor]) -> list[str]:
    with torch.no_grad():
        return list(plain(**inputs).keys())


def _quantize(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _in_silence():
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True)


def _run(session: Any, opened: Opened, lines: EncodedSplit, rows: Sequence[int]) -> Iterator[np.ndarray]:
    """(K,) of each sequence, or (T, K) of its tokens without padding."""
    kind = outputs_of(opened.reader.model)
    inputs = {name: tensor for name, tensor in collate(lines, rows, opened.pad_token_id).items() if name != "labels"}
    found = session.run(None, {name: kind.shaped(tensor).numpy() for name, tensor in inputs.items()})
    names = [output.name for output in session.get_outputs()]
    output = SimpleNamespace(**{name: torch.from_numpy(one) for name, one in zip(names, found, strict=True)})
    for row, one in zip(rows, read_padded(kind, output, inputs).numpy(), strict=True):
        yield one if one.ndim == 1 else one[: len(lines.input_ids[row])]


@contextmanager
def _in_silence() -> Iterator[None]:
    """The exporter prints its steps and warns of packages that no encoder needs."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
