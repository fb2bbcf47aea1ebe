"""The server as clients meet it: every path, every refusal, adapters that come and go, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import tunecard
from tunecard.evidence import RunFolder
from tunecard.serving.app import build_app
from tunecard.serving.doors import Doors
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.opening import Opener
from tunecard.serving.server import stamps, watch
from tunecard.serving.shelf import Library
from tunecard.serving.state import State
from tunecard.serving.worker import Worker

PAIRS = [["ab ba", "ba"], ["abc cab bca", "cab"], ["a", "b"]]
USUAL = Limits(queue_seconds=60)  # a busy machine must not turn requests away
TOKEN = "t" * 24
Client = Any


@pytest.fixture(scope="module")
def folders(pair_run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("served")
    for name in ("first", "second"):
        shutil.copytree(pair_run.path, home / name)
    return home


@pytest.fixture(scope="module")
def base(tiny_base: Callable[[str], Path]) -> str:
    return str(tiny_base("bert"))


@pytest.fixture(scope="module")
def worker(folders: Path, base: str) -> Iterator[Worker]:
    worker = Worker(opened(sorted(folders.iterdir()), base), USUAL, Measures())
    worker.start()
    yield worker
    worker.close()
    worker.join(5)


def opened(folders: list[Path], base: str) -> Library:
    library, faults = Opener(base, "cpu", Limits().adapter_bytes).open(folders)
    assert not faults
    return library


def asked(
    worker: Worker, ask: Callable[[Client], Awaitable[None]], *, limits: Limits = USUAL, token: str | None = None
) -> State:
    """`ask` with a client of a server over the worker; the state of that server."""
    state = State(worker, limits, Doors("127.0.0.1", token), Measures())

    async def run() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(build_app(state)), base_url="http://127.0.0.1"
        ) as client:
            await ask(client)

    asyncio.run(run())
    return state


def test_answers_are_those_of_predict(worker: Worker, folders: Path, base: str) -> None:
    expected = tunecard.load(folders / "first", base).predict([tuple(pair) for pair in PAIRS])

    async def ask(client: Client) -> None:
        assert (await client.get("/readyz")).json() == {"ready": True}
        listed = (await client.get("/adapters")).json()["adapters"]
        assert [one["name"] for one in listed] == ["first", "second"] and listed[0]["pairs"] is True
        sent = {"inputs": PAIRS, "adapter": "first"}
        for path, body in (("/predict", sent), ("/adapters/first/predict", {"inputs": PAIRS})):
            found = (await client.post(path, json=body)).json()
            for answer, own in zip(found, expected, strict=True):
                assert {one["label"]: one["score"] for one in answer} == pytest.approx(own["probabilities"], abs=1e-5)
                assert answer[0]["label"] == own["label"]
        told = (await client.post("/classify", json={"input": PAIRS, "model": "second"})).json()
        assert told["model"] == "second" and [one["index"] for one in told["data"]] == [0, 1, 2]
        assert told["data"][0]["label"] == expected[0]["label"]
        rows = (
            await client.post("/predict", json={"inputs": [PAIRS[0], "alone", ["", "x"]], "adapter": "first"})
        ).json()
        assert isinstance(rows[0], list) and "pair" in rows[1]["error"] and "empty" in rows[2]["error"]

    asked(worker, ask)


def test_the_page_and_the_card_run_nothing_of_anybody_else(worker: Worker) -> None:
    async def ask(client: Client) -> None:
        for path in ("/", "/page.css", "/page.js", "/adapters/first/card"):
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            assert answer.status_code == 200 and "default-src 'none'" in policy and "unsafe-eval" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "access-control-allow-origin" not in answer.headers
        assert "script-src" not in (await client.get("/adapters/first/card")).headers["content-security-policy"]
        assert "//" not in (await client.get("/")).text.replace("<!doctype", "")
        whole = (await client.get("/adapters/first")).json()
        assert whole["limits"] and not any("](" in limit or "**" in limit for limit in whole["limits"])

    asked(worker, ask)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/predict", b"{", 400, "shape"),
        ("POST", "/predict", b'{"inputs": ["a"]}', 400, "shape"),
        ("POST", "/predict", b'{"inputs": [["a", "b"]], "adapter": "frist"}', 404, "adapter"),
        ("POST", "/predict", b'{"inputs": "' + b"a" * 300 + b'"}', 413, "size"),
        ("POST", "/predict", json.dumps({"inputs": [["a", "b"]] * 5, "adapter": "first"}).encode(), 422, "rows"),
        ("POST", "/classify", b'{"inputs": ["a"]}', 400, "shape"),
        ("GET", "/predict", b"", 405, "path"),
        ("GET", "/adapters/..%2f..%2fetc/card", b"", 404, "path"),
        ("GET", "/nowhere", b"", 404, "path"),
    ],
)
def test_each_refusal_has_its_status_and_type(
    worker: Worker, method: str, path: str, body: bytes, status: int, kind: str
) -> None:
    async def ask(client: Client) -> None:
        answer = await client.request(method, path, content=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
        assert set(answer.json()["error"]) == {"type", "message"}

    asked(worker, ask, limits=Limits(body_bytes=200, rows=3))


def test_without_the_token_nothing_is_told(worker: Worker) -> None:
    async def ask(client: Client) -> None:
        for path in ("/adapters", "/metrics", "/openapi.json", "/adapters/first/card"):
            assert (await client.get(path)).status_code == 401
            assert (await client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 200
        assert (await client.get("/livez")).status_code == 200 and (await client.get("/")).status_code == 200

    asked(worker, ask, token=TOKEN)


def test_a_page_of_another_site_is_refused_and_a_draining_server_says_so(worker: Worker) -> None:
    async def ask(client: Client) -> None:
        answer = await client.get("/adapters", headers={"Host": "evil.example"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "host")

    state = asked(worker, ask)
    state.is_draining = True

    async def ask_again(client: Client) -> None:
        answer = await client.post("/predict", json={"inputs": PAIRS, "adapter": "first"})
        assert answer.status_code == 503 and answer.headers["retry-after"]
        assert (await client.get("/readyz")).status_code == 503 and (await client.get("/livez")).status_code == 200

    async def run() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(build_app(state)), base_url="http://127.0.0.1"
        ) as client:
            await ask_again(client)

    asyncio.run(run())


def test_figures_count_what_was_asked_and_no_label_is_a_clients(worker: Worker) -> None:
    async def ask(client: Client) -> None:
        await client.post("/predict", json={"inputs": PAIRS, "adapter": "first"})
        await client.get("/secret-path-of-mine")
        await client.get("/adapters/secret-name")
        told = (await client.get("/metrics")).text
        assert 'tunecard_requests_total{path="/predict",status="200"} 1.0' in told and "secret" not in told

    asked(worker, ask)


def test_adapters_come_and_go_while_it_serves(folders: Path, base: str, tmp_path: Path) -> None:
    home = Path(shutil.copytree(folders, tmp_path / "home"))
    opener = Opener(base, "cpu", Limits().adapter_bytes)
    worker = Worker(opener.open([home / "first"])[0], Limits(), Measures())
    state = State(worker, Limits(), Doors("127.0.0.1"), Measures())
    (home / "moved").mkdir()
    shutil.move(home / "second", home / "moved/second")
    said: list[str] = []

    async def run() -> None:
        watching = asyncio.create_task(watch(state, [home], opener.open, said.append, 0.05))
        await asyncio.sleep(0.2)
        shutil.move(home / "moved/second", home / "second")
        await until(lambda: worker.library.names == ["first", "second"])
        (home / "first/adapter_config.json").write_text("{")
        await until(lambda: any("not taken in" in line for line in said))
        assert worker.library.names == ["first", "second"]
        shutil.rmtree(home / "first")
        await until(lambda: worker.library.names == ["second"])
        state.is_draining = True
        await watching

    asyncio.run(run())
    assert "new: second" in said and "gone: first" in said and set(stamps([home])) == {home / "second"}


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.05)


def test_a_stop_loses_no_request_that_was_taken(folders: Path, base: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tunecard",
        "serve",
        str(folders),
        "--port",
        str(port),
        "--base",
        base,
        "--queue-seconds",
        "60",
    ]
    process = subprocess.Popen(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, stderr=subprocess.PIPE, text=True)
    try:
        answers = asyncio.run(ask_while_it_stops(process, f"http://127.0.0.1:{port}"))
        assert process.wait(60) == 0
    finally:
        process.kill()
    assert "2 adapters at" in process.stderr.read()  # type: ignore[union-attr]
    assert 200 in answers and set(answers) <= {200, 503, "refused"}


async def ask_while_it_stops(process: subprocess.Popen[str], address: str) -> list[Any]:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
                await asyncio.sleep(0.1)

        async def one(place: int) -> Any:
            try:
                answer = await client.post(
                    "/predict", json={"inputs": PAIRS * 60, "adapter": ("first", "second")[place % 2]}
                )
            except httpx.ConnectError:
                return "refused"
            if answer.status_code == 200:
                assert len(answer.json()) == 3 * 60
            return answer.status_code

        tasks = [asyncio.create_task(one(place)) for place in range(12)]
        await asyncio.sleep(0.15)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        found = await asyncio.gather(*tasks)
        assert time.monotonic() - began < 40
        return list(found)
