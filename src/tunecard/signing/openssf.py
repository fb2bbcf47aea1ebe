"""OpenSSF's signature over the folder, for those whose tools check that one: `model.sig`, by the library model-signing.

An extra: `pip install 'tunecard[signing]'`. The library hashes every file but those that the manifest leaves out.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from tunecard.errors import MachineError, SigningError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_text
from tunecard.evidence.ledger import MANIFEST, UNLISTED_FILES, UNLISTED_FOLDERS
from tunecard.signing.folder import Verdict
from tunecard.signing.keys import PASSWORD, read_private_key, read_public_key

INSTALL = "model-signing is not installed: pip install 'tunecard[signing]'"
IGNORED = sorted((UNLISTED_FILES - {MANIFEST}) | UNLISTED_FOLDERS)


def sign_model(path: Path | str, key_file: Path | str) -> None:
    """Writes `model.sig` over the folder.

    Raises: MachineError: the extra is not installed. SigningError: the key is no ECDSA key on P-256, or cannot be read.
    """
    signing, hashing = _library("signing"), _library("hashing")
    folder, key_file = RunFolder(Path(path)), Path(key_file)
    if not isinstance(read_private_key(key_file), ec.EllipticCurvePrivateKey):
        raise SigningError(
            "model-signing takes ECDSA keys only. Make one: "
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
            place=str(key_file),
        )
    ignored = hashing.Config().set_ignored_paths(paths=_ignored(folder), ignore_git_paths=True)
    # The library takes the password as it takes the key's file: encoded.
    password = os.environ.get(PASSWORD)
    signer = signing.Config().use_elliptic_key_signer(
        private_key=key_file, password=password.encode() if password else None
    )
    signer = signer.set_hashing_config(ignored)
    with tempfile.TemporaryDirectory(prefix="tunecard-signature-") as elsewhere:  # in the folder it would sign itself
        made = Path(elsewhere) / folder.model_signature.name
        signer.sign(folder.path, made)
        write_text(folder.model_signature, made.read_text(encoding="utf-8"))


def check_model_signature(folder: RunFolder, key_file: Path | None = None) -> Verdict | None:
    """What `model.sig` shows; None where there is none.

    Raises: SigningError: the key cannot be read.
    """
    if not folder.model_signature.is_file() or folder.model_signature.is_symlink():
        return None
    if key_file is None:
        return Verdict(None, f"{folder.model_signature.name} is there; give the signer's public key with --key")
    if not isinstance(read_public_key(Path(key_file)), ec.EllipticCurvePublicKey):
        return Verdict(None, f"{folder.model_signature.name} is there; model-signing checks ECDSA keys only")
    try:
        verifying = _library("verifying")
    except MachineError as error:
        return Verdict(None, f"{folder.model_signature.name} is there; {error}")
    verifier = verifying.Config().use_elliptic_key_verifier(public_key=Path(key_file))
    try:
        verifier.verify(folder.path, folder.model_signature)
    except Exception as error:  # noqa: BLE001 the file is foreign input, and the library raises whatever it trips over
        return Verdict(False, f"{folder.model_signature.name} does not fit: {error}")
    return Verdict(True, f"{folder.model_signature.name} is OpenSSF's signature of these files by the key given")


def _ignored(folder: RunFolder) -> list[Path]:
    return [folder.path / name for name in IGNORED]


def _library(part: str) -> Any:
    try:
        from importlib import import_module

        return import_module(f"model_signing.{part}")
    except ImportError as error:
        raise MachineError(INSTALL + ".") from error
