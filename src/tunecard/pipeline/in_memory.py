"""What Python has in memory, in the forms that the path reads: a model as its folder, data as splits by name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunecard.adapters.saving import save_model_config
from tunecard.errors import AdapterError, DataError
from tunecard.evidence import RunFolder


@contextmanager
def adapter_folder(model: Any) -> Iterator[Path]:
    """The folder of an adapter; a PeftModel is saved by PEFT into one that is gone after the block.

    Raises: AdapterError: neither a path nor a PeftModel.
    """
    if isinstance(model, str | os.PathLike):
        yield Path(model)
        return
    if not hasattr(model, "peft_config") or not hasattr(model, "save_pretrained"):
        raise AdapterError(f"model must be an adapter's folder or a PeftModel. Got {type(model).__name__}.")
    with tempfile.TemporaryDirectory(prefix="tunecard-adapter-") as name:
        save_in_memory(model, Path(name))
        yield Path(name)


def save_in_memory(model: Any, folder: Path) -> None:
    """A PeftModel as PEFT saves it, with the label names of its config."""
    # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
    model.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    RunFolder(folder).card.unlink(missing_ok=True)  # PEFT's template, which nobody wrote
    save_model_config(model.get_base_model(), RunFolder(folder))


def splits_of(dataset: Any) -> Any:
    """A path or Hub id as text, or splits by name.

    Raises: DataError: neither a path nor splits of rows.
    """
    if isinstance(dataset, str | os.PathLike):
        return os.fspath(dataset)
    if isinstance(dataset, Mapping) and dataset:
        return dict(dataset)
    if hasattr(dataset, "features") and hasattr(dataset, "to_dict"):
        return {"test": dataset}
    raise DataError(
        f"dataset must be a path, a Hub id, a datasets.DatasetDict, or splits by name. Got {type(dataset).__name__}."
    )
