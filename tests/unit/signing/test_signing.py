"""Signatures: valid only for these files, by this key; and what every mistake with keys and envelopes is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tunecard.errors import SigningError
from tunecard.evidence import RunFolder, derived, measured
from tunecard.signing import check_model_signature, check_signature, sign_folder, sign_model
from tunecard.signing.envelope import encode

PEM = serialization.Encoding.PEM
KINDS = {"ed25519": ed25519.Ed25519PrivateKey.generate, "p256": lambda: ec.generate_private_key(ec.SECP256R1())}


def write_pair(folder: Path, name: str, key, password: bytes | None = None) -> tuple[Path, Path]:
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    private.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, locked))
    public.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    checks = {"made": 2, "failed": 1, "passed": 1, "by_name": {"no text cut off": True, "every class is found": False}}
    folder.write_findings(
        [
            measured("results.test.f1", 0.7, section="results", name="F1"),
            derived("card.checks", checks, section="model_summary", name="Checks", method="counted"),
        ]
    )
    folder.adapter_weights.write_bytes(b"weights")
    folder.recipe.write_text("base_model: tiny\n")
    folder.write_manifest()
    return folder


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    return write_pair(tmp_path, "key", request.param())


def test_a_signature_holds_for_its_files_and_its_key(folder: RunFolder, keys: tuple[Path, Path]) -> None:
    private, public = keys
    name = sign_folder(folder.path, private)
    assert check_signature(folder, public).ok is True
    unasked = check_signature(folder)
    assert unasked.ok is None and name[:16] in unasked.detail
    before = folder.manifest.read_bytes()
    folder.write_manifest()
    assert folder.manifest.read_bytes() == before  # the signature is outside the manifest


def test_it_is_dsse_over_an_in_toto_statement_that_cryptography_alone_can_check(
    folder: RunFolder, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private, _ = write_pair(tmp_path, "p", key)
    sign_folder(folder.path, private)
    envelope = json.loads(folder.signature.read_text())
    payload = base64.b64decode(envelope["payload"])
    signed = f"DSSEv1 28 application/vnd.in-toto+json {len(payload)} ".encode() + payload
    key.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed, ec.ECDSA(hashes.SHA256()))
    statement = json.loads(payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    files = {record["path"]: record["sha256"] for record in json.loads(folder.manifest.read_text())["files"]}
    assert {one["name"]: one["digest"]["sha256"] for one in statement["subject"]} == files
    predicate = statement["predicate"]
    assert predicate["result"] == "FAILED" and predicate["failedTests"] == ["every class is found"]
    assert predicate["passedTests"] == ["no text cut off"]
    assert [one["name"] for one in predicate["configuration"]] == ["evidence.json", "recipe.yaml"]


def test_the_encoding_is_the_protocols() -> None:
    assert (
        encode("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: folder.adapter_weights.write_bytes(b"other"), "adapter_model.safetensors is another one"),
        (lambda folder: (folder.path / "new.txt").write_text("x"), "new.txt is in the manifest and not signed"),
        (lambda folder: folder.recipe.unlink(), "recipe.yaml is signed and not in the manifest"),
    ],
)
def test_other_files_are_named(
    folder: RunFolder, keys: tuple[Path, Path], change: Callable[[RunFolder], object], told: str
) -> None:
    sign_folder(folder.path, keys[0])
    change(folder)
    folder.write_manifest()
    for key in (keys[1], None):
        verdict = check_signature(folder, key)
        assert verdict.ok is False and told in verdict.detail and "signed again" in verdict.detail


def test_another_key_and_a_missing_signature_fail(folder: RunFolder, keys: tuple[Path, Path], tmp_path: Path) -> None:
    assert check_signature(folder).ok is None
    assert check_signature(folder, keys[1]).ok is False
    sign_folder(folder.path, keys[0])
    for kind, make in KINDS.items():  # another kind of key is no way round the check
        verdict = check_signature(folder, write_pair(tmp_path, f"other-{kind}", make())[1])
        assert verdict.ok is False and "not signed by the key given" in verdict.detail


def broken(folder: RunFolder, change: Callable[[dict], object]) -> None:
    envelope = json.loads(folder.signature.read_text())
    change(envelope)
    folder.signature.write_text(json.dumps(envelope))


def forge(payload: bytes) -> str:
    statement = json.loads(payload)
    statement["predicate"]["result"] = "PASSED"
    return base64.b64encode(json.dumps(statement).encode()).decode()


BROKEN = {
    "no json": lambda folder: folder.signature.write_text("{"),
    "a list": lambda folder: folder.signature.write_text("[]"),
    "no signature": lambda folder: broken(folder, lambda e: e.update(signatures=[])),
    "another type": lambda folder: broken(folder, lambda e: e.update(payloadType="text/plain")),
    "not base64": lambda folder: broken(folder, lambda e: e.update(payload="***")),
    "no statement": lambda folder: broken(folder, lambda e: e.update(payload=base64.b64encode(b"{}").decode())),
    "a forged result": lambda folder: broken(folder, lambda e: e.update(payload=forge(base64.b64decode(e["payload"])))),
    "a cut signature": lambda folder: broken(folder, lambda e: e["signatures"][0].update(sig="AAAA")),
    "deep": lambda folder: folder.signature.write_text("[" * 100_000),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_broken_envelopes_are_false_and_never_a_crash(
    folder: RunFolder, keys: tuple[Path, Path], change: Callable[[RunFolder], object]
) -> None:
    sign_folder(folder.path, keys[0])
    change(folder)
    assert check_signature(folder, keys[1]).ok is False


def test_the_key_id_decides_nothing(folder: RunFolder, keys: tuple[Path, Path]) -> None:
    sign_folder(folder.path, keys[0])
    broken(folder, lambda envelope: envelope["signatures"][0].update(keyid="somebody else"))
    assert check_signature(folder, keys[1]).ok is True


def test_encrypted_keys_take_their_password_from_the_environment(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = write_pair(tmp_path, "locked", ed25519.Ed25519PrivateKey.generate(), password=b"secret")
    with pytest.raises(SigningError, match="is encrypted: set TUNECARD_KEY_PASSWORD"):
        sign_folder(folder.path, private)
    monkeypatch.setenv("TUNECARD_KEY_PASSWORD", "wrong")
    with pytest.raises(SigningError, match="or TUNECARD_KEY_PASSWORD is not its password"):
        sign_folder(folder.path, private)
    monkeypatch.setenv("TUNECARD_KEY_PASSWORD", "secret")
    sign_folder(folder.path, private)
    assert check_signature(folder, public).ok is True


def test_mistakes_with_keys_are_one_sentence(folder: RunFolder, keys: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = keys
    no_key, rsa_key = tmp_path / "text.pem", rsa.generate_private_key(65537, 2048)
    no_key.write_text("hello")
    rsa_private, rsa_public = write_pair(tmp_path, "rsa", rsa_key)
    with pytest.raises(SigningError, match="cannot be read as a key"):
        sign_folder(folder.path, tmp_path / "nowhere.pem")
    with pytest.raises(SigningError, match="is a public key; signing needs the private one"):
        sign_folder(folder.path, public)
    with pytest.raises(SigningError, match="holds no private key in PEM"):
        sign_folder(folder.path, no_key)
    with pytest.raises(SigningError, match="must be an Ed25519 key or an ECDSA key on P-256"):
        sign_folder(folder.path, rsa_private)
    with pytest.raises(SigningError, match="is a private key; a signature is checked with the public one"):
        check_signature(folder, private)
    with pytest.raises(SigningError, match="holds no public key"):
        check_signature(folder, no_key)
    with pytest.raises(SigningError, match="must be an Ed25519 key"):
        check_signature(folder, rsa_public)
    assert not folder.signature.exists()


def test_openssf_signatures_verify_with_the_library_itself(folder: RunFolder, tmp_path: Path) -> None:
    verifying = pytest.importorskip("model_signing.verifying")
    private, public = write_pair(tmp_path, "p", ec.generate_private_key(ec.SECP256R1()))
    sign_folder(folder.path, private)
    sign_model(folder.path, private)
    verifying.Config().use_elliptic_key_verifier(public_key=public).verify(folder.path, folder.model_signature)
    sign_folder(folder.path, private)  # signing ours again touches nothing that theirs covers
    verdict = check_model_signature(folder, public)
    assert verdict is not None and verdict.ok is True
    assert check_signature(folder, public).ok is True
    (folder.path / "added.txt").write_text("x")
    with pytest.raises(ValueError, match=r"added\.txt"):
        verifying.Config().use_elliptic_key_verifier(public_key=public).verify(folder.path, folder.model_signature)
    verdict = check_model_signature(folder, public)
    assert verdict is not None and verdict.ok is False and "added.txt" in verdict.detail


def test_openssf_takes_no_ed25519_key_and_says_so(folder: RunFolder, tmp_path: Path) -> None:
    pytest.importorskip("model_signing")
    private, public = write_pair(tmp_path, "e", ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(SigningError, match="model-signing takes ECDSA keys only"):
        sign_model(folder.path, private)
    assert check_model_signature(folder, public) is None
    folder.model_signature.write_text("{}")
    verdict = check_model_signature(folder, public)
    assert verdict is not None and verdict.ok is None


def test_nothing_is_signed_without_evidence(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    folder = RunFolder(tmp_path / "bare")
    folder.path.mkdir()
    with pytest.raises(SigningError, match=r"manifest\.json cannot be read"):
        sign_folder(folder.path, keys[0])
