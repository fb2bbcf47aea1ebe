"""A server that is told to stop while clients ask, again and again: what became of every request.

Each server is a process forked from one that has imported everything, and runs `tunecard serve` as it is, signals and all.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import serving_judge
import serving_processes

STOPS = "stops.json"
RIGHT, WRONG, REFUSED, NOBODY, LOST = "right", "wrong", "told to go (503)", "nobody there", "lost"
CLIENTS, ROWS = 16, 8


def run_stops(work: Path) -> dict[str, Any]:
    """All rounds of `stops.json`."""
    told = json.loads((work / STOPS).read_text())
    expected = json.loads(Path(told["expected"]).read_text())
    import tunecard.serving.server  # noqa: F401 - once, for all that are forked

    rounds = [one_stop(told["folders"], told["texts"], expected, number) for number in range(told["rounds"])]
    outcomes: Counter[str] = Counter()
    for one in rounds:
        outcomes.update(one["outcomes"])
    return {
        "stops": len(rounds), "outcomes": dict(outcomes), "exit_codes": dict(Counter(str(one["code"]) for one in rounds)),
        "in_flight": [one["in_flight"] for one in rounds], "seconds": [one["seconds"] for one in rounds],
        "answered_after": [one["answered_after"] for one in rounds],
    }  # fmt: skip


def one_stop(folders: Sequence[str], texts: Sequence[str], expected: dict[str, Any], seed: int) -> dict[str, Any]:
    """A server, clients, SIGTERM."""
    port = serving_processes.free_port()
    pid = os.fork()
    if pid == 0:
        _serve(folders, port)
    found = asyncio.run(_ask_until_gone(pid, port, texts, expected, seed))
    _, status = os.waitpid(pid, 0)
    return found | {"code": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - found.pop("told")}


def _serve(folders: Sequence[str], port: int) -> None:
    from tunecard.cli import main

    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.argv = ["tunecard", "serve", *folders, "--port", str(port)]
    code: Any = 70
    try:
        code = main()
    except SystemExit as ended:
        code = ended.code
    finally:
        os._exit(code if isinstance(code, int) else 0)


async def _ask_until_gone(
    pid: int, port: int, texts: Sequence[str], expected: dict[str, Any], seed: int
) -> dict[str, Any]:
    names = [name for name in expected if name]
    await _await_ready(pid, port)
    outcomes: Counter[str] = Counter()
    asked = {"now": 0, "after": 0}
    told: list[float] = []

    async def client(number: int) -> None:
        dice, line = random.Random(f"{seed} {number}"), None
        while True:
            name = dice.choice(names)
            places = dice.choices([int(place) for place in expected[name]], k=dice.randint(1, ROWS))
            content = json.dumps({"inputs": [texts[place] for place in places], "adapter": name}).encode()
            asked["now"] += 1
            line, outcome = await _ask(line, port, content, [expected[name][str(place)] for place in places])
            asked["now"] -= 1
            outcomes[outcome] += 1
            asked["after"] += bool(told) and outcome == RIGHT
            if outcome != RIGHT:
                return

    clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
    await asyncio.sleep(random.Random(seed).uniform(0.2, 0.6))
    os.kill(pid, signal.SIGTERM)
    told.append(time.monotonic())
    in_flight = asked["now"]
    await asyncio.gather(*clients)
    return {"outcomes": dict(outcomes), "in_flight": in_flight, "told": told[0], "answered_after": asked["after"]}


async def _await_ready(pid: int, port: int) -> None:
    while True:
        try:
            _, (head, _) = await _post(None, port, b"", "GET /readyz")
            if head[9:12] == b"200":
                return
        except OSError:
            await asyncio.sleep(0.02)


async def _ask(line: Any, port: int, content: bytes, expected: list[Any]) -> tuple[Any, str]:
    try:
        line, (head, body) = await _post(line, port, content, "POST /predict")
    except ConnectionRefusedError:
        return None, NOBODY
    except (OSError, asyncio.IncompleteReadError):
        return None, LOST
    if head[9:12] == b"503":
        return line, REFUSED
    return line, RIGHT if head[9:12] == b"200" and serving_judge.is_right(expected, body) else WRONG


async def _post(line: Any, port: int, content: bytes, what: str) -> tuple[Any, tuple[bytes, bytes]]:
    """On the same connection where there is one, as clients with a pool do."""
    reader, writer = line or await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if b"\r\nconnection: close" in head.lower():
        writer.close()
        return None, (head, body)
    return (reader, writer), (head, body)
