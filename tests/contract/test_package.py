"""What is in the sdist and in the wheel, and what is not: built here as a release builds them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
LICENCE = ".dist-info/licenses/LICENSE"
LARGEST_WHEEL = 2_000_000  # bytes; the embedded data are a third of a megabyte, the rest is code


def build(what: str, source: Path, target: Path) -> Path:
    """One artefact, built without a network. The backend is asked in a process of its own: it changes the folder."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{what}", "--outdir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tracked() -> set[str]:
    """Files of the source as git knows them; what is only lying there is nobody's."""
    listed = subprocess.run(["git", "ls-files", "src/tunecard"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git here to tell what belongs to the source")
    return {name.removeprefix("src/") for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_every_file_of_the_source_and_nothing_else(wheel: Path) -> None:
    names = set(content(wheel))
    own = {name for name in names if name.startswith("tunecard/")}
    assert own >= tracked()
    assert [name for name in own if "__pycache__" in name or name.endswith((".pyc", ".so", ".orig"))] == []
    rest = names - own
    assert {name.partition("-")[0] for name in rest} == {"tunecard"}
    assert {name.partition(".dist-info/")[2] for name in rest} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "tunecard/py.typed", "tunecard/data/embedded/train.jsonl", "tunecard/data/embedded/metadata.json",
        "tunecard/kernels/source/attention.c", "tunecard/auditing/languages/de.yaml",
    ],
)  # fmt: skip
def test_what_is_no_python_module_travels_too(wheel: Path, name: str) -> None:
    assert name in content(wheel)


def test_the_metadata_are_those_of_the_project(wheel: Path) -> None:
    found = content(wheel)
    told = Parser().parsestr(next(text for name, text in found.items() if name.endswith("/METADATA")).decode())
    assert (told["Name"], told["License-Expression"]) == ("tunecard", "Apache-2.0")
    assert {"train", "embedded", "signing"} <= set(told.get_all("Provides-Extra", []))
    assert b"tunecard = tunecard.cli:main" in next(t for n, t in found.items() if n.endswith("/entry_points.txt"))
    (licence,) = (text for name, text in found.items() if name.endswith(LICENCE))
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert wheel.stat().st_size < LARGEST_WHEEL


def test_the_sdist_makes_the_same_wheel_again(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (folder,) = (tmp_path / "unpacked").iterdir()
    assert content(build("wheel", folder, tmp_path / "again")) == content(wheel)


def test_the_sdist_carries_no_tests_and_no_site(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if name.count("/")}
    assert tops == {"src", "CHANGELOG.md", "LICENSE", "README.md", "PKG-INFO", "pyproject.toml", ".gitignore"}
