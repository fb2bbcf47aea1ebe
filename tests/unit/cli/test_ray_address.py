"""`--ray [ADDRESS]`: what counts as an address, and what is said where Ray is not wanted so."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stand_ins import Call

from tunecard.cli.ray_address import with_addresses


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("predict a b --ray", "predict a b --ray=local"),
        ("predict --ray a b", "predict --ray=local a b"),
        ("predict --ray --out c a b", "predict --ray=local --out c a b"),
        ("predict --ray auto a b", "predict --ray=auto a b"),
        ("predict --ray head:6379 a b", "predict --ray=head:6379 a b"),
        ("predict --ray ray://head:10001 a b", "predict --ray=ray://head:10001 a b"),
        ("predict --ray ./auto b", "predict --ray=local ./auto b"),
        ("predict --ray=10.0.0.1:1 a b", "predict --ray=10.0.0.1:1 a b"),
        ("predict a -- --ray", "predict a -- --ray"),
        ("predict a b", "predict a b"),
    ],
)
def test_an_address_is_told_from_a_path(typed: str, read: str) -> None:
    assert with_addresses(typed.split()) == read.split()


@pytest.mark.parametrize("rest", [["-", "--out", "x.csv"], ["rows.csv"]])
def test_streams_are_refused(call: Call, tmp_path: Path, rest: list[str]) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    said = call("predict", str(tmp_path), *rest, "--ray")
    assert (said.code, said.err.splitlines()[-1]) == (2, "RecipeError: --ray takes a file or a folder, and --out with a file or a folder.")  # fmt: skip
