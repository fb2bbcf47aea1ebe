"""What a server tells of itself: each adapter as a record, and its paths as OpenAPI."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.in_plain_words import limits_in_words, reliability
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.serving.limits import Limits
from tunecard.serving.options import NAMES
from tunecard.serving.shelf import Library
from tunecard.version import __version__

ERROR = {"$ref": "#/components/schemas/Error"}
STATUSES = {
    "400": "the body is of another shape",
    "401": "no token, or another one",
    "404": "no such adapter",
    "408": "the request arrived too slowly",
    "413": "the body is too large",
    "422": "too many rows, or too long ones",
    "429": "the queue is full; Retry-After says when to come again",
    "503": "not ready, or stopping",
    "504": "no answer within the deadline",
}


def adapter_record(library: Library, name: str, *, is_whole: bool = False) -> dict[str, Any]:
    """Name, task, labels, base and headline score; whole also what its card says of limits and of its confidence."""
    predictor = library.predictor(name)
    record: dict[str, Any] = {
        "name": name, "task": predictor.task, "labels": list(predictor.labels), "base": predictor.base_id,
        "score": predictor.score, "pairs": bool(predictor.is_pair),
    }  # fmt: skip
    if not is_whole:
        return record
    findings = findings_of(library, name)
    return record | {
        "unchecked": list(predictor.unchecked),
        "limits": limits_in_words(findings) if findings else [],
        "reliability": reliability(findings) if findings else [],
    }


def findings_of(library: Library, name: str) -> Findings | None:
    """The evidence of an adapter; None where it has none that can be read."""
    try:
        findings = RunFolder(library.folders[name]).read_findings()
    except RunFolderError:
        return None
    return findings if facts.headline(findings) is not None else None


def openapi(limits: Limits, *, asks_token: bool) -> dict[str, Any]:
    """The paths in OpenAPI 3.1."""
    row = {"description": "a text, a pair of texts, or words"}
    many = {"oneOf": [{"type": "string"}, {"type": "array", "maxItems": limits.rows, "items": row}]}
    answers = {"description": "as transformers' pipeline answers: labels with scores, entities, or a number, a row"}
    predict = _post("Predict rows", {"inputs": many, "adapter": {"type": "string"}}, "inputs", answers)
    named = _post("Predict rows by one adapter", {"inputs": many}, "inputs", answers)
    named["parameters"] = [_name()]
    hub = _post(
        "Predict as the Hub's inference API", {"inputs": many, "adapter": {"type": "string"}}, "inputs", answers
    )
    classify = _post("Classify", {"input": many, "model": {"type": "string"}}, "input", {"type": "object"})
    gets = {
        "/adapters": "Every adapter with task, labels and score",
        "/livez": "The process is alive",
        "/readyz": "A prediction went through the model within its deadline",
        "/health": "The same, where text-embeddings-inference and vLLM have it",
        "/v1/models": "Every adapter as OpenAI lists models",
        "/metrics": "Figures for Prometheus",
    }
    paths: dict[str, Any] = {path: {"get": _get(said)} for path, said in gets.items()}
    paths["/adapters/{name}"] = {"get": _get("One adapter with its limits", [_name()])}
    paths["/adapters/{name}/card"] = {"get": _get("Its card", [_name()])}
    paths |= {
        "/predict": {"post": predict},
        "/adapters/{name}/predict": {"post": named},
        "/": {"get": _get("The page"), "post": hub},
        "/models/{name}": {"post": {**hub, "parameters": [_name()]}},
        "/classify": {"post": classify},
        "/v1/classify": {"post": classify},
    }
    components: dict[str, Any] = {"schemas": {"Error": _ERROR}}
    whole: dict[str, Any] = {
        "openapi": "3.1.0", "info": {"title": "tunecard serve", "version": __version__}, "paths": paths,
        "components": components,
    }  # fmt: skip
    if asks_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        whole["security"] = [{"token": []}]
    return whole


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}


def _name() -> dict[str, Any]:
    return {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}


def _get(said: str, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"summary": said, "parameters": parameters or [], "responses": {"200": {"description": "done"}}}


def _post(said: str, properties: dict[str, Any], needed: str, answers: dict[str, Any]) -> dict[str, Any]:
    known = properties | {name: {"description": "see docs/serving.md"} for name in sorted(NAMES)}
    body = {"type": "object", "required": [needed], "properties": known, "additionalProperties": False}
    failed = {
        status: {"description": why, "content": {"application/json": {"schema": ERROR}}}
        for status, why in STATUSES.items()
    }
    return {
        "summary": said,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "done", "content": {"application/json": {"schema": answers}}}, **failed,
        },
    }  # fmt: skip
