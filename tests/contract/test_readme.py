"""What the README shows can be typed: its commands exist, its recipe is a recipe, its files are there."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import tunecard
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.cli.app import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_every_command_shown_exists() -> None:
    shown = set(re.findall(r"(?:^    |\| |`)tunecard ([a-z]+)", README, re.MULTILINE))
    assert shown
    assert shown <= {name for name, _, _ in COMMANDS}


def test_the_recipe_shown_is_a_recipe() -> None:
    block = re.search(r"((?:^    .*\n)+)", README[README.index("    base_model:") :], re.MULTILINE)
    assert block is not None
    recipe = check_recipe(yaml.safe_load(block.group(1)))
    assert recipe.seeds == (0, 1, 2)


def test_every_script_and_document_named_is_there() -> None:
    for name in re.findall(r"scripts/[a-z]+", README):
        assert (ROOT / name).is_file(), name
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_python_name_shown_is_public() -> None:
    shown = set(re.findall(r"tunecard\.([a-z_]+)\(", README))
    assert shown <= set(tunecard.__all__)
    for name in shown:
        assert callable(getattr(tunecard, name))
