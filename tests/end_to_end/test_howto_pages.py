"""The how-to pages of the site, typed word by word in an empty folder: what they show is what happens."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import tunecard
from hub_stand_in import TOKEN, HubStandIn
from page_blocks import read_page, run_page

PAGES = Path(__file__).parents[2] / "docs" / "howto"
NAMES = ["own-csv.md", "entities.md", "complete.md", "check.md", "publish.md"]


@pytest.fixture(scope="module")
def hub() -> Iterator[HubStandIn]:
    stand_in = HubStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture(scope="module")
def environment(hub: HubStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home of its own, `tunecard` and `python` on the path, the embedded base under its id in the cache of the Hub, and
    no other host than the stand-in."""
    from tunecard.encoders import locate_base
    from tunecard.encoders.locating import stand_in_hub

    home = tmp_path_factory.mktemp("home")
    for name, arguments in (("tunecard", "-m tunecard"), ("python", "")):
        command = home / "bin" / name
        command.parent.mkdir(exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n')
        command.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PYTEST"))}
    with stand_in_hub(locate_base("embedded")) as cached:
        yield kept | {
            "HOME": str(home), "HF_HOME": str(home / "hf"), "HF_HUB_CACHE": str(cached), "HF_ENDPOINT": hub.endpoint,
            "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "COLUMNS": "80",
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(Path(tunecard.__file__).parents[1]),
        }  # fmt: skip


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Callable[[str], Path]:
    """`after("own-csv.md")` is the folder as its reader has it at the end of that page."""

    @cache
    def folder(name: str) -> Path:
        page = read_page((PAGES / name).read_text(encoding="utf-8"))
        here = tmp_path_factory.mktemp("reader") / "work"
        if page.goes_on_from:
            shutil.copytree(folder(page.goes_on_from), here)
        else:
            here.mkdir()
        offline = {} if "tunecard push" in str(page.blocks) else {"HF_HUB_OFFLINE": "1"}
        assert list(run_page(page, here, environment | offline))
        return here

    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_happens(after: Callable[[str], Path], name: str) -> None:
    after(name)


@pytest.mark.slow
def test_the_push_of_the_page_arrived_at_the_stand_in(after: Callable[[str], Path], hub: HubStandIn) -> None:
    after("publish.md")
    repository = hub.repos["ada/hotel-reviews"]
    assert repository.private and len(repository.commits) == 1 and "adapter_model.safetensors" in repository.files


def test_no_page_is_forgotten() -> None:
    assert sorted(NAMES) == sorted(path.name for path in PAGES.glob("*.md"))
