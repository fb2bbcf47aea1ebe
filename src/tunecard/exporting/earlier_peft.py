"""The adapter beside a config that PEFT 0.7.1 reads, whose users cannot move on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from tunecard.adapters import load_adapter
from tunecard.adapters.for_peft_0_7_1 import config_for_0_7_1
from tunecard.adapters.loading import read_adapter_config
from tunecard.encoders import load_encoder
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_json
from tunecard.exporting.merged_model import write_readers
from tunecard.inference import predict_logits
from tunecard.reproduction.opened import Opened
from tunecard.rows.encoded import EncodedSplit


class EarlierPeft:
    """adapter_config.json without what came after 0.7.1; the weights are the same bytes."""

    name = "peft-0.7.1"
    is_exact = True
    made_of = "The adapter with a config that PEFT 0.7.1 and later read; its weights are the same bytes."
    library, relation = "peft", "adapter"

    def check(self, opened: Opened) -> None:
        """Raises: AdapterError: what that version could not do."""
        self._config(opened)

    def write(self, model: nn.Module, opened: Opened, target: Path) -> None:
        """The weights as they are, the config, and the files beside them."""
        made = RunFolder(target)
        write_json(made.adapter_config, self._config(opened))
        shutil.copyfile(opened.folder.adapter_weights, made.adapter_weights)
        place = target / opened.folder.model_config.relative_to(opened.folder.path)
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(opened.folder.model_config, place)
        write_readers(opened, target)

    def logits(self, target: Path, opened: Opened, encoded: EncodedSplit) -> Sequence[np.ndarray]:
        """By the PEFT that is installed: that of 0.7.1 needs an environment of its own."""
        task = opened.task
        encoder = load_encoder(opened.base, task.auto_class, task.labels, task.problem_type, seed=0)
        again = load_adapter(encoder.model, RunFolder(target))
        return predict_logits(again, encoded, opened.pad_token_id, title="Predicting with the export")

    def lines(self, opened: Opened) -> str:
        """As any version of PEFT loads it."""
        kind = opened.task.auto_class
        return (
            f"from peft import PeftModel\nfrom transformers import AutoConfig, {kind}\n\n"
            'config = AutoConfig.from_pretrained(".")  # this folder\n'
            f'model = {kind}.from_pretrained("{opened.base.id}", config=config)\n'
            'model = PeftModel.from_pretrained(model, ".").eval()'
        )

    @staticmethod
    def _config(opened: Opened) -> dict[str, object]:
        try:
            return config_for_0_7_1(read_adapter_config(opened.folder))
        except AdapterError as error:
            raise AdapterError(error.problems, place=str(opened.folder.adapter_config)) from error
