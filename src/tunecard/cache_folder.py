"""Where tunecard keeps what it could make again: encoded rows, compiled kernels. Nothing there is ever needed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def cache_folder(kind: str) -> Path | None:
    """`TUNECARD_CACHE`, else `XDG_CACHE_HOME/tunecard`, else `~/.cache/tunecard`, and there `kind`; None: no home."""
    own, shared = os.environ.get("TUNECARD_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own) / kind
    if shared:
        return Path(shared) / "tunecard" / kind
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "tunecard" / kind
    return None
