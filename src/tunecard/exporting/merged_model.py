"""The adapter merged into its base in fp32: a plain model of transformers that needs no PEFT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import transformers
from torch import nn

from tunecard.adapters.loading import read_adapter_config
from tunecard.adapters.merging import merge_adapter, why_method_does_not_merge
from tunecard.adapters.saving import save_tokenizer
from tunecard.encoders.loading import quiet_transformers
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_text
from tunecard.inference import predict_logits
from tunecard.reproduction.opened import Opened
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.other_libraries import files_for_others

READABLE = 0o644  # safetensors writes files that their owner alone may read


class MergedModel:
    """safetensors with config.json and tokenizer, as `from_pretrained` and `pipeline` read them."""

    name = "safetensors"
    is_exact = True
    made_of = "The adapter merged into its base in fp32: a plain model of transformers that needs no PEFT."
    library, relation = "transformers", "finetune"

    def check(self, opened: Opened) -> None:
        """Raises: AdapterError: a method whose update is in no weight."""
        check_merges(opened)

    def write(self, model: nn.Module, opened: Opened, target: Path) -> None:
        """The merged model; beside an encoder without a head what sentence-transformers reads."""
        plain = merged(model, opened)
        with quiet_transformers():
            plain.save_pretrained(target)
        for path in target.glob("*.safetensors"):
            path.chmod(READABLE)
        write_readers(opened, target)

    def logits(self, target: Path, opened: Opened, encoded: EncodedSplit) -> Sequence[np.ndarray]:
        """By the class of transformers that `pipeline` would take."""
        with quiet_transformers():
            stock = getattr(transformers, opened.task.auto_class).from_pretrained(target).eval()
        return predict_logits(stock, encoded, opened.pad_token_id, title="Predicting with the export")

    def lines(self, opened: Opened) -> str:
        """Loads it by the task's class."""
        return (
            f"from transformers import AutoTokenizer, {opened.task.auto_class}\n\n"
            f'model = {opened.task.auto_class}.from_pretrained(".").eval()  # this folder\n'
            'tokenizer = AutoTokenizer.from_pretrained(".")'
        )


def check_merges(opened: Opened) -> None:
    """Raises: AdapterError: why the update cannot be added to weights."""
    reason = why_method_does_not_merge([read_adapter_config(opened.folder)])
    if reason:
        raise AdapterError(f"cannot be merged into a plain model: {reason}.", place=str(opened.folder.path))


def merged(model: nn.Module, opened: Opened) -> transformers.PreTrainedModel:
    """The plain model. Raises: AdapterError: it is of a kind that does not merge."""
    report = merge_adapter(model)
    if report.reason is not None:
        raise AdapterError(f"cannot be merged into a plain model: {report.reason}.", place=str(opened.folder.path))
    plain: transformers.PreTrainedModel = report.model  # type: ignore[assignment]
    return plain


def write_readers(opened: Opened, target: Path) -> None:
    """The tokenizer, and what other libraries read beside a model of this task."""
    save_tokenizer(opened.reader.tokenizer, RunFolder(target))
    for name, text in files_for_others(opened.findings).items():
        (target / name).parent.mkdir(exist_ok=True)
        write_text(target / name, text)
