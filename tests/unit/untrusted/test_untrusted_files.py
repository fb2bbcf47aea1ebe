"""Pipes, devices, bombs: each is refused by what it is, before it is read; plain files of others are read as ever."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tunecard.data.readers.tables import read_file
from tunecard.errors import DataError, RecipeError, RunFolderError, TunecardError
from tunecard.evidence import RunFolder, read_predictions
from tunecard.evidence.files import sha256_of
from tunecard.recipe import read_yaml
from tunecard.untrusted.bounded_json import MOST_VALUES, load_json, read_json
from tunecard.untrusted.bounded_parquet import batches_in_bounds, check_parquet
from tunecard.untrusted.bounded_yaml import ExcessiveYaml, load_yaml
from tunecard.untrusted.plain_files import UnfitFile, open_plain, read_plain, read_plain_text

LOL = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{c}: &{c} [{', '.join([f'*{b}'] * 10)}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True)
)


def make_socket(path: Path) -> None:
    socket.socket(socket.AF_UNIX).bind(str(path))


KINDS: dict[str, Callable[[Path], Any]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe (FIFO)": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_told_by_its_kind(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.json"
    KINDS[kind](path)
    for read in (open_plain, lambda path: read_plain(path, 10), lambda path: read_json(path, 10), sha256_of):
        with pytest.raises(UnfitFile) as caught:
            read(path)
        assert str(caught.value) == f"it must be a file. Got {kind}."
    assert isinstance(caught.value, OSError) and isinstance(caught.value, ValueError)


def test_a_plain_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\r\nb\rc\n")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    assert read_plain(tmp_path / "link", 8) == b"a\r\nb\rc\n"
    assert read_plain_text(tmp_path / "x", 8) == "a\nb\nc\n"
    with pytest.raises(UnfitFile, match="it has 7 bytes, and at most 6 are read"):
        read_plain(tmp_path / "x", 6)
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "nothing")


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, '{"a":' * 200_000, "[" + "[]," * MOST_VALUES + "[]]", "9" * 5_000, "{", ""]
)
def test_json_beyond_reason_is_a_value_error(text: str) -> None:
    for value in (text, text.encode()):
        with pytest.raises(ValueError):  # noqa: PT011 the words are json's own in part
            load_json(value)


def test_json_in_bounds_is_what_json_says() -> None:
    text = json.dumps({"a": [1, 2.5, None, {"b": "ü"}], "c": [[]] * 1_000})
    assert load_json(text) == load_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LOL, "at most 200,000 values"),
        ("[" * 100_000, "at most 50 levels"),
        ("\n".join(" " * depth + "a:" for depth in range(200)), "at most 50 levels"),
        ("- x\n" * 200_001, "at most 200,000 values"),
        ("a: &a x\n" + "b: *a\n" * 101, "at most 100 aliases"),
        ("<<: {a: 1}\n" * 4, "at most 3 merge keys"),
        ("x" * 5_000_001, "at most 5,000,000 characters"),
    ],
)
def test_yaml_beyond_reason_is_refused_before_it_is_built(text: str, words: str) -> None:
    with pytest.raises(ExcessiveYaml, match=words):
        load_yaml(text)


@pytest.mark.parametrize(
    "text", ["a: 2024-02-31", "a: 0x_", "? {a: 1}\n: 2", "a: \udc80", "a\0b", "a: &x [*x]", "a: !!python/name:os.system", "{", "a: *b"],
)  # fmt: skip
def test_whatever_yaml_stumbles_over_is_a_yaml_error(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)


def test_yaml_in_bounds_is_what_yaml_says() -> None:
    text = "base: &base {a: 1}\nmore: {<<: *base, b: [x, 2.5, null, 2024-02-28]}\n"
    assert load_yaml(text) == yaml.safe_load(text)
    with pytest.raises(ExcessiveYaml, match="repeats parts of itself by aliases"):
        load_yaml(text, most_aliases=0)


RECIPES = {
    "aliases": LOL + "base_model: *i\n", "aliases in a value": "data: {source: *x}\nx: &x y\n" + LOL,
    "depth": "data: " + "[" * 5_000, "keys": "".join(f"key{i}: 1\n" for i in range(60_000)), "a long key": "x" * 100_000 + ": 1\n",
    "a day": "card: {declared_on: 2024-02-31}\n", "mappings as keys": "? {a: 1}\n: 2\n", "a list": "- a\n", "bytes": "a: \x00\n",
    "too long": "# " + "x" * 600_000,
}  # fmt: skip


@pytest.mark.parametrize("what", RECIPES)
def test_a_recipe_that_cannot_be_meant_is_refused_by_name_in_few_words(tmp_path: Path, what: str) -> None:
    from tunecard.adapters.methods.recipes import read_recipe

    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPES[what])
    with pytest.raises(RecipeError) as caught:
        read_recipe(path, [])
    assert "recipe" in str(caught.value) and len(str(caught.value)) < 10_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "recipe.yaml")
    with pytest.raises(RecipeError, match="it must be a file"):
        read_yaml(tmp_path / "recipe.yaml", "no such recipe.{}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet", "rows.conll", "rows.json", "rows.tsv"])
def test_rows_that_are_no_file_are_refused(tmp_path: Path, kind: str, name: str) -> None:
    KINDS[kind](tmp_path / name)
    with pytest.raises(DataError, match="must be a file"):
        read_file(tmp_path / name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["evidence.json", "manifest.json"])
def test_a_run_folder_of_no_files_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    KINDS[kind](tmp_path / name)
    read = {"evidence.json": RunFolder.read_findings, "manifest.json": RunFolder.read_manifest}[name]
    with pytest.raises(RunFolderError, match="it must be a file"):
        read(RunFolder(tmp_path))


def repeated(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text]))


def in_lists(values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(range(len(values) + 1), pa.int32()), values)


BOMBS: dict[str, Callable[[], dict[str, Any]]] = {
    "one text a million times": lambda: {"text": repeated("x" * 100_000, 100_000)},
    "one word a million times": lambda: {"tokens": in_lists(repeated("x" * 100_000, 100_000))},
    "a column that nobody asks for": lambda: {"text": ["a"] * 2_000, "more": repeated("x" * 100_000, 2_000)},
    "one number many times": lambda: {"tags": pa.ListArray.from_arrays(pa.array([0, 15_000_000], pa.int32()), pa.array([0] * 15_000_000))},
}  # fmt: skip


@pytest.mark.parametrize("what", BOMBS)
def test_a_small_file_that_unpacks_to_gigabytes_is_refused_before(tmp_path: Path, what: str) -> None:
    path = tmp_path / "rows.parquet"
    columns = BOMBS[what]()
    rows = len(next(iter(columns.values())))
    pq.write_table(pa.table({**columns, "label": ["a"] * rows}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    for read, fault in ((read_file, DataError), (read_predictions, RunFolderError), (check_parquet, UnfitFile)):
        with pytest.raises(fault, match="unpack to .* or more, and at most 100,000,000 are read"):
            read(path)


def test_parquet_in_bounds_is_read_whole_and_in_order(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": [f"text {i % 7}" for i in range(1_203)],
            "tokens": [[f"t{i}", "x"] if i % 3 else None for i in range(1_203)],
            "nested": [{"a": "x", "b": [i]} for i in range(1_203)],
            "number": list(range(1_203)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    pq.write_table(table.select(["number"]), tmp_path / "b.parquet", row_group_size=700)
    for name, expected in (("a.parquet", table), ("b.parquet", table.select(["number"]))):
        with pq.ParquetFile(tmp_path / name) as file:
            batches = list(batches_in_bounds(tmp_path / name, file, 500))
        assert pa.Table.from_batches(batches).to_pylist() == expected.to_pylist()


def test_bombs_take_less_than_two_hundred_megabytes(tmp_path: Path) -> None:
    """Measured in a process of its own."""
    bomb = pa.table({"text": repeated("x" * 1_000_000, 100_000), "label": ["a"] * 100_000})
    pq.write_table(bomb, tmp_path / "rows.parquet", compression="zstd")
    (tmp_path / "evidence.json").write_text("[" + "[]," * 10_000_000 + "[]]")
    (tmp_path / "recipe.yaml").write_text(LOL)
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from tunecard.data.readers.tables import read_file\n"
        "from tunecard.errors import TunecardError\n"
        "from tunecard.evidence import RunFolder\n"
        "from tunecard.recipe import read_yaml\n"
        "place = Path(sys.argv[1])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for read in (lambda: read_file(place / 'rows.parquet'), RunFolder(place).read_findings,\n"
        "             lambda: read_yaml(place / 'recipe.yaml', '')):\n"
        "    try: read()\n"
        "    except TunecardError as error: print('refused', error)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    asked = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert asked.stdout.count("refused") == 3, asked.stderr
    assert int(asked.stdout.split()[-1]) < 200


def test_a_problem_as_long_as_a_file_is_cut() -> None:
    assert len(str(TunecardError("x" * 10**6))) < 6_000
