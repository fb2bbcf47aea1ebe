"""DSSE: a payload and signatures over its pre-authentication encoding, as JSON.

Source: the Dead Simple Signing Envelope, protocol v1.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from tunecard.signing.keys import PrivateKey, PublicKey, fingerprint, is_signed_by, sign
from tunecard.untrusted.bounded_json import load_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"
LARGEST = 50_000_000


@dataclass(frozen=True)
class Envelope:
    """A payload with its signatures: (key id as claimed, signature)."""

    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    def is_signed_by(self, key: PublicKey) -> bool:
        """Whether one of the signatures is the key's. Key ids are hints and decide nothing."""
        message = encode(self.payload_type, self.payload)
        return any(is_signed_by(key, message, signature) for _, signature in self.signatures)


def encode(payload_type: str, payload: bytes) -> bytes:
    """PAE: what is signed.

    >>> encode("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, key: PrivateKey) -> dict[str, Any]:
    """The envelope of `payload` as JSON values, signed by `key`."""
    signature = sign(key, encode(PAYLOAD_TYPE, payload))
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": fingerprint(key.public_key()), "sig": base64.b64encode(signature).decode()}],
    }


def read_envelope(text: bytes) -> Envelope:
    """The envelope in JSON. Raises: ValueError: it is none, or of another payload type."""
    try:
        content = load_json(text)
        signatures = tuple((str(one.get("keyid", "")), _decode(one["sig"])) for one in content["signatures"])
        envelope = Envelope(content["payloadType"], _decode(content["payload"]), signatures)
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ValueError(f"no DSSE envelope: {type(error).__name__}: {error}") from error
    if envelope.payload_type != PAYLOAD_TYPE:
        raise ValueError(f"payloadType must be {PAYLOAD_TYPE}. Got {envelope.payload_type!r:.80}")
    if not signatures:
        raise ValueError("it holds no signature")
    return envelope


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
