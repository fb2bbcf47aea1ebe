"""What predictions are of: model, input and options; a rerun goes on only where all of them are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tunecard.bulk.survey import Survey
from tunecard.encoders import BaseFiles
from tunecard.encoders.identity import hash_config, hash_weights
from tunecard.evidence.files import sha256_of
from tunecard.inference.adapter_folder import AdapterFolder
from tunecard.version import __version__

Identity: TypeAlias = dict[str, Any]
WORDS = {
    "adapter": "another adapter",
    "base": "another base",
    "input": "other rows",
    "options": "other options",
    "tunecard": "another version of tunecard",
}


def identity_of(adapter: AdapterFolder, base: BaseFiles, found: Survey, options: Mapping[str, Any]) -> Identity:
    """Everything that answers hang on, as JSON holds it.

    Args:
        options: what was asked for beside, such as the output's ending.
    """
    folder = adapter.folder
    files = [folder.adapter_config, folder.adapter_weights, folder.model_config, *folder.tokenizer_files()]
    return {
        "adapter": {path.name: sha256_of(path) for path in files} | {"max_length": adapter.max_length},
        "base": {"id": base.id, "weights": hash_weights(base.folder), "config": hash_config(base.folder)},
        "input": [{"file": part.path.name, "rows": part.rows, "sha256": part.sha256} for part in found.parts],
        "options": {**options, "columns": dict(found.layout.columns), "shards": [list(p.sizes) for p in found.parts]},
        "tunecard": __version__,
    }


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is another now, in words; empty where nothing is."""
    return [words for key, words in WORDS.items() if before.get(key) != now.get(key)]
