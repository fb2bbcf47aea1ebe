"""The server's paths in OpenAPI 3.1: what each takes, every status that it answers with, and a body to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.evidence.ledger import BOM, DATASET_CARD, EVIDENCE, PAGE
from tunecard.serving.limits import Limits
from tunecard.serving.options import NAMES
from tunecard.version import __version__

Schema = dict[str, Any]
JSON, HTML, PLAIN = "application/json", "text/html", "text/plain"
# Beside the card, by the names that it has for them.
DOCUMENTS = {EVIDENCE: JSON, BOM: JSON, DATASET_CARD: PLAIN}
FAULTS = {
    400: "the body is of another shape",
    401: "no token, or another one",
    403: "the Host header names another machine",
    404: "no such adapter",
    408: "the request arrived too slowly",
    413: "the body is too large",
    422: "too many rows, or too long ones",
    429: "the queue is full; Retry-After says when to come again",
    503: "not ready, or stopping",
    504: "no answer within the deadline",
}
OF_ROWS = (400, 404, 408, 413, 422, 429, 503, 504)
TEXTS = ("It works.", "It broke after a week.")
ROWS: dict[str, Any] = {
    "text": TEXTS[0],
    "list": list(TEXTS),
    "pairs": [["A man plays.", "Somebody makes music."]],
    "words": [["Marta", "Ruiz", "joined", "Siemens"]],
    "choices": [["The shelf must hang straight.", ["He takes a level.", "He takes a spoon."]]],
}


def openapi(limits: Limits, *, asks_token: bool) -> Schema:
    """The document.

    Args:
        limits: whose bounds the schemas hold.
        asks_token: whether all but the page and the probes want one.
    """
    closed = (401, 403) if asks_token else (403,)
    paths = {**_rows(closed), **_adapters(closed), **_server(closed)}
    paths["/"] |= _page("page", "The page to try adapters", "the server", (403,))
    whole: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "tunecard serve", "version": __version__,
            "description": "Adapters of encoders over HTTP: rows in, labels, entities or numbers out.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "rows"}, {"name": "adapters"}, {"name": "the server"}],
        "paths": paths,
        "components": {"schemas": schemas(limits)},
    }  # fmt: skip
    if asks_token:
        whole["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in whole["paths"].items():
        for method in methods.keys() & {"get", "post"}:
            is_open = method == "get" and path in OPEN
            methods[method]["security"] = [{"token": []}] if asks_token and not is_open else []
    return whole


OPEN = ("/", "/docs", "/livez", "/readyz", "/health")  # what a browser or a probe asks without a token


def _rows(closed: Sequence[int]) -> Schema:
    said = "Rows to answers, as transformers' pipeline gives them"
    predict = {name: {"inputs": rows, "adapter": "quickstart"} for name, rows in ROWS.items()}
    apart = {name: {"inputs": rows} for name, rows in ROWS.items()}
    hub = "The same, as the Hub's inference API gives one text"
    classes = "A probability of each label, as text-embeddings-inference and vLLM give them"
    asked = {"list": {"input": list(TEXTS), "model": "quickstart"}}
    return {
        "/predict": _post("predict", said, "Predict", predict, "Answers", closed),
        "/adapters/{name}/predict": _post("predictBy", f"{said}, by one", "PredictBy", apart, "Answers", closed),
        "/models/{name}": _post("hubBy", f"{hub}, by one", "PredictBy", apart, "Answers", closed),
        "/": _post("hub", hub, "Predict", predict, "Answers", closed),
        "/classify": _post("classify", classes, "Classify", asked, "Classified", closed),
        "/v1/classify": _post("classifyV1", classes, "Classify", asked, "Classified", closed),
    }


def _adapters(closed: Sequence[int]) -> Schema:
    return {
        "/adapters": _get("adapters", "Every adapter with task, labels and score", "Adapters", closed),
        "/adapters/{name}": _get(
            "adapter", "One adapter with its limits, reliability and examples", "WholeAdapter", (*closed, 404)
        ),
        "/v1/models": _get("models", "Every adapter, as OpenAI lists models", "Models", closed),
        "/adapters/{name}/card": _page("card", "Its card as a page", "adapters", (*closed, 404)),
        "/adapters/{name}/{file}": _documents((*closed, 404)),
    }


def _documents(faults: Sequence[int]) -> Schema:
    """The files that a card links to."""
    files = {"type": "string", "enum": [PAGE, *DOCUMENTS]}
    file = {"name": "file", "in": "path", "required": True, "schema": files, "example": EVIDENCE}
    done = _answer("done", JSON, {"type": "object"})
    done["content"] |= {kind: {"schema": _TEXT} for kind in (HTML, PLAIN)}
    operation = _operation("document", "What its card links to: evidence and bills", "adapters", done, faults)
    return {"get": operation, "parameters": [*_named(is_so=True)["parameters"], file]}


def _server(closed: Sequence[int]) -> Schema:
    ready = _get("ready", "A prediction went through the model within 5 s", "Ready", (403,), "the server")
    ready["get"]["responses"]["503"] = _answer("not ready, or stopping", JSON, _ref("Ready"))
    health = {"get": ready["get"] | {"operationId": "health", "summary": "The same, by the name that others have"}}
    metrics = _operation("metrics", "Figures for Prometheus", "the server", _answer("done", PLAIN, _TEXT), closed)
    described = _answer("done", JSON, {"type": "object"})
    return {
        "/livez": _get("alive", "The process is alive", "Live", (403,), "the server"),
        "/readyz": ready,
        "/health": health,
        "/metrics": {"get": metrics},
        "/openapi.json": {"get": _operation("openapi", "This document", "the server", described, closed)},
        "/docs": _page("docs", "This document as a page", "the server", (403,)),
    }


def _post(id: str, said: str, body: str, examples: Mapping[str, Any], answers: str, closed: Sequence[int]) -> Schema:
    shown = {name: {"value": value} for name, value in examples.items()}
    taken = {"required": True, "content": {JSON: {"schema": _ref(body), "examples": shown}}}
    operation = _operation(id, said, "rows", _answer("done", JSON, _ref(answers)), (*closed, *OF_ROWS))
    return {"post": {**operation, "requestBody": taken}, **_named(is_so=id in ("predictBy", "hubBy"))}


def _get(id: str, said: str, answers: str, faults: Sequence[int], tag: str = "adapters") -> Schema:
    done = _answer("done", JSON, _ref(answers))
    return {"get": _operation(id, said, tag, done, faults), **_named(is_so=404 in faults)}


def _page(id: str, said: str, tag: str, faults: Sequence[int]) -> Schema:
    done = _answer("done", HTML, _TEXT)
    return {"get": _operation(id, said, tag, done, faults), **_named(is_so=404 in faults)}


def _named(*, is_so: bool) -> Schema:
    """The adapter's name in the path."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}, "example": "quickstart"}
    return {"parameters": [name]} if is_so else {}


