"""All kernels compiled for other instruction sets, and under sanitizers: the same tests hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tunecard.kernels import load_kernels

pytestmark = pytest.mark.skipif(load_kernels().library is None, reason=f"no kernels: {load_kernels().reason}")

TESTS = Path(__file__).resolve().parents[1]
KERNELS = TESTS / "unit" / "kernels"
BUILDING = KERNELS / "test_building_kernels.py"

SCRIPT = """
import pytest, sys
from tunecard.kernels import building
building.FLAGS = (*building.FLAGS, *{flags!r})
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", {folder!r},
                      "-s", "--ignore", {building!r}]))
"""


def run_with(flags: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tests of all kernels once more, compiled with further flags, in a process of their own."""
    script = SCRIPT.format(flags=flags, folder=str(KERNELS), building=str(BUILDING))
    known = {**os.environ, "TUNECARD_CACHE": str(folder), "TUNECARD_KERNELS": "on", **environment}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=known, capture_output=True, text=True, cwd=TESTS.parent, check=False)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="instruction sets of other processors")
@pytest.mark.parametrize("flags", [["-march=haswell"], ["-march=x86-64"], ["-march=skylake-avx512"]])
def test_every_build_computes_the_same(flags: list[str], tmp_path: Path) -> None:
    if "avx512" in flags[0] and torch.backends.cpu.get_cpu_capability() != "AVX512":
        pytest.skip("this processor has no AVX-512")
    done = run_with(flags, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


def test_no_kernel_leaves_its_memory(tmp_path: Path) -> None:
    """AddressSanitizer and UndefinedBehaviorSanitizer end the process at the first fault."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("sanitizers are gcc's here")
    asked = subprocess.run([compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    if not Path(asked.stdout.strip()).is_file():
        pytest.skip("gcc has no AddressSanitizer here")
    flags = ["-fsanitize=address,undefined", "-fno-sanitize=alignment", "-fno-sanitize-recover=all", "-O1", "-g"]
    environment = {"LD_PRELOAD": asked.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0", "CC": compiler}
    done = run_with(flags, tmp_path, **environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " passed" in done.stdout
