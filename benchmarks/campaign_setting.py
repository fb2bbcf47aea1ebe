"""What a campaign stands on: a tiny base and rows, finished runs without a fault, a Hub on this machine."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from campaign_faults import Course
from campaign_processes import Disk, measure

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit" / "publishing")]

from hub_stand_in import TOKEN, HubStandIn  # noqa: E402 - it is not installed

CARD_TEXT = "Tests of two classes"
WORDS = ["joined", "left", "saw", "likes", "knows", "the", "group", "river", "office"]
SIZES = {"train": 16, "validation": 8, "test": 8}


@dataclass
class Setting:
    """Of all cases.

    Attributes:
        recipes: `run` trains one seed, `seeds` two of them together with dropout.
        references: finished runs without a fault, by command.
        courses: of each command, without a fault.
        answers: of `predict`, by ending.
    """

    seed: int
    disk: Disk
    base: Path
    rows: Path
    hub: str
    recipes: dict[str, Path]
    references: dict[str, Path] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    push_options: tuple[str, ...] = ("--allow-text", "--allow", "tiny")


def make_setting(work: Path, seed: int, hub: str, commands: Sequence[str]) -> Setting:
    """Makes base, rows and recipes, and measures the commands without a fault."""
    from tiny_models import make_base

    disk = Disk(work / "disk")
    base = make_base(work / "campaign" / "tiny", "bert")
    for number, (split, size) in enumerate(SIZES.items()):
        _write_rows(work / "campaign" / "rows" / f"{split}.jsonl", size, number)
    recipes = {name: _write_recipe(work, name, base, seeds) for name, seeds in (("run", 1), ("seeds", [1, 2]))}
    rows = _write_rows(work / "campaign" / "texts.jsonl", 400, 9)
    setting = Setting(seed, disk, base, rows, hub, recipes)
    _become_offline(work, hub)
    _measure(setting, work, commands)
    return setting


def _measure(setting: Setting, work: Path, commands: Sequence[str]) -> None:
    counted = work / "counted.json"
    for name in ("run", "run", *("seeds" for name in commands if name == "seeds")):  # the first run imports for all
        out = setting.references[name] = work / "campaign" / f"reference-{name}"
        shutil.rmtree(out, ignore_errors=True)
        setting.courses[name] = measure(["run", str(setting.recipes[name]), "--out", str(out)], counted)
    folder = str(setting.references["run"])
    copy = shutil.copytree(folder, setting.disk.folder / "card")
    setting.courses["card"] = measure(["card", str(copy)], counted)
    shutil.rmtree(copy)
    for ending in (".jsonl", ".csv", ".parquet"):
        out = setting.disk.folder / f"reference{ending}"
        rows, base = str(setting.rows), str(setting.base)
        arguments = ["predict", folder, rows, "--base", base, "--device", "cpu", "--out", str(out)]
        setting.courses["predict"] = measure(arguments, counted)
        setting.answers[ending] = out.read_bytes()
        out.unlink()
    setting.courses["push"] = measure(["push", folder, "ada/reference", *setting.push_options], counted)


def _become_offline(work: Path, hub: str) -> None:
    """The only host that can be asked is the stand-in; caches and temporary files lie on the small disk."""
    import tempfile

    from huggingface_hub import constants

    (work / "disk" / "tmp").mkdir(exist_ok=True)
    os.environ |= {
        "TMPDIR": str(work / "disk" / "tmp"),
        "TUNECARD_CACHE": str(work / "campaign" / "cache"),
        "HF_TOKEN": TOKEN,
    }
    tempfile.tempdir = None
    constants.ENDPOINT = hub
    constants.HUGGINGFACE_CO_URL_TEMPLATE = hub + "/{repo_id}/resolve/{revision}/{filename}"
    constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_XET = False, True


def _write_rows(path: Path, size: int, seed: int) -> Path:
    dice = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [[dice.choice(WORDS) for _ in range(dice.randint(3, 9))] for _ in range(size)]
    lines = [{"text": " ".join(words), "label": "even" if len(words) % 2 == 0 else "odd"} for words in texts]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _write_recipe(work: Path, name: str, base: Path, seeds: Any) -> Path:
    content = {
        "base_model": str(base),
        "data": {"source": str(work / "campaign" / "rows")},
        "adapter": {"rank": 2, "dropout": 0.1},
        "training": {"epochs": 2, "train_batch_size": 8, "seed": seeds},
        "card": {"direct_use": CARD_TEXT},
    }
    path = work / "campaign" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@contextmanager
def hub_process() -> Iterator[str]:
    """A Hub in a process of its own, which outlives every fault. Yields: its address."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        hub = HubStandIn()
        os.write(write, hub.endpoint.encode())
        signal.pause()
    os.close(write)
    try:
        yield os.read(read, 100).decode()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
