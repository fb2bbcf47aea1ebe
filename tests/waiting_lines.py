"""What a command says on standard error, without its lines of work that took longer than usual on a busy machine."""

from __future__ import annotations

import re

_WAITING = re.compile(r"^[A-Z][a-z ]+(?:: | {2}).*(?:\d s|\d:\d\d)(?: to go| so far)?(?:,.*)?$")


def without_waiting(err: str) -> str:
    """The other lines.

    >>> without_waiting("Drawing pictures: 1 of 5 pictures, 1:13 to go\\nVerifying: 29 checks     13.8 s\\nHubError: no\\n")
    'HubError: no\\n'
    """
    return "".join(line for line in err.splitlines(keepends=True) if not _WAITING.search(line))
