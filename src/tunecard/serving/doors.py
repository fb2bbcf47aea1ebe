"""Who may ask: the Host header against pages of somebody else's in a browser, and the token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunecard.errors import RecipeError
from tunecard.serving.refusals import no_token, other_host

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
LEAST_TOKEN = 16  # characters


@dataclass(frozen=True)
class Doors:
    """What a request must show.

    Attributes:
        host: that the server listens on.
        token: None where none is asked.
    """

    host: str
    token: str | None = None

    def check_host(self, headers: Mapping[str, str]) -> None:
        """On loopback only a loopback name may be asked for: a page of another site cannot get here by its own.

        Raises: Refused: another name.
        """
        name = headers.get("host", "").lower()
        name = name[: name.rindex("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]
        if is_loopback(self.host) and name not in LOOPBACK:
            raise other_host()

    def check_token(self, headers: Mapping[str, str]) -> None:
        """Compared in constant time. Raises: Refused: none, or another one."""
        if self.token is None:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode(), self.token.encode())
        if scheme.lower() != "bearer" or not is_right:
            raise no_token()


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask."""
    return host in LOOPBACK


def doors_of(host: str, token: str | None) -> Doors:
    """Raises: RecipeError: other machines could ask without a token, or the token can be guessed."""
    if token is None and not is_loopback(host):
        raise RecipeError(
            f"--host {host} lets other machines ask, who must show a token. Write one of {LEAST_TOKEN} characters or "
            "more into a file and give --token-file FILE."
        )
    if token is not None and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable()):
        raise RecipeError(f"a token must have {LEAST_TOKEN} printable characters or more. Got {len(token)}.")
    return Doors(host, token)


def read_token(path: Path) -> str:
    """The one line of a file. Raises: RecipeError: it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError("cannot be read as a token. Write one line of text.", place=str(path)) from error
