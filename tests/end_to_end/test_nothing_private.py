"""Nothing that a run leaves behind, checkpoints included, says where, by whom or on which machine it was made."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from small_runs import token_recipe, token_rows, write_splits

from tunecard.evidence import RunFolder
from tunecard.pipeline import render_again, run

HOST, USER, PLACE = "host-7c1d94e2", "user-9f25b3aa", "place-5d306c18"
PATH = re.compile(r"(?<![\w.:/~<-])/(?:home|root|tmp|usr|work|var|Users|opt|mnt|etc)/[\w.-]|\b[A-Z]:\\\\|file://|~/\w")
CITATION = "title: Tags\nauthors: [{name: Acme Lab}]\ndate-released: 2026-01-02\n"


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], warm_processes: None
) -> Iterator[RunFolder]:
    """A run whose data, base, recipe and output lie in places with tell-tale names, by a user on a host with such."""
    place = tmp_path_factory.mktemp(PLACE)
    data = write_splits(place / f"data-{USER}" / "people", token_rows, {"train": 24, "validation": 12, "test": 12})
    shutil.copytree(tiny_base("roberta"), place / USER / "tiny-base")
    (place / "CITATION.cff").write_text(CITATION)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("USER", "LOGNAME", "USERNAME", "HOSTNAME"):
            patch.setenv(name, HOST if name == "HOSTNAME" else USER)
        patch.setattr(socket, "gethostname", lambda: HOST)
        patch.setattr(platform, "node", lambda: HOST)
        patch.setattr(getpass, "getuser", lambda: USER)
        recipe = token_recipe(
            place / USER / "tiny-base", data,
            training={"epochs": 1, "train_batch_size": 8},
            evaluation={"controls": ["head"]},
            card={"region": "France", "citation_file": str(place / "CITATION.cff"), "declared_by": "A. Author"},
        )  # fmt: skip
        made = run(recipe, out=place / "runs" / "people")
        (made.path / "CITATION.cff").unlink(missing_ok=True)
        yield render_again(made.path)


def files_of(folder: RunFolder) -> list[Path]:
    return sorted(path for path in folder.path.rglob("*") if path.is_file())


def text_of(path: Path) -> str:
    """All that can be read in a file: text as it is, of binary ones the header, the metadata and the strings."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return f"{table.schema!s}{table.schema.metadata}{pq.read_metadata(path)!s}{table.to_pylist()}"
    if path.suffix == ".png":
        return repr(Image.open(path).info)
    if path.suffix == ".safetensors":
        content = path.read_bytes()
        return content[8 : 8 + struct.unpack("<Q", content[:8])[0]].decode()
    return path.read_text(encoding="utf-8")


def test_every_kind_of_file_is_looked_into(folder: RunFolder) -> None:
    kinds = {path.suffix for path in files_of(folder)}
    assert {".parquet", ".png", ".safetensors", ".json", ".yaml", ".md"} <= kinds
    assert json.loads(text_of(folder.adapter_weights))
    assert "probabilities" in text_of(folder.predictions("test"))


def test_no_file_names_host_user_or_place(folder: RunFolder) -> None:
    secrets = [HOST, USER, PLACE, str(Path.cwd()), str(Path.home()) + os.sep]
    found = [
        (path.relative_to(folder.path).as_posix(), secret)
        for path in files_of(folder)
        for secret in secrets
        if secret in text_of(path) or secret.encode() in path.read_bytes()
    ]
    assert found == []


def test_no_file_holds_an_absolute_path(folder: RunFolder) -> None:
    found = {path.name: hit.group() for path in files_of(folder) if (hit := PATH.search(text_of(path)))}
    assert found == {}


def test_the_card_still_cites_what_the_file_said(folder: RunFolder) -> None:
    citation = folder.read_findings()["citation.bibtex"]
    assert citation.status == "declared" and "Acme Lab" in str(citation.value)
    assert (citation.method or "").startswith("declared by the citation file CITATION.cff (sha256 ")


def test_the_search_finds_what_is_hidden_in_each_kind_of_file(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo
    from safetensors.numpy import save_file

    hidden = "/home/user/x"
    info = PngInfo()
    info.add_text("Software", hidden)
    Image.new("L", (1, 1)).save(tmp_path / "a.png", pnginfo=info)
    save_file({"w": np.zeros(1)}, tmp_path / "a.safetensors", metadata={"from": hidden})
    pq.write_table(pa.table({"row": [hidden]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"row": [1]}).replace_schema_metadata({"from": hidden}), tmp_path / "b.parquet")
    (tmp_path / "a.json").write_text(f'"{hidden}"')
    assert all(PATH.search(text_of(path)) for path in tmp_path.iterdir())
