"""Files of tensors, written by us, are those that the library writes and reads."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from full_disk import small_files
from tunecard.training.tensor_file import TYPE_NAMES, write_tensors


def written(tensors: dict[str, torch.Tensor]) -> bytes:
    stream = io.BytesIO()
    write_tensors(stream, tensors)
    return stream.getvalue()


def test_every_type_and_shape_gives_the_librarys_bytes() -> None:
    draw = torch.Generator().manual_seed(0)
    tensors = {
        f"of {number}": (100 * torch.randn(3, 5, generator=draw)).to(kind) for number, kind in enumerate(TYPE_NAMES)
    }
    tensors |= {"a number": torch.tensor(2.5), "empty": torch.zeros(0, 4), "süß|b": torch.ones(7, dtype=torch.uint8)}
    assert written(tensors) == save(tensors)
    assert all(torch.equal(value, tensors[name]) for name, value in load(written(tensors)).items())


def test_what_lies_otherwise_in_memory_is_written_as_it_reads() -> None:
    tensor = torch.arange(12.0).reshape(3, 4)
    views = {"turned": tensor.t(), "part": tensor[:, 1:3], "learned": torch.nn.Parameter(tensor)}
    read = load(written(views))
    assert all(torch.equal(read[name], value) for name, value in views.items())


def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    with small_files(500), pytest.raises(OSError, match="File too large"), (tmp_path / "a").open("wb") as stream:
        write_tensors(stream, {"a": torch.zeros(1000)})
