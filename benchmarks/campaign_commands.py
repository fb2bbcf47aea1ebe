"""What is done to each command, and what must hold after every fault and at the end."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from campaign_faults import KILLS, SIGNALS, Fault, draw
from campaign_processes import Ended, run_command
from campaign_setting import CARD_TEXT, TOKEN, Setting
from PIL import Image
from safetensors import safe_open

from tunecard.evidence import RunFolder
from tunecard.evidence.files import HALF, clear_halves, is_half
from tunecard.evidence.ledger import LOCK
from tunecard.verification import verify

ENDINGS = (".jsonl", ".csv", ".parquet")
KILLED_BY = {-signal.SIGKILL, -signal.SIGXFSZ, -signal.SIGPROF}


@dataclass
class Case:
    """One story: a command, the faults that it met one after the other, and what did not hold."""

    number: int
    command: str
    met: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def require(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.wrong.append(f"{sentence} (after {self.met[-1] if self.met else 'no fault'})")


class Story:
    """A command in a place of its own, which is gone afterwards unless something did not hold."""

    def __init__(self, setting: Setting, number: int, command: str) -> None:
        self.setting, self.case = setting, Case(number, command)
        self.dice = random.Random(f"{setting.seed}-{number}")
        self.place = setting.disk.folder / f"case-{number}"
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()

    def meet(self, arguments: list[str], rounds: int = 1) -> Ended:
        """Runs the command into faults, then without; requires of every end what holds for all commands."""
        course = self.setting.courses[self.case.command]
        for _ in range(rounds):
            fault = draw(self.dice, course, has_disk=self.setting.disk.is_small)
            ended = self.run(arguments, fault)
            if ended.code != 0:  # it came before the end
                self.case.met.append(str(fault))
            self._check_end(fault, ended)
            self.check_between(ended)
        ended = self.run(arguments)
        self.case.require(ended.code == 0, f"the same command goes on; it said {ended.said[-400:]!r}")
        return ended

    def run(self, arguments: list[str], fault: Fault | None = None) -> Ended:
        return run_command(arguments, fault, self.setting.disk)

    def check_between(self, ended: Ended) -> None:
        """What must hold between a fault and the next attempt."""

    def _check_end(self, fault: Fault, ended: Ended) -> None:
        allowed = KILLED_BY if fault.kind in KILLS else {3} if fault.kind in SIGNALS else {2}
        self.case.require(ended.code in {0, *allowed}, f"exit code {ended.code}: {ended.said[-600:]!r}")
        self.case.require("Traceback" not in ended.said, f"no traceback: {ended.said[-600:]!r}")
        if ended.code == 2:
            self.case.require("no space left" in ended.said.lower(), f"a full disk is told: {ended.said[-400:]!r}")


class RunStory(Story):
    """`run`, with up to four faults, each in the attempt that goes on from the one before."""

    def __init__(self, setting: Setting, number: int, command: str) -> None:
        super().__init__(setting, number, command)
        self.out, self.told = self.place / "out", setting.references[command]

    def play(self) -> None:
        arguments = ["run", str(self.setting.recipes[self.case.command]), "--out", str(self.out), "--resume"]
        self.meet(arguments, rounds=self.dice.randint(1, 4))
        check_run(self.case, self.out, self.told)

    def check_between(self, ended: Ended) -> None:
        for sentence in half_written(self.out):
            self.case.require(False, sentence)
        adapter = self.out / "adapter_model.safetensors"
        same = not adapter.exists() or adapter.read_bytes() == (self.told / adapter.name).read_bytes()
        self.case.require(same, "an adapter that is there is the adapter")
        if (self.out / "manifest.json").exists():
            copy = RunFolder(shutil.copytree(self.out, self.place / "copy"))
            clear_halves(copy.path)  # as whoever goes on does; until then `verify` names them
            self.case.require(verify(copy.path).ok, "a folder with a manifest is whole")
            shutil.rmtree(copy.path)
        if ended.code == 2 and self.out.exists():
            self.case.require("--resume" in ended.said, f"--resume is named: {ended.said[-300:]!r}")


class CardStory(Story):
    """`card` after a declaration changed."""

    def play(self) -> None:
        self.out, self.told = self.place / "out", self.setting.references["run"]
        shutil.copytree(self.told, self.out)
        recipe = self.out / "recipe.yaml"
        self.said = f"{CARD_TEXT}, case {self.case.number}"
        recipe.write_text(recipe.read_text().replace(CARD_TEXT, self.said))
        self.before = fingerprints(self.out)
        self.meet(["card", str(self.out)], rounds=self.dice.randint(1, 2))
        check_run(self.case, self.out, self.told)
        self.case.require(self.said in (self.out / "README.md").read_text(), "the card says what is declared now")

    def check_between(self, ended: Ended) -> None:
        for sentence in half_written(self.out):
            self.case.require(False, sentence)
        is_new = self.said in (self.out / "README.md").read_text()
        self.case.require(is_new or not verify(self.out).ok, "a card that verifies is the new one")
        now = fingerprints(self.out)
        self.case.require(ended.code != 2 or now == self.before, "a full disk changes nothing at all")
        self.before = now


class PredictStory(Story):
    """`predict` into a new file, or over an old one."""

    def play(self) -> None:
        ending = self.dice.choice(ENDINGS)
        self.out = self.place / f"answers{ending}"
        self.old = b"what was there before\n" if self.dice.random() < 0.5 else None
        if self.old is not None:
            self.out.write_bytes(self.old)
        self.answers = self.setting.answers[ending]
        folder, base = self.setting.references["run"], self.setting.base
        rows = str(self.setting.rows)
        self.meet(["predict", str(folder), rows, "--base", str(base), "--device", "cpu", "--out", str(self.out)])
        self.case.require(self.out.read_bytes() == self.answers, "the answers are those without a fault")
        self.case.require(os.listdir(self.place) == [self.out.name], f"nothing else is there: {os.listdir(self.place)}")

    def check_between(self, ended: Ended) -> None:
        there = self.out.read_bytes() if self.out.exists() else None
        self.case.require(there in (self.old, self.answers), "the file is the old one, the new one or none")
        others = [name for name in os.listdir(self.place) if name != self.out.name]
        if self.old is None or ended.code >= 0:
            self.case.require(not others, f"nothing is left: {others}")
        # Between two calls of the system the whole new file has a name beside an old one.
        whole = all((self.place / name).read_bytes() == self.answers for name in others)
        self.case.require(len(others) <= 1 and whole, f"what is left is whole: {others}")


class PushStory(Story):
    """`push` to a Hub of this machine."""

    def play(self) -> None:
        self.folder, self.repo = self.setting.references["run"], f"ada/case-{self.case.number}"
        before = fingerprints(self.folder)
        listed = json.loads((self.folder / "manifest.json").read_text())["files"]
        self.expected = {"manifest.json", *(record["path"] for record in listed)}
        self.meet(["push", str(self.folder), self.repo, *self.setting.push_options], rounds=self.dice.randint(1, 2))
        self.case.require(fingerprints(self.folder) == before, "nothing here has changed")
        self.case.require(self._there() == self.expected, "all of it is there")

    def check_between(self, ended: Ended) -> None:
        there = self._there()
        self.case.require(there in (None, set(), self.expected), f"all of it or nothing: {there}")

    def _there(self) -> set[str] | None:
        """The files of the repository that are ours; None where there is no repository."""
        address = f"{self.setting.hub}/api/models/{self.repo}"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        try:
            with urllib.request.urlopen(asked) as answer:
                files = json.load(answer)["siblings"]
        except urllib.error.HTTPError:
            return None
        return {file["rfilename"] for file in files} - {".gitattributes"}


STORIES: dict[str, type[Any]] = {
    "run": RunStory, "seeds": RunStory, "card": CardStory, "predict": PredictStory, "push": PushStory,
}  # fmt: skip


def play(setting: Setting, number: int, command: str) -> Case:
    """One case from its first fault to its end."""
    story = STORIES[command](setting, number, command)
    try:
        story.play()
    except OSError as error:
        story.case.wrong.append(f"{type(error).__name__}: {error}")
    if not story.case.wrong:
        shutil.rmtree(story.place)
    return story.case


def check_run(case: Case, out: Path, told: Path) -> None:
    """A finished folder: it verifies, nothing in it is half, and adapter and predictions are those without a fault."""
    report = verify(out)
    case.require(report.ok, f"it verifies: {[check for check in report.checks if check.ok is False]}")
    for path in [Path("adapter_model.safetensors"), *(path.relative_to(told) for path in told.glob("predictions/*"))]:
        case.require((out / path).read_bytes() == (told / path).read_bytes(), f"{path} has the same bytes")
    halves = [path.name for path in out.rglob(f"{HALF}*")] + [path.name for path in out.rglob(".tmp*")]
    case.require(not halves and not (out / LOCK).exists(), f"nothing is left: {halves}")


def half_written(folder: Path) -> Iterator[str]:
    """A sentence for every file with a name that cannot be read to its end."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or is_half(inside) or path.name == LOCK:
            continue
        if inside.parts[0] == "checkpoints" and len(inside.parts) > 3:
            continue  # a checkpoint is whole or passed over: its hashes decide
        try:
            _read(path)
        except Exception as error:  # noqa: BLE001 - each library has its own
            yield f"{inside} is whole ({type(error).__name__}: {error})"


def _read(path: Path) -> None:
    if path.suffix == ".json":
        json.loads(path.read_text())
    elif path.suffix == ".parquet":
        pq.read_table(path)
    elif path.suffix == ".safetensors":
        with safe_open(path, "pt") as stream:
            for name in stream.keys():  # noqa: SIM118 - no mapping
                stream.get_tensor(name)
    elif path.suffix == ".png":
        Image.open(path).load()
    elif not path.read_bytes():
        raise ValueError("it is empty")


def fingerprints(folder: Path) -> dict[str, str]:
    """Path to sha256 of all files but halves and locks, which nobody reads."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK and not is_half(path.relative_to(folder))
    }
