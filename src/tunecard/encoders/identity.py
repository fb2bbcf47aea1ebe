"""Which base it is: hashes of its config and weights, its shape, and what its own card declares."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tunecard.counted import each
from tunecard.encoders.locating import BaseFiles
from tunecard.encoders.weight_files import weight_files
from tunecard.errors import BaseModelError
from tunecard.evidence.files import sha256_of
from tunecard.evidence.ledger import CARD, MODEL_CONFIG, MOST_BYTES
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.untrusted.plain_files import read_plain, read_plain_text


@dataclass(frozen=True)
class BaseIdentity:
    """What makes a base this base.

    Attributes:
        id, revision, is_local: as located.
        config_sha256: of config.json.
        weights_sha256: of model.safetensors, or of the sorted "name sha256" lines of its shards.
        license, languages: as the base's own card declares them, else None.
    """

    id: str
    revision: str | None
    is_local: bool
    config_sha256: str
    weights_sha256: str
    license: str | None
    languages: list[str] | None


def identify_base(files: BaseFiles) -> BaseIdentity:
    """Hashes the files of a base and reads what its card declares."""
    declared = read_front_matter(files.folder / CARD)
    license_id = declared.get("license")
    return BaseIdentity(
        id=files.id,
        revision=files.revision,
        is_local=files.is_local,
        config_sha256=hash_config(files.folder),
        weights_sha256=hash_weights(files.folder),
        license=license_id if isinstance(license_id, str) else None,
        languages=languages_of(declared.get("language")),
    )


def languages_of(declared: Any) -> list[str] | None:
    """The languages that a card declares, as texts; what is none, such as a number or a mapping, is left out.

    >>> languages_of(["en", False, 7])  # YAML takes the code of Norwegian, no, for false
    ['en', 'no']
    """
    several = declared if isinstance(declared, list) else [declared]
    texts = ["no" if one is False else one for one in several]
    found = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return found or None


def hash_config(folder: Path) -> str:
    """The sha256 of a base's config.json. Raises: BaseModelError: it is no plain file, or larger than any is."""
    try:
        return hashlib.sha256(read_plain(folder / MODEL_CONFIG, MOST_BYTES[MODEL_CONFIG])).hexdigest()
    except OSError as error:
        raise BaseModelError(f"base_model: config.json of {folder.name} cannot be read: {error}") from error


def hash_weights(folder: Path) -> str:
    """The sha256 of the only weight file that is loaded, or of the list of the shards' hashes."""
    files = each(weight_files(folder), "Hashing the base", "files")
    hashes = {path.name: sha256_of(path) for path in files}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in hashes.items()).encode()).hexdigest()


def read_front_matter(card: Path) -> dict[str, Any]:
    """The YAML metadata of a card; empty when there is none that parses."""
    try:
        head, _, rest = read_plain_text(card, MOST_BYTES[CARD], errors="replace").partition("---\n")
        content = {} if head.strip() else load_yaml(rest.partition("\n---")[0])
    except (OSError, yaml.YAMLError):
        return {}  # somebody else's card may be missing or broken; then it declares nothing
    return content if isinstance(content, dict) else {}
