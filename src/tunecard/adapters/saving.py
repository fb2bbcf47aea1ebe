"""Saving what stock PEFT loads: sorted lists, the base by its Hub id and commit, nothing of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from peft import PeftModel
from peft.utils import ModulesToSaveWrapper
from torch import nn
from transformers import PreTrainedTokenizerBase

from tunecard.encoders import outputs_of
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import half_folder, write_json, write_whole
from tunecard.evidence.ledger import TOKENIZER, TOKENIZER_CONFIG, RunFolder, is_tokenizer_file

ORIGIN = ("name_or_path", "special_tokens_map_file", "is_local", "local_files_only")


def save_adapter(
    model: PeftModel, tokenizer: PreTrainedTokenizerBase, folder: RunFolder, *, base_id: str, revision: str | None
) -> None:
    """Writes adapter_model.safetensors, adapter_config.json, config.json and the tokenizer, each whole.

    Args:
        base_id: the Hub id (or the name of the local folder) that the config shall name.
        revision: the base's commit; None when not known.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    with disk_faults(folder.adapter_weights), half_folder(folder.path) as beside:
        # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
        model.save_pretrained(str(beside), safe_serialization=True, save_embedding_layers=False)
        made = RunFolder(beside)
        config = json.loads(made.adapter_config.read_text())
        config["modules_to_save"] = _saved_modules(model)
        _rename_whole(made.adapter_weights, folder.adapter_weights)
        write_json(folder.adapter_config, _tidy(config, base_id, revision))
    save_model_config(model.get_base_model(), folder)
    save_tokenizer(tokenizer, folder)


def save_model_config(model: nn.Module, folder: RunFolder) -> None:
    """Writes config.json: the base's config with the labels of its head, without the place it was read from."""
    loaded: Any = model
    model_config = loaded.config.to_dict()
    model_config.pop("_name_or_path", None)
    model_config["architectures"] = [type(model).__name__]
    place = folder.headless_config if outputs_of(model).is_pooled else folder.model_config
    place.parent.mkdir(exist_ok=True)
    write_json(place, _json_keys(model_config))


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: RunFolder) -> None:
    """Writes the tokenizer's files, each whole, without the place it was read from."""
    with disk_faults(folder.path / TOKENIZER), half_folder(folder.path) as beside:
        # The last call's cut and padding would be written too: the same adapter must give the same bytes.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.save_pretrained(beside)
        for path in sorted(beside.iterdir()):
            if is_tokenizer_file(path):
                _rename_whole(path, folder.path / path.name)
    _forget_origin(folder.path / TOKENIZER_CONFIG)


def _rename_whole(source: Path, target: Path) -> None:
    with source.open("rb") as content:
        write_whole(target, lambda stream: shutil.copyfileobj(content, stream))


def _saved_modules(model: PeftModel) -> list[str] | None:
    """Names of the modules that are saved whole; PEFT's list repeats some and names others that are not there."""
    paths = [name for name, module in model.named_modules() if isinstance(module, ModulesToSaveWrapper)]
    return sorted({path.rpartition(".")[2] for path in paths}) or None


def _tidy(config: dict[str, Any], base_id: str, revision: str | None) -> dict[str, Any]:
    """PEFT writes sets as lists in hash order, and the path the base was read from."""
    tidy = {key: sorted(value) if isinstance(value, list) else value for key, value in sorted(config.items())}
    return {**tidy, "base_model_name_or_path": base_id, "revision": revision}


def _json_keys(config: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {str(k): v for k, v in value.items()} if isinstance(value, dict) else value
        for key, value in sorted(config.items())
    }


def _forget_origin(path: Path) -> None:
    """A tokenizer remembers the folder it was read from and how; a run folder must not."""
    if path.is_file():
        content = json.loads(path.read_text(encoding="utf-8"))
        write_json(path, {key: value for key, value in content.items() if key not in ORIGIN})
