"""From C to a shared library: once a machine, with the compiler that is there, into the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tunecard.cache_folder import cache_folder
from tunecard.counted import counted

SOURCE = Path(__file__).with_name("source")
COMPILERS = ("cc", "gcc", "clang")
# No -ffast-math: it would change how the whole process rounds the smallest numbers, and lose what is not a number.
FLAGS = ("-O3", "-march=native", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-shared")
SECONDS = 120


class NotBuilt(Exception):
    """Why there is no library: one sentence without a full stop."""


def build_library() -> Path:
    """The compiled kernels; compiled only where source, compiler or processor are new.

    Raises: NotBuilt: no compiler, no folder to write to, or the compiler refuses.
    """
    compiler = find_compiler()
    folder = cache_folder("kernels")
    if folder is None:
        raise NotBuilt("there is no folder for compiled kernels; set TUNECARD_CACHE")
    library = folder / f"{_key(compiler)}.so"
    if not library.is_file():
        _compile(compiler, library)
    return library


def find_compiler() -> str:
    """`CC` where it is set, else the first of the usual names. Raises: NotBuilt: none is there."""
    names = (os.environ["CC"],) if os.environ.get("CC") else COMPILERS
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise NotBuilt(f"there is no C compiler ({', '.join(names)})")


def compiler_release() -> str:
    """Name and version of the compiler, such as "cc (Debian 12.2.0-14) 12.2.0". Raises: NotBuilt: none is there."""
    line = (_told_version(find_compiler()).splitlines() or ["a compiler that does not name itself"])[0]
    return re.sub(r"\S*/", "", line)  # some begin with the path that they were called by


def _told_version(compiler: str) -> str:
    asked = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False, timeout=SECONDS)
    return asked.stdout


def _key(compiler: str) -> str:
    """A sha256 over all that decides the library."""
    digest = hashlib.sha256(repr((FLAGS, _told_version(compiler), platform.machine(), _instruction_sets())).encode())
    for path in sorted(SOURCE.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _instruction_sets() -> str:
    """What the processor can do: `-march=native` compiles for just that."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())


def _compile(compiler: str, library: Path) -> None:
    sources = [str(path) for path in sorted(SOURCE.glob("*.c"))]
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            made = Path(folder) / library.name
            with counted("Compiling kernels, once on this machine"):
                done = subprocess.run(
                    [compiler, *FLAGS, "-o", str(made), *sources, "-lm"],
                    capture_output=True, text=True, check=False, timeout=SECONDS,
                )  # fmt: skip
            if done.returncode:
                words = (done.stderr.strip().splitlines() or ["no message"])[0]
                raise NotBuilt(f"{Path(compiler).name} cannot compile them: {words[:200]}")
            made.replace(library)  # whole or not at all: another process may look at the same time
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"they cannot be compiled: {error}") from error
