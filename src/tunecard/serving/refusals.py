"""What a server refuses, each with its status, its type and what to do: `{"error": {"type", "message"}}`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Refused(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP.
        kind: a word that programs read.
        message: a sentence that people read; it quotes no text of a request.
    """

    status: int
    kind: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, dict[str, str]]:
        """The body."""
        return {"error": {"type": self.kind, "message": self.message}}


def bad_shape(message: str) -> Refused:
    """The request is not what this path takes."""
    return Refused(400, "shape", message)


def no_token() -> Refused:
    """The token is missing or another one."""
    return Refused(401, "token", "send Authorization: Bearer TOKEN.", {"WWW-Authenticate": "Bearer"})


def other_host() -> Refused:
    """The Host header names another machine: a page of somebody else's asks in a browser's name."""
    return Refused(403, "host", "the Host header names another machine. Ask for the address that the server told.")


def no_adapter(message: str) -> Refused:
    """No adapter of that name."""
    return Refused(404, "adapter", message)


def too_large(most: int) -> Refused:
    """A body over its bound."""
    return Refused(413, "size", f"a request may have {most:,} bytes. Send fewer rows at a time.")


def too_much(message: str) -> Refused:
    """Rows over their bounds."""
    return Refused(422, "rows", message)


def bad_row(message: str) -> Refused:
    """The only row cannot be predicted, and its client knows errors by their status alone."""
    return Refused(422, "row", message)


def full(seconds: int) -> Refused:
    """The queue is full."""
    return Refused(429, "busy", f"the queue is full. Try again in {seconds} s.", {"Retry-After": str(seconds)})


def draining() -> Refused:
    """The server stops, or has not begun."""
    return Refused(
        503, "unready", "the server is not ready or is stopping. Ask another one, or try again.",
        {"Retry-After": "5"},
    )  # fmt: skip


def our_fault() -> Refused:
    """What should not happen."""
    return Refused(500, "fault", "a fault of the server, which its log tells. Other requests are answered.")


def too_late(seconds: float) -> Refused:
    """No answer in time."""
    return Refused(504, "deadline", f"not answered within {seconds:g} s. Send fewer rows, or ask when it is calmer.")