def _operation(id: str, said: str, tag: str, done: Schema, faults: Sequence[int]) -> Schema:
    responses = {"200": done} | {str(status): _fault(status) for status in sorted(faults)}
    return {"operationId": id, "summary": said, "tags": [tag], "responses": responses}


def _fault(status: int) -> Schema:
    answer = _answer(FAULTS[status], JSON, _ref("Error"))
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return answer


def _answer(said: str, kind: str, schema: Schema) -> Schema:
    return {"description": said, "content": {kind: {"schema": schema}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: Schema, optional: Sequence[str] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": items, **bounds}


def schemas(limits: Limits) -> Schema:
    """Every schema by its name."""
    text = {**_TEXT, "maxLength": limits.characters}
    nested = {"anyOf": [_TEXT, _list(_TEXT, minItems=1)]}
    return {
        "Row": {
            "description": "a text; a pair, or a question and its context; words; a text and its choices",
            "anyOf": [text, _list(nested, minItems=1)],
        },
        "Rows": {"anyOf": [text, _list(_ref("Row"), minItems=1, maxItems=limits.rows)]},
        "Predict": _object({"inputs": _ref("Rows"), "adapter": _NAME, **_OPTIONS}, ["adapter", *_OPTIONS]),
        "PredictBy": _object({"inputs": _ref("Rows"), "adapter": _NAME, **_OPTIONS}, ["adapter", *_OPTIONS]),
        "Classify": _object({"input": _ref("Rows"), "model": _NAME, **_OPTIONS}, ["model", *_OPTIONS]),
        "Scored": _object({"label": _TEXT, "score": _SHARE}),
        "Entity": _object(
            {"entity_group": _TEXT, "start": _WHOLE, "end": _WHOLE, "word": _TEXT, "score": _SHARE},
        ),
        "RowError": _object({"error": _TEXT}),
        "Answer": {
            "description": "labels with scores, the likeliest first; entities; a number; a vector; or what the task "
            "answers, such as a span or the tags of words. A row that cannot be predicted has `error`.",
            "anyOf": [
                _list(_ref("Scored")), _list(_ref("Entity")), {"type": ["number", "null"]},
                _list({"type": "number"}), _ref("RowError"), {"type": "object"},
            ],
        },
        "Answers": {
            "description": "of one text that was sent alone its answer, else an answer a row",
            "anyOf": [_ref("Answer"), _list(_ref("Answer"))],
        },
        "Models": _object({"object": {"const": "list"}, "data": _list(_ref("Model"))}),
        "Model": _object({"id": _TEXT, "object": {"const": "model"}, "created": _WHOLE, "owned_by": _TEXT}),
        "Classified": _object({**_HEAD, "data": _list({"anyOf": [_ref("Classes"), _ref("ClassesError")]})}),
        "Classes": _object({"index": _WHOLE, "label": _TEXT, "probs": _list(_SHARE), "num_classes": _WHOLE}),
        "ClassesError": _object({"index": _WHOLE, "error": _TEXT}),
        "Adapters": _object({"adapters": _list(_ref("Adapter"))}),
        "Adapter": {"type": "object", "required": list(_ADAPTER), "properties": _ADAPTER},
        "WholeAdapter": {
            "allOf": [
                _ref("Adapter"),
                {"type": "object", "required": list(_WHOLE_ADAPTER), "properties": _WHOLE_ADAPTER},
            ]
        },
        "Live": _object({"live": {"type": "boolean"}}),
        "Ready": _object({"ready": {"type": "boolean"}}),
        "Error": _object({"error": _object({"type": _TEXT, "message": _TEXT})}),
    }  # fmt: skip


_OPTIONS: Schema = {name: {"description": "of clients of other servers: docs/serving.md"} for name in sorted(NAMES)}
_HEAD: Schema = {"id": _TEXT, "object": {"const": "list"}, "created": _WHOLE, "model": _TEXT}
_NAME: Schema = {"type": ["string", "null"], "description": "as /adapters lists it; of one adapter it may be left out"}
_ADAPTER: Schema = {
    "name": _TEXT, "task": _TEXT, "labels": _list(_TEXT), "base": _TEXT, "score": _TEXT, "pairs": {"type": "boolean"},
    "parts": {**_list(_TEXT, minItems=1), "description": "what a row holds, in order; `choices` are several"},
}  # fmt: skip
_WHOLE_ADAPTER: Schema = {
    "unchecked": {**_list(_TEXT), "description": "what nothing in the folder vouches for"},
    "limits": {**_list(_TEXT), "description": "where it fails, by its card"},
    "reliability": _list(_object({"from": _SHARE, "to": _SHARE, "right": _SHARE, "n": _WHOLE})),
    "examples": _list(_object({"texts": _list(_TEXT, minItems=1), "what": _TEXT})),
}
