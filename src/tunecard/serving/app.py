"""The HTTP application: its paths, and what goes around each of them: doors, bounds, deadlines, figures, headers."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tunecard.errors import nearest
from tunecard.evidence import RunFolder
from tunecard.evidence.ledger import PAGE
from tunecard.serving.card_page import card_page
from tunecard.serving.described import adapter_record
from tunecard.serving.hanging_up import while_there
from tunecard.serving.openapi import DOCUMENTS, openapi
from tunecard.serving.refusals import Refused, bad_row, bad_shape, draining, no_adapter, our_fault, too_large, too_late
from tunecard.serving.requests import Asked, as_taken, read_asked, read_body
from tunecard.serving.shapes import as_classified, as_hub, as_models, as_pipeline, is_finite
from tunecard.serving.shelf import Answer, Row
from tunecard.serving.state import State
from tunecard.serving.worker import rows_for
from tunecard.untrusted.plain_files import read_plain

log = logging.getLogger("tunecard.serving")
Handler = Callable[[Request], Awaitable[Response]]
# Path to the file of page/ that it answers with.
PAGES = {
    "/": "index.html",
    "/docs": "docs.html",
    **{f"/{name}": name for name in ("page.css", "common.js", "page.js", "docs.js")},
}
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A card is one page with its style and pictures inside, and runs nothing.
CARD_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; sandbox"
BUSY = 429
MOST_CARD = 200_000_000  # bytes; pictures are inside
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
        ("/health", paths.ready, "GET"),
    ]
    closed_paths = [
        ("/", paths.hub, "POST"),
        ("/models/{name}", paths.hub, "POST"),
        ("/v1/models", paths.models, "GET"),
        ("/v1/classify", paths.classify, "POST"),
        ("/adapters", paths.adapters, "GET"),
        ("/adapters/{name}", paths.adapter, "GET"),
        ("/adapters/{name}/card", paths.card, "GET"),
        ("/adapters/{name}/predict", paths.predict, "POST"),
        ("/adapters/{name}/{file}", paths.document, "GET"),
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
                request.state.opened = state.doors.check_token(request.headers)
            response = await handler(request)
        except Refused as refused:
            if refused.status == BUSY:  # whoever comes again at once, whatever Retry-After says, takes from the others
                await asyncio.sleep(state.limits.refusal_seconds)
            response = _refusal(refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is JSON and the log quotes no text
            log.error("%s at %s\n%s", type(error).__name__, path, "".join(traceback.format_tb(error.__traceback__)))
            response = _refusal(our_fault())
        if state.is_draining:
            response.headers["Connection"] = "close"  # else the client would send its next request to nobody
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        state.measures.request(path, response.status_code, time.monotonic() - began)
        return response

    return around


def _refusal(refused: Refused) -> Response:
    return JSONResponse(refused.to_json(), refused.status, refused.headers)


class _Paths:
    def __init__(self, state: State) -> None:
        self._state = state

    async def page(self, request: Request) -> Response:
        name = PAGES[request.scope["path"]]  # not that of `request.url`, which the Host header makes
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
        return JSONResponse(openapi(self._state.limits, asks_token=self._state.doors.asks_token))

    async def adapters(self, request: Request) -> Response:
        library = self._state.library
        return JSONResponse({"adapters": [adapter_record(library, name) for name in self._names(request)]})

    async def adapter(self, request: Request) -> Response:
        name = self._named(request.path_params["name"], request)
        return JSONResponse(adapter_record(self._state.library, name, is_whole=True))

    async def card(self, request: Request) -> Response:
        folder = self._state.library.folders[self._named(request.path_params["name"], request)]
        run, headers = RunFolder(folder), {"Content-Security-Policy": CARD_CSP}
        for path in (run.page, run.card):
            if _is_own(path, folder):
                content = read_plain(path, MOST_CARD)
                if path == run.card:
                    content = (await asyncio.to_thread(card_page, content.decode(), folder)).encode()
                return Response(content, media_type="text/html; charset=utf-8", headers=headers)
        raise no_adapter("the adapter has no card. `tunecard complete` makes one.")

    async def document(self, request: Request) -> Response:
        """What a card names by its file, so that a reader who follows it finds it."""
        name, file = request.path_params["name"], request.path_params["file"]
        folder = self._state.library.folders[self._named(name, request)]
        if file == PAGE:
            return await self.card(request)
        if file not in DOCUMENTS or not _is_own(folder / file, folder):
            raise no_adapter(f"no such file of an adapter. There may be {', '.join((PAGE, *DOCUMENTS))}.")
        content = await asyncio.to_thread(read_plain, folder / file, MOST_CARD)
        return Response(content, media_type=DOCUMENTS[file], headers={"Content-Security-Policy": CARD_CSP})

    async def models(self, request: Request) -> Response:
        folders = self._state.library.folders
        return JSONResponse(as_models({name: folders[name].stat().st_mtime for name in self._names(request)}))

    async def predict(self, request: Request) -> Response:
        asked, answers = await self._predicted(request)
        shaped = [_shaped(one, asked) for one in answers]
        return _json(shaped[0] if asked.is_single else shaped)

    async def hub(self, request: Request) -> Response:
        """As `predict`, in the shape in which the Hub's inference API answers one text."""
        asked, answers = await self._predicted(request)
        shaped = [_shaped(one, asked) for one in answers]
        if not asked.is_single:
            return _json(shaped)
        if isinstance(shaped[0], dict) and "error" in shaped[0]:
            raise bad_row(shaped[0]["error"])
        return _json(as_hub(answers[0], shaped[0]))

    async def classify(self, request: Request) -> Response:
        asked = read_asked(read_body(await self._body(request)), "input", "model", self._state.limits)
        name = self._named(asked.adapter, request)
        labels = self._state.library.predictor(name).labels
        _, answers = await self._answers(name, asked, request)
        try:
            data = [
                {"index": place, **one} if "error" in one else as_classified(place, one, labels)
                for place, one in enumerate(answers)
            ]
        except ValueError as error:
            raise bad_shape(str(error)) from error
        head = {"id": f"classify-{uuid4().hex}", "object": "list", "created": int(time.time()), "model": name}
        return _json({**head, "data": data})

    async def _predicted(self, request: Request) -> tuple[Asked, list[Answer]]:
        asked = read_asked(read_body(await self._body(request)), "inputs", "adapter", self._state.limits)
        name = self._named(request.path_params.get("name") or asked.adapter, request)
        return await self._answers(name, asked, request)

    def _names(self, request: Request) -> list[str]:
        """Of the adapters that the client's token opens."""
        opened, names = request.state.opened, self._state.library.names
        return names if opened is None else [name for name in names if name in opened]

    def _named(self, name: str | None, request: Request) -> str:
        """The adapter that is meant: of one server with one adapter that one. Raises: Refused: none of that name."""
        names = self._names(request)
        if name is None:
            if len(names) != 1:
                raise bad_shape(f"say which of {len(names)} adapters: GET /adapters lists them.")
            return names[0]
        if name not in names:  # one of somebody else's is as unknown as any
            raise no_adapter(f"no adapter {name[:80]!r}.{nearest(name, names)} GET /adapters lists them.")
        return name

    async def _answers(self, name: str, asked: Asked, request: Request) -> tuple[Asked, list[Answer]]:
        """The rows as the adapter takes them, and an answer of each, `error` of those at fault.

        Raises: Refused: full, late, or stopping.
        """
        state = self._state
        if state.is_draining:
            raise draining()
        asked = as_taken(asked, lambda row: state.library.fault_of(name, row) is None)
        faults = {place: fault for place, row in enumerate(asked.rows) if (fault := state.library.fault_of(name, row))}
        sound = [row for place, row in enumerate(asked.rows) if place not in faults]
        try:
            found = iter(await self._computed(rows_for(name, sound), asked.tokens, request) if sound else [])
        except TimeoutError as error:
            raise too_late(state.limits.seconds) from error
        answers = [{"error": faults[place]} if place in faults else next(found) for place in range(len(asked.rows))]
        return asked, [_whole(answer, asked) for answer in answers]

    async def _computed(self, rows: list[Row], tokens: int, request: Request) -> list[Answer]:
        return await while_there(request, self._state.worker.ask(rows, tokens, self._state.limits.seconds))

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


