"""Who may ask: the Host header against pages of somebody else's in a browser, and the token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tunecard.errors import RecipeError
from tunecard.serving.refusals import no_token, other_host

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
LEAST_TOKEN = 16  # characters
Names: TypeAlias = frozenset[str] | None


@dataclass(frozen=True)
class Doors:
    """What a request must show.

    Attributes:
        host: that the server listens on.
        token: opens everything; None where none does.
        shares: other tokens, each with the names of the adapters that it opens; None for all.
    """

    host: str
    token: str | None = None
    shares: Mapping[str, Names] = field(default_factory=dict)

    @property
    def asks_token(self) -> bool:
        """Whether one must be shown."""
        return self.token is not None or bool(self.shares)

    def check_host(self, headers: Mapping[str, str]) -> None:
        """On loopback only a loopback name may be asked for: a page of another site cannot get here by its own.

        Raises: Refused: another name.
        """
        name = headers.get("host", "").lower()
        name = name[: name.rindex("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]
        if is_loopback(self.host) and name not in LOOPBACK:
            raise other_host()

    def check_token(self, headers: Mapping[str, str]) -> Names:
        """The adapters that the token opens; None for all. Each is compared, in constant time.

        Raises: Refused: no token, or another one.
        """
        if not self.asks_token:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        known = {**self.shares, **({self.token: None} if self.token is not None else {})}
        found = [names for token, names in known.items() if hmac.compare_digest(given.strip().encode(), token.encode())]
        if scheme.lower() != "bearer" or not found:
            raise no_token()
        return found[0]


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask."""
    return host in LOOPBACK


def doors_of(host: str, tokens: str | None) -> Doors:
    """From what a token file holds: a token a line, behind which the adapters may stand that it opens.

    Raises: RecipeError: other machines could ask without a token, or one can be guessed or stands there twice.
    """
    if tokens is None and not is_loopback(host):
        raise RecipeError(
            f"--host {host} lets other machines ask, who must show a token. Write one of {LEAST_TOKEN} characters or "
            "more into a file and give --token-file FILE."
        )
    if tokens is None:
        return Doors(host)
    lines = [line.split() for line in tokens.splitlines() if line.strip()] or [[""]]
    given = [words[0] for words in lines]
    for token in given:
        if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable():
            raise RecipeError(f"a token must have {LEAST_TOKEN} printable characters or more. Got {len(token)}.")
    if len(set(given)) < len(given):
        raise RecipeError("a token stands there twice. Give each line its own.")
    return Doors(host, None, {words[0]: frozenset(words[1:]) or None for words in lines})


def read_token(path: Path) -> str:
    """What a file of tokens holds. Raises: RecipeError: it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError("cannot be read as a token. Write a token a line.", place=str(path)) from error
