"""What one server takes: everything that a client could make large has a bound, and here they all are."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Bounds of a server.

    Attributes:
        body_bytes: of a request; more is answered by 413.
        rows: of a request; more is answered by 422.
        characters: of one row; more is answered by 422.
        queue_rows, queue_tokens: rows, and tokens of them, that wait together; a request that does not fit is
            answered by 429. Tokens are counted as a quarter of the characters and one a row, which needs no tokenizer.
        queue_seconds: what waits may take, as batches went lately; a request that comes then is answered by 429, too.
        refusal_seconds: that such an answer takes, so that clients who come again at once do not take up the server.
        batch_tokens, batch_seconds: tokens that go through the model at once, and what they may take as it went lately.
        header_bytes, header_seconds: of a request; what is larger or slower is hung up on.
        body_seconds: within which a request must have arrived behind its headers.
        seconds: within which it is answered, else by 504; what was still waiting is then not computed.
        drain_seconds: what is in flight gets after SIGTERM.
        drain_notice: seconds for which a server that stops still says so, before it hangs up on what rests.
        reading_seconds: that a client may let its answer wait.
        linger_seconds: for which what a refused client still sends is taken and thrown away.
        rest_seconds: that a connection may rest between two requests.
        connections: open at a time; a new one takes the place of one that waits for no answer.
        adapter_bytes: of what adapters learned, in memory; those asked least lately are read again when asked.
    """

    body_bytes: int = 2 * MEGABYTE
    rows: int = 1_000
    characters: int = 100_000
    queue_rows: int = 4_000
    queue_tokens: int = 400_000
    queue_seconds: float = 1.0
    refusal_seconds: float = 0.25
    batch_tokens: int = 8_192
    batch_seconds: float = 0.3
    header_bytes: int = 65_536
    header_seconds: float = 10.0
    body_seconds: float = 10.0
    seconds: float = 60.0
    drain_seconds: float = 30.0
    drain_notice: float = 0.3
    reading_seconds: float = 20.0
    linger_seconds: float = 2.0
    rest_seconds: float = 15.0
    connections: int = 512
    adapter_bytes: int = 1_000 * MEGABYTE


CHARACTERS_A_TOKEN = 4


def tokens_of(characters: int) -> int:
    """How many tokens so many characters count for."""
    return 1 + characters // CHARACTERS_A_TOKEN
