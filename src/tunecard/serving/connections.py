"""The connections of a server: each brings its headers and takes its answer in time, and makes room for the next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tunecard.serving.limits import Limits
from tunecard.serving.refusals import bad_shape

# How soon a connection is given up for a new one. What has sent no whole request yet goes first, then what sends
# slowly, then what rests between two requests; what waits for its answer stays.
SENDS_HEADERS, SENDS_BODY, RESTS, WAITS = range(4)


def connections(limits: Limits) -> type[H11Protocol]:
    """The protocol that uvicorn speaks, within these limits."""
    return type("Connection", (Connection,), {"limits": limits})


class Connection(H11Protocol):
    """HTTP by h11, which bounds headers; httptools, which uvicorn would take where it is installed, does not.

    Uvicorn itself waits for headers without end, for a client that reads no answer too, and answers everybody by 503
    once there are too many connections, so that whoever opens most of them keeps all others out.
    """

    limits = Limits()
    _since = 0.0
    _answered = False
    _headers: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _leaving: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes a place, if need be that of another one."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._mind_headers()
        if len(self.connections) > self.limits.connections:
            victim = first_to_go(one for one in self.connections if isinstance(one, Connection) and one is not self)
            (victim or self).give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        for timer in (self._headers, self._reading, self._leaving):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._leaving is not None and self.conn.their_state is not h11.SEND_BODY:
            self._leaving.cancel()
            self._leaving = None
        self._mind_headers()

    def on_response_complete(self) -> None:
        """A client that still sends what nobody reads is listened to a little, so that it gets to the answer."""
        self._answered, self._since = True, self.loop.time()
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self.flow.resume_reading()
            self._leaving = self.loop.call_later(self.limits.linger_seconds, self.give_up)
        self._mind_headers()

    def send_400_response(self, msg: str) -> None:
        """In the shape of all refusals; behind the head of another answer it can only hang up."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.give_up()
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # what it was about to answer has no place any more
        body = json.dumps(bad_shape("this is not HTTP, or its headers are too large.").to_json()).encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        """The client does not read: it has some time to begin."""
        super().pause_writing()
        self._mind_reading()

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def timeout_keep_alive_handler(self) -> None:
        """It rested too long, or has not taken its answer yet."""
        if self.transport.get_write_buffer_size():
            self._mind_reading()
        else:
            self.give_up()

    def shutdown(self) -> None:
        """The server stops: what rests is closed, what waits is answered first, and none may stay for not reading."""
        super().shutdown()
        if self.transport.get_write_buffer_size():
            self._mind_reading()

    def give_up(self) -> None:
        """Hangs up, whatever the client has still not read."""
        self.connections.discard(self)  # its place is free at once: many may come before the loop closes it
        self.transport.abort()

    def state(self) -> int:
        """Where it stands: SENDS_HEADERS, SENDS_BODY, RESTS or WAITS."""
        if self.cycle is not None and not self.cycle.response_complete:
            return SENDS_BODY if self.cycle.more_body else WAITS
        return RESTS if self._answered else SENDS_HEADERS

    def order(self) -> tuple[int, float]:
        """Those that go first are least."""
        return self.state(), self._since

    def _mind_reading(self) -> None:
        self._reading = self._reading or self.loop.call_later(self.limits.reading_seconds, self.give_up)

    def _mind_headers(self) -> None:
        """From the first byte of a request, or from the making of the connection, for all headers."""
        begins = self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE
        if begins and not (self._answered and not self.conn.trailing_data[0]):
            self._headers = self._headers or self.loop.call_later(self.limits.header_seconds, self.give_up)
        elif self._headers is not None:
            self._headers.cancel()
            self._headers = None


def first_to_go(open_ones: Iterable[Any]) -> Any | None:
    """The connection that is given up for a new one; None where each waits for an answer."""
    least = min(open_ones, key=Connection.order, default=None)
    return None if least is None or least.state() == WAITS else least