def _is_own(path: Path, folder: Path) -> bool:
    """Whether it is a file of the folder, and no link to one of somebody else's."""
    return path.is_file() and path.resolve().parent == folder.resolve()


async def _read(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large(most)
        parts.append(part)
    return b"".join(parts)


def _whole(answer: Answer, asked: Asked) -> Answer:
    """The answer; a fault where it is none, or where its text was cut and may not be."""
    if not is_finite(answer):
        return {"error": "the adapter gives no number for this row: its weights or the base's are broken."}
    if asked.options.may_cut or not answer.get("truncated"):
        return answer
    return {"error": "the text is longer than the adapter reads. Send it in parts, or allow 'truncate'."}


def _shaped(answer: Answer, asked: Asked) -> Any:
    return answer if "error" in answer else asked.options.of(as_pipeline(answer))


async def _unknown(request: Request, error: Exception) -> Response:
    """No such path, or another method of it."""
    status = getattr(error, "status_code", 404)
    said = Refused(status, "path", "no such path, or not by this method. GET /openapi.json tells them all.")
    return JSONResponse(said.to_json(), status, HEADERS)


def _json(content: Any) -> Response:
    """Strict JSON: what is no number has become a fault before."""
    return Response(json.dumps(content, ensure_ascii=False, allow_nan=False), media_type="application/json")
