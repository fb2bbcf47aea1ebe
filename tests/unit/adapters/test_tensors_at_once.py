"""Tensors read from a safetensors file in one go against safetensors' own reader."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tunecard.adapters.loading import read_tensors
from tunecard.adapters.tensors_at_once import DTYPES, tensors_at_once
from tunecard.errors import AdapterError
from tunecard.evidence.adapter_file import read_header


def saved(path: Path) -> Path:
    torch.manual_seed(0)
    tensors = {f"of {dtype}": torch.randint(0, 2, (3, 5)).to(dtype) for dtype in DTYPES.values()}
    save_file({**tensors, "empty": torch.zeros(0, 4), "one": torch.tensor(3.5)}, path)
    return path


def test_all_types_and_shapes_are_those_of_the_format_s_own_reader(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors")
    found, expected = read_tensors(path), load_file(path)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and found[name].shape == tensor.shape
        assert found[name].view(torch.uint8).tolist() == tensor.view(torch.uint8).tolist() if tensor.dim() else True
    assert float(found["one"]) == 3.5


def test_a_part_of_a_file_is_read_alone(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors")
    found = tensors_at_once(path, {"x": read_header(path)["of torch.int64"]})["x"]
    assert torch.equal(found, load_file(path)["of torch.int64"]) and found.untyped_storage().nbytes() == 15 * 8


def test_what_is_read_stays_when_the_file_is_cut(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors")
    found, expected = read_tensors(path)["of torch.float32"], load_file(path)["of torch.float32"].clone()
    path.write_bytes(path.read_bytes()[:64])
    assert torch.equal(found, expected)


def test_tensors_at_odd_places_are_read(tmp_path: Path) -> None:
    """The format asks for no alignment."""
    header = json.dumps({"x": {"dtype": "F32", "shape": [2], "data_offsets": [1, 9]}, "y": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}).encode()  # fmt: skip
    path = tmp_path / "odd.safetensors"
    values = torch.tensor([1.5, -2.0])
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\7" + values.numpy().tobytes())
    assert torch.equal(read_tensors(path)["x"], values)


def test_less_data_than_the_header_says_and_unknown_types_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors")
    header = read_header(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match="more data than there is"):
        tensors_at_once(path, header)
    for dtype, shape, end in (("F8_E4M3", [4, 4], 10), ("F32", [4], 10)):
        unfit = json.dumps({"x": {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}).encode()
        path.write_bytes(len(unfit).to_bytes(8, "little") + unfit + bytes(end))
        with pytest.raises(AdapterError, match="do not fit its shape"):
            read_tensors(path)
    strange = json.dumps({"x": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}).encode()
    path.write_bytes(len(strange).to_bytes(8, "little") + strange + b"\0")
    with pytest.raises(AdapterError, match=re.escape("tensors of type F4 are not read. Fetch it again.")):
        read_tensors(path)


@pytest.mark.parametrize("offsets", [((0, 4), (8, 12)), ((0, 4), (0, 4)), ((4, 8), (8, 12))])
def test_holes_and_tensors_that_share_bytes_are_refused(offsets: tuple[tuple[int, int], ...], tmp_path: Path) -> None:
    """As the format does: a file could otherwise name two small tensors and be as large as a disk between them."""
    told = {name: {"dtype": "F32", "shape": [1], "data_offsets": at} for name, at in zip("ab", offsets, strict=True)}
    header, path = json.dumps(told).encode(), tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(12))
    with pytest.raises(AdapterError, match="overlap or leave holes"):
        read_tensors(path)
