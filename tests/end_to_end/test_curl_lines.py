"""The lines for a shell and for Python that README and docs show, typed as they stand against a server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir
from pathlib import Path

import pytest

from served import listening, state_of
from tunecard.cli.running import QUICKSTART
from tunecard.evidence import RunFolder
from tunecard.serving.limits import Limits
from tunecard.serving.opening import Opener
from tunecard.serving.shelf import Library

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
ROOT = Path(__file__).parents[2]
SERVE = re.compile(r"tunecard serve (\S+)(?: |$|`)")
PAGES = {"README.md": 10, "docs/serving.md": 4}  # lines of curl


def lines_of(page: str) -> list[tuple[str, str]]:
    """Each line of curl with the folder that is served above it."""
    found, served = [], ""
    for line in (ROOT / page).read_text().splitlines():
        if told := SERVE.search(line):
            served = told[1].rstrip(",`")
        if line.startswith("    curl "):
            found.append((served, line.strip()))
    return found


@pytest.fixture(scope="module")
def serving(
    token_run: RunFolder,
    pair_run: RunFolder,
    tiny_base: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], str]]:
    """The address of a server over the folder that a page names."""
    home = tmp_path_factory.mktemp("shown") / "runs"
    for name, run, base in (("quickstart", token_run, "roberta"), ("pairs", pair_run, "bert")):
        shutil.copytree(run.path, home / name)
        named = json.loads(run.adapter_config.read_text())["base_model_name_or_path"]
        (home.parent / named).symlink_to(tiny_base(base))  # found by that name where the server starts
    given = {"runs/": [home / "pairs", home / "quickstart"], "runs/quickstart": [home / "quickstart"]}
    ports: dict[str, int] = {}
    with ExitStack() as running:

        def address(served: str) -> str:
            if served not in ports:
                ports[served] = running.enter_context(listening(state_of(opened(given[served], home.parent))))
            return f"localhost:{ports[served]}"

        yield address


def opened(folders: list[Path], where: Path) -> Library:
    with chdir(where):
        library, faults = Opener(None, "cpu", Limits().adapter_bytes).open(folders)
    assert not faults
    return library


@pytest.mark.parametrize("page", PAGES)
def test_every_line_is_answered(page: str, serving: Callable[[str], str]) -> None:
    lines = lines_of(page)
    assert len(lines) == PAGES[page]
    for served, line in lines:
        command = [*shlex.split(line.replace("localhost:8000", serving(served))), "-sS", "--fail-with-body"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert '"error"' not in done.stdout, line
        assert done.stdout.startswith(("<!doctype", "# HELP")) or json.loads(done.stdout), line


def test_the_readme_serves_what_the_quickstart_wrote() -> None:
    assert {served for served, _ in lines_of("README.md")} == {str(QUICKSTART), f"{QUICKSTART.parent}/"}


def test_the_python_shown_prints_entities(serving: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs/serving.md").read_text()
    (block,) = re.findall(r"((?:^    .*\n)*^    import requests\n(?:^    .*\n)+)", text, re.MULTILINE)
    exec(textwrap.dedent(block).replace("localhost:8000", serving("runs/")), {})
    for line in capsys.readouterr().out.splitlines():
        assert re.fullmatch(r"(PER|LOC) .+ 0?\.?\d+(\.\d+)?(e-\d+)?", line), line
