"""Signing a run folder and checking its signature: `manifest.json.sig`, beside the manifest and outside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.errors import RunFolderError, SigningError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_json
from tunecard.signing.envelope import LARGEST, Envelope, read_envelope, seal
from tunecard.signing.keys import PublicKey, fingerprint, read_private_key, read_public_key
from tunecard.signing.statement import statement_of, subjects_of
from tunecard.untrusted.plain_files import read_plain


@dataclass(frozen=True)
class Verdict:
    """What a signature shows: True, False, or None where it cannot be said; and why."""

    ok: bool | None
    detail: str


def sign_folder(path: Path | str, key_file: Path | str) -> str:
    """Signs the manifest's files with a private key and writes `manifest.json.sig`.

    Whether the files are those of the manifest is asked by `verify`, before.

    Returns: the fingerprint of the key.
    Raises: SigningError: the key cannot be read or cannot sign. RunFolderError: there is no evidence or manifest.
    """
    folder, key = RunFolder(Path(path)), read_private_key(Path(key_file))
    statement = statement_of(_files(folder), folder.read_findings())
    write_json(folder.signature, seal(statement, key))
    return fingerprint(key.public_key())


def check_signature(folder: RunFolder, key_file: Path | None = None) -> Verdict:
    """Whether `manifest.json.sig` is a signature by this key over these files.

    Args:
        key_file: the public key of whom the reader trusts; without one a signature is only looked at.
    Raises: SigningError: the key cannot be read.
    """
    key = None if key_file is None else read_public_key(Path(key_file))
    if folder.signature.is_symlink():
        return Verdict(False, f"{folder.signature.name} is a link")
    if not folder.signature.is_file():
        unsigned = "not signed: who made the folder is not known from the folder"
        return Verdict(None, unsigned) if key is None else Verdict(False, f"{unsigned}, and a key was given")
    try:
        envelope = read_envelope(read_plain(folder.signature, LARGEST))
        signed = subjects_of(envelope.payload)
        differences = _differences(signed, _files(folder))
    except (ValueError, OSError, SigningError) as error:
        return Verdict(False, f"{folder.signature.name} cannot be read or compared: {error}")
    return _judged(envelope, signed, differences, key)


def _judged(envelope: Envelope, signed: dict[str, str], differences: list[str], key: PublicKey | None) -> Verdict:
    if differences:
        return Verdict(False, f"signed for other files: {'; '.join(differences)}. It has to be signed again.")
    if key is None:
        who = ", ".join(keyid[:16] or "without a name" for keyid, _ in envelope.signatures)
        return Verdict(None, f"signed, as it says by key {who}...; give that key with --key to check it")
    if not envelope.is_signed_by(key):
        return Verdict(False, f"not signed by the key given ({fingerprint(key)[:16]}...)")
    return Verdict(True, f"{len(signed)} files signed by key {fingerprint(key)[:16]}...")


def _files(folder: RunFolder) -> list[dict[str, Any]]:
    try:
        return folder.read_manifest()
    except (OSError, RunFolderError) as error:
        raise SigningError(f"manifest.json cannot be read: {type(error).__name__}", place=str(folder.path)) from error


def _differences(signed: dict[str, str], files: list[dict[str, Any]]) -> list[str]:
    listed = {record["path"]: record["sha256"] for record in files}
    found = [f"{name} is another one" for name in signed if listed.get(name, signed[name]) != signed[name]]
    found += [f"{name} is signed and not in the manifest" for name in signed if name not in listed]
    found += [f"{name} is in the manifest and not signed" for name in listed if name not in signed]
    return found[:5] + ([f"and {len(found) - 5} more"] if len(found) > 5 else [])
