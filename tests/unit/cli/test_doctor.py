"""`doctor`: answers in 80 columns or as JSON, without the heavy libraries, and never a failure where something lacks."""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from cli_stand_ins import Call

from tunecard import kernels
from tunecard.doctor import hardware, machine
from tunecard.doctor.machine import Answer, examine_machine
from tunecard.doctor.regimes import INT8_PRODUCTS, ask_regimes
from tunecard.encoders.packed_architectures import read_packed_architectures
from tunecard.kernels import load_kernels
from tunecard.kernels.library import Kernels
from tunecard.training.regime import REGIMES

SECTIONS = [
    "versions", "processor", "accelerator", "memory_and_disk", "energy", "data_and_bases", "extras", "encoders",
]  # fmt: skip


def answer_of(section: str, name: str) -> Answer:
    return next(one for one in examine_machine() if (one.section, one.name) == (section, name))


def doctor_without(*packages: str) -> dict[str, Any]:
    """What `doctor --json` says in a process of its own where these packages cannot be imported."""
    script = (
        "import sys, importlib.metadata as m\n"
        f"gone = {packages!r}\n"
        "for name in gone: sys.modules[name] = None\n"
        "stock = m.version\n"
        "def version(name):\n"
        "    if name in gone: raise m.PackageNotFoundError(name)\n"
        "    return stock(name)\n"
        "m.version = version\n"
        "from tunecard.cli import main\n"
        "code = main(['doctor', '--json'])\n"
        "print(sorted({'transformers', 'peft'} & set(sys.modules) - set(gone)), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def test_it_reads_at_80_columns(call: Call) -> None:
    said = call("doctor")
    assert (said.code, said.err) == (0, "")
    assert max(len(line) for line in said.out.splitlines()) <= 80
    headings = [line for line in said.out.splitlines() if line and not line.startswith(" ")]
    assert [heading.lower().replace(" ", "_") for heading in headings] == SECTIONS


def test_json_is_one_object_and_nothing_else(call: Call) -> None:
    said = call("doctor", "--json")
    content = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert list(content) == SECTIONS
    assert content["versions"]["python"] == platform.python_version()
    assert content["versions"]["transformers"] == version("transformers")
    assert content["processor"]["fp32_products"] in ("oneDNN", "MKL", "torch's own library")
    assert content["processor"]["kernels"] == ("compiled" if load_kernels().library else None)
    assert isinstance(content["processor"]["bf16"], bool)
    assert content["processor"]["regimes"].keys() == {*REGIMES, INT8_PRODUCTS}
    assert content["processor"]["regimes"]["fp32"] == {"verdict": "as fast as fp32", "times_fp32": 1.0}
    assert (
        0 < content["memory_and_disk"]["memory"]["free_bytes"] <= content["memory_and_disk"]["memory"]["allowed_bytes"]
    )


def test_it_says_why_there_are_no_kernels(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "load_kernels", lambda: Kernels(None, "there is no C compiler (cc, gcc, clang)"))
    said = " ".join(call("doctor").out.split())
    assert "kernels not used: there is no C compiler (cc, gcc, clang); torch's operations do the same" in said


def test_a_type_that_is_not_there_is_no_regime(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(weight: Any, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError('"addmm" not implemented for this type')

    monkeypatch.setattr("tunecard.adapters.fused.float8_weight.Float8Weight.product", refuse)
    monkeypatch.setattr("tunecard.adapters.fused.int8_products.why_no_int8_products", lambda device: "no such units")
    value, said = ask_regimes("cpu")
    assert isinstance(value, dict) and value["fp8-mixed"] == {"verdict": "not there", "times_fp32": None}
    assert value[INT8_PRODUCTS] == {"verdict": "not there", "times_fp32": None}
    assert said.endswith("fp8-mixed not there; frozen_products: int8 not there")


def test_the_list_shown_is_the_list_that_the_tests_made(call: Call) -> None:
    told = json.loads(call("doctor", "--json").out)["encoders"]
    assert list(told) == ["packed", "padded", "refused"]
    assert {name: row for rows in told.values() for name, row in rows.items()} == {
        one.name: {"tasks": list(one.tasks), "difference": one.difference, "reason": one.reason}
        for one in read_packed_architectures()
    }
    assert told["packed"]["bert"]["tasks"] and told["padded"]["mpnet"]["reason"] and "ibert" in told["refused"]


def test_a_process_of_its_own_imports_neither_transformers_nor_peft() -> None:
    told = doctor_without()
    assert list(told) == SECTIONS
    assert all(one is not None for section in told.values() for one in section.values())


def test_without_torch_the_rest_is_told() -> None:
    told = doctor_without("torch", "transformers", "peft", "psutil")
    assert told["versions"]["torch"] is None and told["versions"]["tunecard"]
    assert told["processor"]["fp32_products"] is None
    assert told["processor"]["bf16"] is None
    assert told["processor"]["regimes"] is None
    assert told["accelerator"]["devices"] is None
    assert told["memory_and_disk"]["memory"] is None
    assert "torch" in told["extras"]["train"]["missing"]
    assert told["encoders"]["packed"]["bert"]["tasks"]


def test_what_lacks_is_said_in_words(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    monkeypatch.setattr(machine.util, "find_spec", lambda name: None)

    def fail() -> Any:
        raise OSError("no such\nfile")

    monkeypatch.setattr(hardware, "ask_memory", fail)
    out = call("doctor").out
    assert "not installed: pip install 'tunecard[embedded]'" in out
    assert "not known: no such file" in out


@pytest.mark.parametrize(
    ("environment", "value"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "offline"),
        ({"HF_HUB_OFFLINE": "0", "https_proxy": "http://localhost:9"}, "proxy"),
        ({"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": "https://hub.invalid"}, "unreachable"),
    ],
)
def test_the_state_of_the_hub(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], value: str) -> None:
    monkeypatch.setattr(machine, "getproxies", lambda: {"https": "x"} if "https_proxy" in environment else {})
    for name, setting in environment.items():
        monkeypatch.setenv(name, setting)
    assert answer_of("Data and bases", "hub").value == value


def test_a_name_service_that_hangs_costs_no_more_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(machine, "getproxies", dict)
    monkeypatch.setattr(machine, "HUB_SECONDS", 0.1)

    def hang(*args: object, **kwargs: object) -> None:
        time.sleep(3)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", hang)
    began = time.perf_counter()
    assert machine._hub()[0] == "unreachable"
    assert time.perf_counter() - began < 2


def test_a_hub_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        def close(self) -> None:
            pass

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(machine, "getproxies", dict)
    monkeypatch.setattr(socket, "create_connection", lambda address, timeout: Connection())
    assert machine._hub() == ("reachable", "huggingface.co is reachable")


def test_nothing_names_the_folder_or_the_user(call: Call, tmp_path: Path) -> None:
    out = call("doctor").out + call("doctor", "--json").out
    assert str(tmp_path) not in out and str(Path.home()) not in out
