"""Every module imports where only what `[train]` declares is installed, and what needs another extra with it beside."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, files, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ROOMS = {
    "serve": ["tunecard.serving"],
    "ray": ["tunecard.bulk", "tunecard.on_ray", "tunecard.serve_ray", "tunecard.sweeping.over_ray"],
}  # of an extra beside `[train]`: what cannot be imported without it

IMPORT_ALL = '''
import importlib, pkgutil, sys

hidden, apart = set(sys.argv[1].split(",")), set(sys.argv[2].split(","))

class Hiding:
    """As where the packages are not installed, for those too that only ask whether they are."""
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, *rest):
        return None if name.partition(".")[0] in hidden else self.finder.find_spec(name, *rest)

sys.meta_path[:] = map(Hiding, sys.meta_path)
import tunecard
for module in pkgutil.walk_packages(tunecard.__path__, "tunecard."):
    if not module.name.endswith("__main__") and not any(f"{module.name}.".startswith(f"{one}.") for one in apart):
        importlib.import_module(module.name)
'''


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(lines: list[str]) -> set[str]:
    """Names of the distributions that an installation of requirements brings here."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(line, frozenset[str]()) for line in lines]
    while waiting:
        line, extras = waiting.pop()
        needed = Requirement(line)
        entry = (plain(needed.name), frozenset(needed.extras))
        unasked = needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in {"", *extras})
        if unasked or entry in found:
            continue
        found.add(entry)
        with suppress(PackageNotFoundError):  # for another system, say
            waiting += [(below, entry[1]) for below in requires(needed.name) or []]
    return {name for name, _ in found}


def carried_by_ray() -> set[str]:
    """Packages that lie within Ray's own wheel, which it does not ask for: colorama, psutil."""
    root = "ray/thirdparty_files/"
    inside = [file.as_posix().removeprefix(root) for file in files("ray") or [] if file.as_posix().startswith(root)]
    return {name.partition("/")[0] for name in inside}


@pytest.mark.parametrize("extras", [["train"], ["train", "serve"], ["train", "ray"]])
def test_no_module_imports_what_is_not_declared(extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for extra in extras for line in project["optional-dependencies"][extra]]
    kept = {"tunecard"} | declared(project["dependencies"] + lines)
    homes = packages_distributions()
    hidden = {name for name, of in homes.items() if not kept & {plain(one) for one in of}}
    hidden -= carried_by_ray() if "ray" in kept else set()
    assert {"pytest", "setfit"} <= hidden and not {"torch", "rich"} & hidden
    assert ("starlette" in hidden) is (extras == ["train"])  # ray's own server is made of it
    assert ("ray" in hidden) is ("ray" not in extras)
    apart = [room for extra, rooms in ROOMS.items() if extra not in extras for room in rooms]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, ",".join(sorted(hidden)), ",".join(apart)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
