"""From the name in a recipe to a folder of files: embedded, a local folder, or a snapshot of the Hub.

Only JSON, text and safetensors are ever fetched or read: weights in pickles are refused, not converted.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tunecard.data.reachability import offline_if_unreachable
from tunecard.encoders.embedded import EMBEDDED, EMBEDDED_ID, locate_embedded_base
from tunecard.encoders.weight_files import weight_files
from tunecard.errors import BaseModelError, MachineError
from tunecard.evidence.ledger import ADAPTER_CONFIG, CARD, MODEL_CONFIG

HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", CARD]
HUB_IGNORED = ["onnx/*", "openvino/*", "flax*", "tf*", "rust*"]


@dataclass(frozen=True)
class BaseFiles:
    """Where a base lies.

    Attributes:
        id: its Hub id, or the name of the local folder.
        folder: the files.
        revision: the commit on the Hub; None when it is not known.
        is_local: no Hub id is known.
        new_tokens: that an adapter adds to its tokenizer, in the order of their ids.
    """

    id: str
    folder: Path
    revision: str | None
    is_local: bool
    new_tokens: tuple[str, ...] = ()


def locate_base(name: str, revision: str | None = None) -> BaseFiles:
    """Finds the files of a base model, downloading them when `name` is a Hub id that is not cached.

    Raises:
        BaseModelError: unknown id, not a model folder, or no safetensors weights.
        MachineError: the Hub cannot be reached, or an extra is missing.
    """
    if name == EMBEDDED:
        return BaseFiles(EMBEDDED_ID, locate_embedded_base(), None, is_local=False)
    folder = Path(name).expanduser()
    if folder.is_dir():
        files = BaseFiles(folder.resolve().name, folder.resolve(), None, is_local=True)
    elif folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise BaseModelError(f"base_model: no folder {name}. Give a folder with config.json, a Hub id, or 'embedded'.")
    else:
        with offline_if_unreachable():
            files = _download(name, revision)
    _check_files(files)
    return files


def _download(name: str, revision: str | None) -> BaseFiles:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=HUB_FILES, ignore_patterns=HUB_IGNORED))
    except GatedRepoError as error:
        raise BaseModelError(
            f"base_model: {name} is gated. Accept its terms on the Hub, then `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        raise BaseModelError(f"base_model: {name} has no revision {revision!r}. Check it on the Hub.") from error
    except RepositoryNotFoundError as error:
        raise BaseModelError(
            f"base_model: the Hub has no model {name!r} (or it is private: `hf auth login`). Check the spelling."
        ) from error
    except HFValidationError as error:
        raise BaseModelError(f"base_model: {name!r} is neither a folder nor a valid Hub id.") from error
    except (LocalEntryNotFoundError, OSError) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise MachineError(f"base_model: no space left to download {name}. Free some or set HF_HOME.") from error
        raise MachineError(
            f"base_model: {name} is not in the local cache and the Hub cannot be reached. "
            "Connect once, give a folder, or use 'embedded'."
        ) from error
    return BaseFiles(name, folder, folder.name, is_local=False)


def _check_files(files: BaseFiles) -> None:
    if not (files.folder / MODEL_CONFIG).is_file():
        raise BaseModelError(f"base_model: {files.id} has no config.json. Give the folder of a transformers model.")
    if (files.folder / ADAPTER_CONFIG).is_file():
        # transformers would load the base behind it, and its adapter, without a word.
        raise BaseModelError(f"base_model: {files.id} is an adapter, not a base. Name the base it was trained on.")
    if not weight_files(files.folder):
        raise BaseModelError(
            f"base_model: {files.id} has no *.safetensors weights. Pickled weights are not read; convert them with "
            "save_pretrained of a current transformers."
        )


@contextmanager
def stand_in_hub(files: BaseFiles) -> Iterator[Path]:
    """A temporary Hub cache in which `files` lies under its id, for code that must run offline."""
    with tempfile.TemporaryDirectory(prefix="tunecard-hub-") as name:
        put_into_hub(files, Path(name))
        yield Path(name)


def put_into_hub(files: BaseFiles, cache: Path) -> None:
    """Lays `files` into a Hub cache under their id; what lay there under it is gone."""
    revision = files.revision or "0" * 40
    repository = cache / f"models--{files.id.replace('/', '--')}"
    shutil.rmtree(repository, ignore_errors=True)
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(revision)
    snapshot = repository / "snapshots" / revision
    snapshot.mkdir(parents=True)
    for path in files.folder.iterdir():
        if path.is_file():
            (snapshot / path.name).symlink_to(path.resolve())
