"""Who signed? Asked of the reader's own key; what a folder says of itself is only told."""

from __future__ import annotations

from pathlib import Path

from tunecard.evidence import RunFolder
from tunecard.signing import check_model_signature, check_signature
from tunecard.verification.report import Check


def check_signatures(folder: RunFolder, key: Path | None) -> list[Check]:
    """The check "signature", and "OpenSSF signature" where there is one.

    Args:
        key: file of the public key that the reader trusts, or None.
    Raises: SigningError: the key cannot be read.
    """
    verdicts = {"signature": check_signature(folder, key), "OpenSSF signature": check_model_signature(folder, key)}
    return [Check(name, verdict.ok, verdict.detail) for name, verdict in verdicts.items() if verdict is not None]
