"""The HTTP application: its paths, and what goes around each of them: doors, bounds, deadlines, figures, headers."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.serving.card_page import card_page
from tunecard.serving.described import adapter_record
from tunecard.serving.openapi import openapi
from tunecard.serving.refusals import Refused, bad_shape, draining, no_adapter, too_large, too_late
from tunecard.serving.requests import Asked, read_asked, read_body
from tunecard.serving.shapes import as_classified, as_pipeline
from tunecard.serving.shelf import Answer
from tunecard.serving.state import State
from tunecard.serving.worker import rows_for

Handler = Callable[[Request], Awaitable[Response]]
# Path to the file of page/ that it answers with.
PAGES = {"/": "index.html", "/docs": "docs.html", "/page.css": "page.css", "/page.js": "page.js", "/docs.js": "docs.js"}
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A card is one page with its style and pictures inside, and runs nothing.
CARD_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; sandbox"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def build_app(state: State) -> Starlette:
    """The application over a state; it answers as soon as the worker of that runs."""
    paths = _Paths(state)
    open_paths = [
        *((path, paths.page, "GET") for path in PAGES),
        ("/livez", paths.live, "GET"),
        ("/readyz", paths.ready, "GET"),
    ]
    closed_paths = [
        ("/adapters", paths.adapters, "GET"),
        ("/adapters/{name}", paths.adapter, "GET"),
        ("/adapters/{name}/card", paths.card, "GET"),
        ("/adapters/{name}/predict", paths.predict, "POST"),
        ("/predict", paths.predict, "POST"),
        ("/classify", paths.classify, "POST"),
        ("/metrics", paths.metrics, "GET"),
        ("/openapi.json", paths.openapi, "GET"),
    ]
    routes = [Route(path, _around(state, path, handler), methods=[method]) for path, handler, method in open_paths]
    routes += [
        Route(path, _around(state, path, handler, asks_token=True), methods=[method])
        for path, handler, method in closed_paths
    ]
    return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})


def _around(state: State, path: str, handler: Handler, *, asks_token: bool = False) -> Handler:
    async def around(request: Request) -> Response:
        began = time.monotonic()
        try:
            state.doors.check_host(request.headers)
            if asks_token:
                state.doors.check_token(request.headers)
            response = await handler(request)
        except Refused as refused:
            response = JSONResponse(refused.to_json(), refused.status, refused.headers)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        state.measures.request(path, response.status_code, time.monotonic() - began)
        return response

    return around


class _Paths:
    def __init__(self, state: State) -> None:
        self._state = state

    async def page(self, request: Request) -> Response:
        name = PAGES[request.url.path]
        content = files("tunecard.serving").joinpath("page", name).read_bytes()
        kind = KINDS[name[name.rindex(".") :]]
        return Response(content, media_type=kind, headers={"Content-Security-Policy": CSP})

    async def live(self, request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(self, request: Request) -> Response:
        is_ready = await self._state.is_ready()
        return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        return Response(self._state.measures.text(), media_type="text/plain; version=0.0.4")

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(openapi(self._state.limits, asks_token=self._state.doors.token is not None))

    async def adapters(self, request: Request) -> Response:
        library = self._state.library
        return JSONResponse({"adapters": [adapter_record(library, name) for name in library.names]})

    async def adapter(self, request: Request) -> Response:
        name = self._named(request.path_params["name"])
        return JSONResponse(adapter_record(self._state.library, name, is_whole=True))

    async def card(self, request: Request) -> Response:
        folder = self._state.library.folders[self._named(request.path_params["name"])]
        run, headers = RunFolder(folder), {"Content-Security-Policy": CARD_CSP}
        if run.page.is_file():
            return Response(run.page.read_bytes(), media_type="text/html; charset=utf-8", headers=headers)
        if run.card.is_file():
            page = await asyncio.to_thread(lambda: card_page(run.read_text(run.card), folder))
            return Response(page, media_type="text/html; charset=utf-8", headers=headers)
        raise no_adapter("the adapter has no card. `tunecard complete` makes one.")

    async def predict(self, request: Request) -> Response:
        content = read_body(await self._body(request))
        asked = read_asked(content, "inputs", "adapter", self._state.limits)
        name = self._named(request.path_params.get("name") or asked.adapter)
        answers = await self._answers(name, asked)
        shaped = [one if "error" in one else as_pipeline(one) for one in answers]
        return _json(shaped[0] if asked.is_single else shaped)

    async def classify(self, request: Request) -> Response:
        content = read_body(await self._body(request))
        asked = read_asked(content, "input", "model", self._state.limits)
        name = self._named(asked.adapter)
        labels = self._state.library.predictor(name).labels
        answers = await self._answers(name, asked)
        try:
            data = [
                {"index": place, **one} if "error" in one else as_classified(place, one, labels)
                for place, one in enumerate(answers)
            ]
        except ValueError as error:
            raise bad_shape(str(error)) from error
        return _json({"model": name, "data": data})

    def _named(self, name: str | None) -> str:
        """The adapter that is meant: of one server with one adapter that one. Raises: Refused: none of that name."""
        names = self._state.library.names
        if name is None:
            if len(names) != 1:
                raise bad_shape(f"say which of {len(names)} adapters: GET /adapters lists them.")
            return names[0]
        try:
            self._state.library.predictor(name)
        except AdapterError as error:
            raise no_adapter(error.problems[0]) from error
        return name

    async def _answers(self, name: str, asked: Asked) -> list[Answer]:
        """Of every row, those at fault with `error`. Raises: Refused: full, late, or stopping."""
        state = self._state
        if state.is_draining:
            raise draining()
        faults = {place: fault for place, row in enumerate(asked.rows) if (fault := state.library.fault_of(name, row))}
        sound = [row for place, row in enumerate(asked.rows) if place not in faults]
        seconds = state.limits.seconds
        try:
            found = iter(await state.worker.ask(rows_for(name, sound), asked.tokens, seconds) if sound else [])
        except TimeoutError as error:
            raise too_late(seconds) from error
        return [{"error": faults[place]} if place in faults else next(found) for place in range(len(asked.rows))]

    async def _body(self, request: Request) -> bytes:
        """The body within its bounds of size and time. Raises: Refused: over them."""
        limits = self._state.limits
        if int(request.headers.get("content-length") or 0) > limits.body_bytes:
            raise too_large(limits.body_bytes)
        try:
            return await asyncio.wait_for(_read(request, limits.body_bytes), limits.body_seconds)
        except TimeoutError as error:
            raise Refused(408, "slow", f"a request must arrive within {limits.body_seconds:g} s.") from error
        except ClientDisconnect as error:
            raise bad_shape("the request broke off.") from error


async def _read(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large(most)
        parts.append(part)
    return b"".join(parts)


async def _unknown(request: Request, error: Exception) -> Response:
    """No such path, or another method of it."""
    status = getattr(error, "status_code", 404)
    said = Refused(status, "path", "no such path, or not by this method. GET /openapi.json tells them all.")
    return JSONResponse(said.to_json(), status, HEADERS)


def _json(content: Any) -> Response:
    """JSON in which every number is one."""
    return Response(json.dumps(_finite(content), ensure_ascii=False, allow_nan=False), media_type="application/json")


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
