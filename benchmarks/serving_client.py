"""A load over HTTP, for a process of its own: so many clients one after another, or requests at a rate whatever comes back.

Requests and answers are bytes while it runs; answers are judged when it is over. Where requests come at a rate, seconds count
from when one was due, so that a server that lets clients wait does not hide it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import serving_judge
from serving_rows import Asking

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PLAN = "plan.json"
STATUS = re.compile(rb"HTTP/1\.\d (\d{3})")
FAILED = 0  # the status of a request whose connection broke
PATIENCE = 70.0  # seconds; a server answers within 60


@dataclass(frozen=True)
class Plan:
    """One load.

    Attributes:
        port: of the server, at 127.0.0.1.
        asking: which adapter is asked about which texts.
        texts: all of them.
        seconds: that are counted; warm: before them, which are not.
        clients: that each ask when they have their answer. Where `rate` is set: connections at most.
        rate: requests a second.
        seed: decides requests and when they come.
        core: on which this process stays; None: any.
        expected: the file of the right answers; None: nothing is judged.
        judges: what the names of adapters begin with that are judged; others may answer in another form.
    """

    port: int
    asking: Asking
    texts: list[str]
    seconds: float
    warm: float = 2.0
    clients: int = 32
    rate: float | None = None
    seed: int = 0
    core: int | None = None
    expected: str | None = None
    judges: str = ""

    @staticmethod
    def read(path: Path) -> Plan:
        content = json.loads(path.read_text())
        return Plan(**content | {"asking": Asking(**content["asking"])})

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


@dataclass
class Answered:
    """One request.

    Attributes:
        began: seconds since the load began, at which it was due.
        seconds: until its answer.
        status: of HTTP; 0 where the connection broke.
        says_when: of a refusal: whether Retry-After says when to come again.
    """

    name: str
    texts: tuple[int, ...]
    began: float
    seconds: float
    status: int
    body: bytes = b""
    says_when: bool = False


@dataclass
class Load:
    """The load while it runs."""

    plan: Plan
    answered: list[Answered] = field(default_factory=list)
    unsent: int = 0

    def __post_init__(self) -> None:
        self.draw = self.plan.asking.draws(self.plan.seed)
        self.lines: list[Line] = []
        self.began = time.perf_counter()

    @property
    def until(self) -> float:
        return self.plan.warm + self.plan.seconds

    def now(self) -> float:
        return time.perf_counter() - self.began

    async def run(self) -> None:
        await (self.in_turn() if self.plan.rate is None else self.at_rate(self.plan.rate))
        for line in self.lines:
            line.close()

    async def in_turn(self) -> None:
        """Every client asks again as soon as it has its answer."""

        async def client() -> None:
            line = Line(self.plan.port)
            while self.now() < self.until:
                await self.ask(line, self.now())
            self.lines.append(line)

        await asyncio.gather(*(client() for _ in range(self.plan.clients)))

    async def at_rate(self, rate: float) -> None:
        """Requests at random times, on whatever connection is idle; without one it stays unsent."""
        dice, due, asked = random.Random(self.plan.seed), 0.0, set()
        while (due := due + dice.expovariate(rate)) < self.until:
            if (left := due - self.now()) > 0:
                await asyncio.sleep(left)
            if len(asked) >= self.plan.clients:
                self.unsent += 1
                continue
            line = self.lines.pop() if self.lines else Line(self.plan.port)
            task = asyncio.create_task(self.ask_once(line, due))
            asked.add(task)
            task.add_done_callback(asked.discard)
        await asyncio.gather(*asked)

    async def ask_once(self, line: Line, due: float) -> None:
        await self.ask(line, due)
        self.lines.append(line)

    async def ask(self, line: Line, due: float) -> None:
        name, places = self.draw()
        inputs = [self.plan.texts[place] for place in places]
        head, body = await line.post(json.dumps({"inputs": inputs, "adapter": name}).encode())
        found = STATUS.match(head)
        status = int(found[1]) if found else FAILED
        says_when = b"\r\nretry-after: " in head.lower() if status == 429 else False
        self.answered.append(Answered(name, places, due, self.now() - due, status, body, says_when))


class Line:
    """One connection, which stays open and is opened anew where the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, content: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer; nothing where the connection broke."""
        try:
            return await asyncio.wait_for(self._post(content), PATIENCE)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            return b"", b""

    async def _post(self, content: bytes) -> tuple[bytes, bytes]:
        if self._writer is None or self._reader is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self._writer.write(head.encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(answer)
        body = await self._reader.readexactly(int(length[1])) if length else b""
        if b"\r\nconnection: close" in answer.lower():
            self.close()
        return answer, body

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def judged(plan: Plan, answered: list[Answered]) -> list[bool | None]:
    """Of every answer whether it is right; None where it is none or nothing is known of it."""
    known = {} if plan.expected is None else json.loads(Path(plan.expected).read_text())

    def judge(one: Answered) -> bool | None:
        expected = known.get(one.name)
        if one.status != 200 or expected is None or not one.name.startswith(plan.judges):
            return None
        return serving_judge.is_right([expected[str(place)] for place in one.texts], one.body)

    return [judge(one) for one in answered]


def told(plan: Plan, load: Load) -> dict[str, Any]:
    """What the parent reads: a list a column, requests in the order in which they were due."""
    answered = sorted(load.answered, key=lambda one: one.began)
    return {
        "name": [one.name for one in answered], "began": [one.began for one in answered],
        "seconds": [one.seconds for one in answered], "status": [one.status for one in answered],
        "rows": [len(one.texts) for one in answered], "says_when": [one.says_when for one in answered],
        "right": judged(plan, answered), "unsent": load.unsent, "warm": plan.warm, "counted": plan.seconds,
    }  # fmt: skip


def run_load(folder: Path) -> dict[str, Any]:
    """The load of `plan.json`."""
    plan = Plan.read(folder / PLAN)
    if plan.core is not None:
        os.sched_setaffinity(0, {plan.core})
    load = Load(plan)
    asyncio.run(load.run())
    return told(plan, load)
