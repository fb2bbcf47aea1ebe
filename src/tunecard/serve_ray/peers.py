"""Without a token only this machine is answered: Ray's proxy may listen anywhere, so that who asks is looked at."""

from __future__ import annotations

import ipaddress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tunecard.serving.refusals import Refused

OTHER_MACHINE = Refused(
    403, "peer", "without a token only the machine itself is answered. Give `token_file` in the application's args."
)


def for_this_machine(app: ASGIApp) -> ASGIApp:
    """The application, for clients on the machine of the proxy that took their request."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_here(scope.get("client")):
            refusal = JSONResponse(OTHER_MACHINE.to_json(), OTHER_MACHINE.status)
            await refusal(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded


def is_here(client: tuple[str, int] | None) -> bool:
    """Whether an address is a loopback one; one that is not told is not.

    >>> is_here(("127.0.0.1", 40000)), is_here(("::ffff:127.0.0.1", 1)), is_here(("10.0.0.7", 1)), is_here(None)
    (True, True, False, False)
    """
    if client is None:
        return False
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
