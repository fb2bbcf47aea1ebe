"""What the site generator asks for: pages made from the code, and links that lead to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from command_pages import commands_page
from example_pages import EVIDENCE, full_card_page
from example_pages import files as example_files
from function_pages import functions_page
from mkdocs.structure.files import File, Files
from recipe_pages import recipe_page

ROOT = Path(__file__).parents[1]
GENERATED = {
    "reference/recipe.md": recipe_page,
    "reference/commands.md": commands_page,
    "reference/python.md": functions_page,
    "full-card.md": full_card_page,
}
# Documents that stand beside docs/, and the page that each becomes.
OUTSIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changes.md"}
DECISIONS = "decisions"


def on_config(config: Any) -> Any:
    """The folder of decisions in the navigation becomes its files, oldest first."""
    names = sorted(path.name for path in Path(config.docs_dir, DECISIONS).glob("*.md"))
    config.nav = _with_files(config.nav, [f"{DECISIONS}/{name}" for name in names])
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds what is generated, and the documents from outside."""
    for uri, make in GENERATED.items():
        files.append(File.generated(config, uri, content=make()))
    for uri, content in example_files().items():
        files.append(File.generated(config, uri, content=content))
    for name, uri in OUTSIDE.items():
        files.append(File.generated(config, uri, content=inside((ROOT / name).read_text(encoding="utf-8"))))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links to documents outside docs/ lead to their pages."""
    for name, uri in OUTSIDE.items():
        markdown = markdown.replace(f"](../{name}", f"]({uri}")
    return markdown


def inside(markdown: str) -> str:
    """A document from above docs/ as it reads inside of it."""
    return re.sub(r"\]\(docs/([^)]*)\)", lambda found: f"]({found[1]})", markdown)


def _with_files(nav: Any, files: list[str]) -> Any:
    if isinstance(nav, list):
        return [_with_files(entry, files) for entry in nav]
    if isinstance(nav, dict):
        return {title: files if entry == DECISIONS else _with_files(entry, files) for title, entry in nav.items()}
    return nav


def watched() -> list[Path]:
    """Files that generated pages are made from, besides the code."""
    return [EVIDENCE, *(ROOT / name for name in OUTSIDE)]


def on_serve(server: Any, **_: Any) -> Any:
    """A page is made anew while its source is edited."""
    for path in watched():
        server.watch(str(path))
    return server
