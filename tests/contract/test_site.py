"""The site of docs/: it is made without a network, fetches nothing when it is looked at, and says what the code says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from pydantic import BaseModel

from tunecard.adapters.methods.recipes import adapter_block
from tunecard.adapters.methods.registry import METHODS
from tunecard.auditing import audit_cards
from tunecard.card import render_card
from tunecard.cli.app import build_command
from tunecard.evidence import RunFolder
from tunecard.evidence.catalogue import faults_of
from tunecard.recipe import Recipe

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "website" / "quickstart"
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=[\"']?([^\"' >]+)|<link\b[^>]*?\bhref=[\"']?([^\"' >]+)"
)
IN_STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")
TAG = re.compile(r"<[^>]+>")
ELSEWHERE = ("http:", "https:", "//")
NOBODY = "http://127.0.0.1:9"  # a proxy where nobody listens: whoever asks a network fails


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: a dead link, a page in no menu or a fault of a generated page ends it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    away = {"HTTP_PROXY": NOBODY, "HTTPS_PROXY": NOBODY, "ALL_PROXY": NOBODY, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env=os.environ | away | {"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def text_of(page: Path) -> str:
    return unescape(TAG.sub("", page.read_text(encoding="utf-8")))


def fetched(site: Path) -> Iterator[tuple[Path, str]]:
    """What a browser loads by itself for each page and style sheet."""
    for page in site.rglob("*.html"):
        for found in FETCHED.finditer(page.read_text(encoding="utf-8")):
            yield page, found[1] or found[2]
    for style in site.rglob("*.css"):
        for found in IN_STYLE.finditer(style.read_text(encoding="utf-8")):
            yield style, found[1]


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    all_of_it = list(fetched(site))
    assert len(all_of_it) > 100
    assert [(page.name, what) for page, what in all_of_it if what.startswith(ELSEWHERE)] == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://x.org/a.js">',
        "<link rel=stylesheet href=//x.org/a.css>",
        '<img alt="a" src="http://x.org">',
    ],
)
def test_the_search_sees_what_is_fetched(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(text)
    ((_, found),) = fetched(tmp_path)
    assert found.startswith(ELSEWHERE)


def test_no_page_names_a_folder_of_a_machine(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.search(r"(?<![\w.])/(?:root|home|work|tmp|Users)/\w", text_of(page)), page.name


def keys(block: type[BaseModel], place: str = "") -> Iterator[str]:
    for name, field in block.model_fields.items():
        inner = field.annotation
        is_block = isinstance(inner, type) and issubclass(inner, BaseModel)
        yield from keys(inner, f"{place}{name}.") if is_block else [place + name]


def test_every_key_of_a_recipe_is_told(site: Path) -> None:
    told = set(re.findall(r"<tr>\s*<td><code>([\w.]+)</code></td>", (site / "reference/recipe.html").read_text()))
    of_methods = {key for method in METHODS for key in keys(adapter_block(method), "adapter.")}
    assert told == {*keys(Recipe), *of_methods}


def test_every_command_and_option_is_told(site: Path) -> None:
    page = text_of(site / "reference/commands.html")
    for name, command in build_command().commands.items():
        section = page.partition(f"\ntunecard {name}")[2].partition("\ntunecard ")[0]
        options = [option for one in command.params for option in one.opts if option.startswith("-")]
        assert [option for option in options if option not in section] == [], name


def test_every_public_name_is_told(site: Path) -> None:
    import tunecard

    page = text_of(site / "reference/python.html")
    assert [name for name in tunecard.__all__ if not name.startswith("_") and f"tunecard.{name}" not in page] == []


def test_the_card_shown_is_full_and_of_todays_records(site: Path, tmp_path: Path) -> None:
    findings = RunFolder(EXAMPLE).read_findings()
    assert faults_of(findings) == [], "the records are of another time: scripts/example makes them anew"
    (tmp_path / "README.md").write_text(render_card(findings))
    (audited,) = audit_cards([tmp_path / "README.md"]).to_json()["cards"]
    assert (audited["filled"], audited["total"], audited["metadata_errors"]) == (44, 44, [])
    assert (site / "example/card.html").is_file()


def test_a_figure_of_the_card_shown_leads_to_its_record(site: Path) -> None:
    cited = set(re.findall(r'href="example/card\.html#(record-\d+)"', (site / "full-card.html").read_text()))
    there = set(re.findall(r'id="(record-\d+)"', (site / "example/card.html").read_text()))
    assert len(cited) > 100 and cited <= there
