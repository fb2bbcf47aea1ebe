"""Twenty clients that mean no good, each again and again: slow, huge, broken, many, gone before the answer, of a wrong shape."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

HEAD = "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"
PIECE = b" " * 65_536


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        port: at 127.0.0.1.
        adapter: one that is there.
        until: of time.monotonic(), when it ends.
        pause: seconds between two attacks of one client, and between two bits of a slow one.
    """

    port: int
    adapter: str
    until: float
    pause: float = 0.05

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.until

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()


Attack = Callable[[Target], Awaitable[None]]


def posted(body: bytes, *headers: str) -> bytes:
    return (
        "".join([HEAD, f"Content-Length: {len(body)}\r\n", *(f"{one}\r\n" for one in headers), "\r\n"]).encode() + body
    )


def sends(*bodies: bytes) -> Attack:
    """Whole requests, whose answers are read."""
    turn = itertools.cycle(bodies)

    async def attack(target: Target) -> None:
        async with target.line() as (reader, writer):
            for _ in range(20):
                writer.write(posted(next(turn).replace(b"ADAPTER", target.adapter.encode())))
                if not await reader.read(65_536):
                    return
                await asyncio.sleep(target.pause)
                if not target.goes_on:
                    return

    return attack


def drips(head: bytes, bit: bytes) -> Attack:
    """A request of which bit after bit comes, as long as the server listens."""

    async def attack(target: Target) -> None:
        async with target.line() as (reader, writer):
            writer.write(head)
            while target.goes_on and not reader.at_eof():
                writer.write(bit)
                await writer.drain()
                await asyncio.sleep(target.pause)

    return attack


def says(raw: bytes) -> Attack:
    """Bytes that are no request, or more than one."""

    async def attack(target: Target) -> None:
        async with target.line() as (reader, writer):
            writer.write(raw)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(65_536), 1)

    return attack


async def floods(target: Target) -> None:
    """Forty connections at once that say nothing, and stay a while."""
    lines = [await asyncio.open_connection("127.0.0.1", target.port) for _ in range(40)]
    await asyncio.sleep(10 * target.pause)
    for _, writer in lines:
        writer.close()


async def half_opens(target: Target) -> None:
    """A connection whose other half is closed at once, and one that is torn."""
    async with target.line() as (reader, writer):
        writer.write(HEAD.encode())
        writer.write_eof()
        await reader.read(1_000)
    async with target.line() as (_, writer):
        writer.write(HEAD.encode())
        await writer.drain()
        writer.transport.abort()


async def leaves(target: Target) -> None:
    """Asks for a hundred sound rows and is gone."""
    async with target.line() as (_, writer):
        writer.write(posted(json.dumps({"inputs": ["a text of some words"] * 100, "adapter": target.adapter}).encode()))
        await writer.drain()
        writer.transport.abort()


async def reads_nothing(target: Target) -> None:
    """Asks for the page a hundred times and never reads."""
    async with target.line() as (_, writer):
        writer.write(b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(writer.drain(), 1)
        await asyncio.sleep(20 * target.pause)


CHUNKED = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()
ATTACKS: dict[str, Attack] = {
    "slow headers": drips(HEAD.encode(), b"X: y\r\n"),
    "slow body": drips(f"{HEAD}Content-Length: 100000\r\n\r\n".encode(), b" "),
    "slow chunks": drips(CHUNKED, b"1\r\n \r\n"),
    "huge body": drips(f"{HEAD}Content-Length: 1000000000\r\n\r\n".encode(), PIECE),
    "endless chunks": drips(CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "endless headers": drips(HEAD.encode(), b"X: " + b"y" * 8_000 + b"\r\n"),
    "giant header": says(f"{HEAD}X: {'y' * 500_000}\r\n\r\n".encode()),
    "broken JSON": sends(b'{"inputs": ["a"', b"[1, 2", b"\xff\xfe", b'{"inputs": "a", "inputs": "b"}', b""),
    "deep JSON": sends(b'{"inputs": ' + b"[" * 50_000, b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}"),
    "wide JSON": sends(b'{"inputs": [' + b"[]," * 300_000 + b"[]]}"),
    "wrong shapes": sends(b'{"inputs": 3}', b'{"inputs": {"a": 1}}', b'{"texts": ["a"]}', b"[]", b'{"inputs": [[[["a"]]]]}'),
    "no number": sends(b'{"inputs": NaN}', b'{"inputs": "a", "parameters": {"top_k": 1e999}}'),
    "unknown adapter": sends(b'{"inputs": "a", "adapter": "../../etc/passwd"}', b'{"inputs": "a", "adapter": ""}'),
    "too many rows": sends(json.dumps({"inputs": ["a"] * 5_000, "adapter": "ADAPTER"}).encode()),
    "empty rows": sends(json.dumps({"inputs": ["", " ", "\u200b"] * 50, "adapter": "ADAPTER"}).encode()),
    "pipelined garbage": says(posted(b"{}") * 30 + b"\x00\x01garbage\r\n\r\n" + posted(b"{}")),
    "wrong host": says(b"GET /adapters HTTP/1.1\r\nHost: evil.example\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:1/../..\r\n\r\n"),
    "flood": floods,
    "half-open": half_opens,
    "leaves": leaves,
    "reads nothing": reads_nothing,
    "TLS hello": says(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
}  # fmt: skip


async def attack(target: Target, names: list[str] | None = None) -> dict[str, int]:
    """Every client until the end; how often each has attacked."""
    done = dict.fromkeys(names or ATTACKS, 0)

    async def client(name: str) -> None:
        while target.goes_on:
            with contextlib.suppress(OSError, TimeoutError):
                left = max(0.01, target.until - time.monotonic())
                await asyncio.wait_for(ATTACKS[name](target), left)
            done[name] += 1
            await asyncio.sleep(target.pause)

    await asyncio.gather(*(client(name) for name in done))
    return done
