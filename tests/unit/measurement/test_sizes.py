"""Bytes and hashes of what is on the disk."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.measurement import adapter_findings, folder_bytes, free_disk_bytes


def test_bytes_and_hash_of_the_adapter(tmp_path: Path) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(b"12345")
    (tmp_path / "tokenizer.json").write_bytes(b"{}")
    size, digest, tokenizer = adapter_findings(RunFolder(tmp_path))
    assert tokenizer.value == {"tokenizer.json": hashlib.sha256(b"{}").hexdigest()}
    assert (size.id, size.value, size.unit) == ("adapter.bytes", 5, "bytes")
    assert (digest.id, digest.value) == ("adapter.sha256", hashlib.sha256(b"12345").hexdigest())
    assert digest.source and digest.source.file == "adapter_model.safetensors"
    assert digest.source.sha256 == digest.value


def test_a_folder_without_an_adapter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"adapter_model\.safetensors must be there"):
        adapter_findings(RunFolder(tmp_path))


def test_folder_bytes_counts_files_once(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"12")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert folder_bytes(tmp_path) == 5


def test_free_disk_of_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    assert free_disk_bytes(tmp_path / "not" / "yet") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
