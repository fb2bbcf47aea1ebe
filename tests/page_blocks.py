"""The fenced blocks of a how-to page, run in their order as a reader would, and what the page shows beside what was said.

Every `bash` and `python` block is run; a `text` block is what the block before it says: each of its lines must stand in
the output, in this order, with any numbers; `...` at its end stands for the rest of the line. Two comments tell more: `<!-- goes on from: PAGE -->` starts in the folder in
which another page ended, `<!-- needs: COMMAND --OPTION -->` skips the next block where the command line has no such
option yet.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^<!-- (?P<told>goes on from|needs): (?P<what>.+?) -->$|^```(?P<kind>\w+)\n(?P<content>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MORE = "..."
RUN = {"bash", "python"}
SHOWN_AND_NOT_RUN = {"yaml"}
SECONDS = 900  # of a block, on a machine that has other work, too


@dataclass
class Block:
    """What is run, and what the page says that it says.

    Attributes:
        kind: bash or python.
        content: as it stands on the page.
        line: of the page, on which it begins.
        shown: the page's words for its output.
        needs: a command and an option without which it is not run.
    """

    kind: str
    content: str
    line: int
    shown: str = ""
    needs: str | None = None


@dataclass(frozen=True)
class Page:
    """A page's blocks, and the page in whose folder it goes on."""

    blocks: list[Block]
    goes_on_from: str | None


class PageFault(AssertionError):
    """A block that fails, or does not say what the page shows."""


def read_page(text: str) -> Page:
    """The blocks of a page. Raises: PageFault: a block of a kind that nobody runs, or output of nothing."""
    blocks: list[Block] = []
    told: dict[str, str] = {}
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        kind = found["kind"]
        if found["told"]:
            told[found["told"]] = found["what"]
        elif kind in RUN:
            blocks.append(Block(kind, found["content"], line, needs=told.pop("needs", None)))
        elif kind == "text" and blocks:
            blocks[-1].shown += found["content"]
        elif kind not in SHOWN_AND_NOT_RUN:
            raise PageFault(f"line {line}: a block of {kind!r} is neither run nor the output of one that is")
    return Page(blocks, told.get("goes on from"))


def run_page(page: Page, folder: Path, environment: Mapping[str, str]) -> Iterator[Block]:
    """Runs the blocks in `folder`, one by one, and gives back each that was run.

    Raises: PageFault: one fails, runs longer than a quarter of an hour, or does not say what the page shows.
    """
    for block in page.blocks:
        if block.needs is None or _is_there(block.needs, folder, environment):
            said = _run(block, folder, environment)
            compare(block, said)
            yield block


def compare(block: Block, said: str) -> None:
    """Raises: PageFault: a shown line does not stand in what was said, behind the line shown before it."""
    rest = [_masked(line) for line in said.splitlines()]
    for line in filter(None, map(str.rstrip, block.shown.splitlines())):
        begins, shown = line.endswith(MORE), _masked(line.removesuffix(MORE))
        at = next((n for n, told in enumerate(rest) if (told.startswith(shown) if begins else told == shown)), None)
        if at is None:
            raise PageFault(f"line {block.line}: the page shows {shown!r}, and it said:\n{said}")
        rest = rest[at + 1 :]


def _masked(line: str) -> str:
    return " ".join(NUMBER.sub("#", line).split())


def _run(block: Block, folder: Path, environment: Mapping[str, str]) -> str:
    command = ["bash", "-euo", "pipefail", "-c"] if block.kind == "bash" else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, block.content], cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise PageFault(f"line {block.line}: exit code {done.returncode}\n{block.content}\nsaid:\n{done.stdout}")
    return done.stdout


def _is_there(needs: str, folder: Path, environment: Mapping[str, str]) -> bool:
    command, option = needs.split()
    block = Block("bash", f"tunecard {command} --help", 0)
    return re.search(rf"^ +(-\w, )?{option}\b", _run(block, folder, environment), re.MULTILINE) is not None
