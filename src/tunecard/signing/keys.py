"""Local keys in PEM: Ed25519 or ECDSA on P-256, private to sign, public to check."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tunecard.errors import SigningError
from tunecard.untrusted.plain_files import read_plain

LARGEST = 1_000_000
PASSWORD = "TUNECARD_KEY_PASSWORD"
MAKE_ONE = "openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub"
PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


def read_private_key(path: Path) -> PrivateKey:
    """The key in a PEM file; the password of an encrypted one is taken from TUNECARD_KEY_PASSWORD.

    Raises: SigningError: no such file, no PEM, a public key, another kind of key, or a password that does not fit.
    """
    content = _read(path)
    if b"PUBLIC KEY-----" in content:
        raise SigningError("is a public key; signing needs the private one.", place=str(path))
    password = os.environ.get(PASSWORD)
    try:
        key = serialization.load_pem_private_key(content, password.encode() if password else None)
    except TypeError as error:  # cryptography's word for a password that is missing, or given to a plain key
        asked = (
            f"is encrypted: set {PASSWORD} to its password." if not password else f"is not encrypted: unset {PASSWORD}."
        )
        raise SigningError(asked, place=str(path)) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = f"or {PASSWORD} is not its password. " if password else ""
        raise SigningError(f"holds no private key in PEM, {wrong}Make one: {MAKE_ONE}", place=str(path)) from error
    if not _is_supported(key.public_key()):
        raise SigningError(_other_kind(key), place=str(path))
    assert isinstance(key, PrivateKey)
    return key


def read_public_key(path: Path) -> PublicKey:
    """The key in a PEM file. Raises: SigningError: no such file, no PEM, a private key, or another kind of key."""
    content = _read(path)
    if b"PRIVATE KEY-----" in content:
        raise SigningError(
            "is a private key; a signature is checked with the public one. "
            f"Write it: openssl pkey -in {path.name} -pubout -out key.pub",
            place=str(path),
        )
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError("holds no public key in PEM (`-----BEGIN PUBLIC KEY-----`).", place=str(path)) from error
    if not _is_supported(key):
        raise SigningError(_other_kind(key), place=str(path))
    assert isinstance(key, PublicKey)
    return key


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of the key's DER form, in hex: the name of the key in an envelope."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def sign(key: PrivateKey, message: bytes) -> bytes:
    """The signature over `message`: Ed25519, or ECDSA with SHA-256."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def is_signed_by(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `key` signed `message`. The key decides the algorithm, never the envelope."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return read_plain(path, LARGEST)
    except OSError as error:
        raise SigningError(f"cannot be read as a key ({error.strerror or error}).", place=str(path)) from error


def _is_supported(key: object) -> bool:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return True
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _other_kind(key: object) -> str:
    kind = type(key).__name__.lstrip("_")
    return f"must be an Ed25519 key or an ECDSA key on P-256. Got {kind}. Make one: {MAKE_ONE}"
