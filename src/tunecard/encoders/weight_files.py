"""Which files hold a base's weights: exactly those that loading reads, no more and none from elsewhere.

transformers reads model.safetensors or, where that is missing, the files that an index names. An index that somebody
else wrote may name anything; whatever is hashed must be what is loaded.
"""

from __future__ import annotations

from pathlib import Path

from tunecard.errors import BaseModelError
from tunecard.evidence.adapter_file import SavedTensor, read_header
from tunecard.untrusted.bounded_json import read_json

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SUFFIX = ".safetensors"
MOST_INDEX_BYTES = 10_000_000


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that loading a model folder reads, sorted; none where it holds none.

    Raises: BaseModelError: an index that cannot be read, or that names something else than files beside it.
    """
    return [folder / name for name in keys_by_file(folder)]


def keys_by_file(folder: Path) -> dict[str, list[str]]:
    """File to the tensors that an index says it holds, by name; an empty list means all of the file.

    Raises: BaseModelError: as `weight_files`.
    """
    if (folder / WEIGHTS).exists():
        _check_file(folder, WEIGHTS)
        return {WEIGHTS: []}
    if not (folder / INDEX).exists():
        return {}
    keys: dict[str, list[str]] = {}
    for key, file in _weight_map(folder).items():
        keys.setdefault(file, []).append(key)
    for file in keys:
        _check_file(folder, file)
    return dict(sorted(keys.items()))


def tensors_in(path: Path) -> dict[str, SavedTensor]:
    """What a file of weights says that it holds. Raises: BaseModelError: it is cut, is none, or says too much."""
    try:
        return read_header(path)
    except (ValueError, OSError) as error:
        raise BaseModelError(f"cannot be read as weights: {error}. Fetch it again.", place=_place(path)) from error


def _weight_map(folder: Path) -> dict[str, str]:
    try:
        content = read_json(folder / INDEX, MOST_INDEX_BYTES)
    except (OSError, ValueError) as error:
        raise BaseModelError(f"cannot be read: {error}", place=_place(folder / INDEX)) from error
    places = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        raise BaseModelError(
            "must have a weight_map, from tensors to files. Fetch it again.", place=_place(folder / INDEX)
        )
    return places


def _check_file(folder: Path, name: str) -> None:
    """A link is followed, as the Hub's cache consists of them; what it leads to must be a file."""
    is_beside = name == Path(name).name and "\\" not in name and not name.startswith(".")
    if not is_beside or not name.endswith(SUFFIX):
        raise BaseModelError(
            f"names {name[:200]!r} as a file of weights. Only *{SUFFIX} files in its own folder are read.",
            place=_place(folder / INDEX),
        )
    if not (folder / name).is_file():
        raise BaseModelError(
            "must be a file of weights, and is missing or something else.", place=_place(folder / name)
        )


def _place(path: Path) -> str:
    return f"base_model: {path.parent.name}/{path.name}"
