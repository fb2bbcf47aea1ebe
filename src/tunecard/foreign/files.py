"""From the adapter's folder into the run folder: its files as they are, and what stock code needs besides."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from tunecard.adapters.saving import save_model_config, save_tokenizer
from tunecard.encoders import BaseFiles, Encoder
from tunecard.evidence import Finding, RunFolder, measured
from tunecard.evidence.files import write_json
from tunecard.evidence.ledger import MODEL_CONFIG, TOKENIZER, is_tokenizer_file
from tunecard.foreign.adapter import ForeignAdapter
from tunecard.foreign.old_card import card_file
from tunecard.inference.loading import choose_tokenizer
from tunecard.tasks.deciding import settings_of


def copy_files(adapter: ForeignAdapter, base_id: str, encoder: Encoder, folder: RunFolder) -> list[Finding]:
    """Writes the adapter byte for byte, config.json with the labels, and the tokenizer.

    adapter_config.json changes in one case: where it names the base by a path of another machine, not at all, or
    otherwise than `--base` says.

    Returns: `adapter.files` and `adapter.tokenizer`, which say what is as it was and what is not.
    """
    shutil.copyfile(adapter.folder.adapter_weights, folder.adapter_weights)
    is_mended = adapter.base_id != base_id
    if is_mended:
        config = adapter.folder.read_json(adapter.folder.adapter_config)
        write_json(folder.adapter_config, {**config, "base_model_name_or_path": base_id})
    else:
        shutil.copyfile(adapter.folder.adapter_config, folder.adapter_config)
    card = card_file(adapter.folder)
    if card is not None:
        shutil.copyfile(card, folder.original_card)
    encoder.model.config.update(settings_of(adapter.task))
    save_model_config(encoder.model, folder)
    own = _tokenizer_files(adapter.folder.path)
    if own:
        for path in own:
            shutil.copyfile(path, folder.path / path.name)
    else:
        save_tokenizer(encoder.tokenizer, folder)
    mended = f"; in adapter_config.json the base is named {base_id}" if is_mended else ""
    whose = "the adapter folder's own" if own else "the base's: the adapter folder has none"
    return [
        measured("adapter.files", f"byte for byte as they came{mended}",
                 method="copied; config.json is the base's, with the label names"),
        measured("adapter.tokenizer", whose, method="files of the folders"),
    ]  # fmt: skip


def own_tokenizer(adapter: ForeignAdapter, base: BaseFiles, encoder: Encoder) -> PreTrainedTokenizerBase:
    """The tokenizer that came with the adapter, else the base's.

    Raises: AdapterError: it gives the base's tokens other ids. BaseModelError: it cannot be loaded.
    """
    own = _tokenizer_files(adapter.folder.path)
    if not own:
        return encoder.tokenizer
    with tempfile.TemporaryDirectory(prefix="tunecard-tokenizer-") as name:
        for path in own:
            shutil.copyfile(path, Path(name) / path.name)
        shutil.copyfile(base.folder / MODEL_CONFIG, Path(name) / MODEL_CONFIG)  # says how words are split
        tokenizer, _ = choose_tokenizer(Path(name), encoder)
    return tokenizer


def _tokenizer_files(folder: Path) -> list[Path]:
    """The tokenizer's files in a folder, if it has any that can be loaded."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and is_tokenizer_file(path))
    return files if any(path.name in {TOKENIZER, "vocab.txt", "vocab.json"} for path in files) else []
