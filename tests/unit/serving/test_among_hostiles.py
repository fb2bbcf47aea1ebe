"""Honest clients among hostile ones get right answers, all of them; a stop under load answers all that was taken."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from served import Stand, library_of, served, state_of
from tunecard.serving.limits import Limits
from tunecard.serving.server import Server, configured

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
HONEST = 8


@pytest.fixture
def attacks(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import serving_attacks  # type: ignore[import-not-found]

    yield serving_attacks
    sys.modules.pop("serving_attacks")


async def post(line: Any, port: int, content: bytes) -> tuple[Any, int, bytes]:
    reader, writer = line or await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    if b"\r\nconnection: close" in head.lower():
        writer.close()
        return None, int(head[9:12]), body
    return (reader, writer), int(head[9:12]), body


def is_right(body: bytes, name: str, texts: list[str]) -> bool:
    scores = [{one["label"]: one["score"] for one in row} for row in json.loads(body)]
    return scores == [Stand.answer(name, text)["probabilities"] for text in texts]


def asks(dice: random.Random) -> tuple[str, list[str], bytes]:
    name, texts = dice.choice(["one", "two"]), ["x" * dice.randint(1, 90) for _ in range(dice.randint(1, 5))]
    return name, texts, json.dumps({"inputs": texts, "adapter": name}).encode()


def test_honest_answers_are_right_and_none_is_starved(attacks: Any, tmp_path: Path) -> None:
    limits = Limits(
        queue_seconds=60, header_seconds=1, body_seconds=1, linger_seconds=0.3, reading_seconds=1, connections=60
    )
    answered = [0] * HONEST

    async def honest(number: int, port: int, until: float) -> None:
        dice, line = random.Random(number), None
        while time.monotonic() < until:
            name, texts, content = asks(dice)
            line, status, body = await asyncio.wait_for(post(line, port, content), 10)
            assert status == 200 and is_right(body, name, texts)
            answered[number] += 1

    async def run(port: int) -> dict[str, int]:
        target = attacks.Target(port, "one", time.monotonic() + 4, 0.2)
        done, *_ = await asyncio.gather(attacks.attack(target), *(honest(n, port, target.until) for n in range(HONEST)))
        return done  # type: ignore[no-any-return]

    with served(tmp_path, limits) as it:
        done = asyncio.run(run(it.port))
        time.sleep(0.2)
        assert it.faults == []
    assert min(done.values()) > 0 and len(done) >= 20
    assert min(answered) >= 2 and min(answered) > max(answered) / 4, answered


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_stop_under_load_answers_all_that_was_taken(seed: int, tmp_path: Path) -> None:
    stand = Stand()
    predict = stand.predict

    def slowly(rows: Any) -> Any:
        time.sleep(0.1)
        return predict(rows)

    stand.predict = slowly  # type: ignore[method-assign]
    state = state_of(library_of(stand, tmp_path), Limits(batch_tokens=128, queue_seconds=60))
    server = Server(configured(state, 0), state)
    thread = threading.Thread(target=lambda: asyncio.run(server._serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    outcomes: Counter[Any] = Counter()

    async def client(number: int) -> None:
        dice, line = random.Random(f"{seed} {number}"), None
        while True:
            name, texts, content = asks(dice)
            try:
                line, status, body = await post(line, port, content)
            except ConnectionRefusedError:
                status, body = "nobody", b""  # type: ignore[assignment]
            except (OSError, asyncio.IncompleteReadError):
                status, body = "unread", b""  # type: ignore[assignment]
            right = status != 200 or is_right(body, name, texts)
            outcomes[status if right else "wrong"] += 1
            outcomes["rows"] += len(texts) * (status == 200)
            if status != 200:
                return

    async def run() -> None:
        clients = [asyncio.create_task(client(number)) for number in range(16)]
        await asyncio.sleep(0.3)
        server.handle_exit(signal.SIGTERM, None)
        await asyncio.wait_for(asyncio.gather(*clients), 20)

    asyncio.run(run())
    thread.join(20)
    state.worker.close()
    assert not thread.is_alive() and outcomes["wrong"] == 0 and outcomes[200] > 16, outcomes
    # A connection may end while a request is on its way; one that was taken was computed, and then it was answered.
    assert len(stand.seen) == outcomes["rows"], outcomes
