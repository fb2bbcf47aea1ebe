"""A client that hangs up before its answer: what it asked for and still waits is not computed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from tunecard.serving.refusals import bad_shape

Answers = TypeVar("Answers")


async def while_there(request: Request, asking: Coroutine[Any, Any, Answers]) -> Answers:
    """What `asking` gives; it is cancelled where the client hangs up. Raises: as `asking`; Refused, to nobody."""
    task, gone = asyncio.ensure_future(asking), asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise bad_shape("the request broke off.")
    finally:
        task.cancel()
        gone.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
