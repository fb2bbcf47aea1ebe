"""openapi.json tells every path that is there and none that is not, in shapes that its own examples have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from jsonschema import Draft202012Validator

from tunecard.serving.app import PAGES, build_app
from tunecard.serving.limits import Limits
from tunecard.serving.openapi import FAULTS, openapi

WHOLE = openapi(Limits(), asks_token=True)
ASSETS = {path for path in PAGES if "." in path}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in WHOLE["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": WHOLE["components"]})


def test_every_path_of_the_server_is_told_and_no_other() -> None:
    routes = build_app(SimpleNamespace()).routes  # type: ignore[arg-type]
    served = {(route.path, next(iter(route.methods - {"HEAD"})).lower()) for route in routes}  # type: ignore[attr-defined]
    told = {(path, method) for path, method, _ in operations()}
    assert told == {(path, method) for path, method in served if path not in ASSETS}


def test_every_reference_leads_to_a_schema_and_every_schema_is_one_and_used() -> None:
    schemas = WHOLE["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(WHOLE)))
    assert used == set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_each_example_is_a_body_and_other_bodies_are_not() -> None:
    found = [op["requestBody"]["content"]["application/json"] for _, _, op in operations() if "requestBody" in op]
    assert len(found) == 6
    for body in found:
        check = validator(body["schema"])
        for example in body["examples"].values():
            check.validate(example["value"])
        for wrong in ({}, {"inputs": 3}, {"inputs": []}, {"inputs": ["a"], "more": 1}, []):
            assert not check.is_valid(wrong)


def test_what_a_client_may_meet_is_told() -> None:
    told = {path: set(operation["responses"]) for path, _, operation in operations()}
    assert told["/predict"] == {"200", *(str(status) for status in FAULTS)}
    assert {"200", "503"} <= told["/readyz"] and "404" in told["/adapters/{name}/card"]
    open_paths = {(path, method) for path, method, operation in operations() if not operation["security"]}
    assert open_paths == {(path, "get") for path in ("/", "/docs", "/livez", "/readyz", "/health")}
    free = openapi(Limits(), asks_token=False)
    assert "securitySchemes" not in free["components"] and "401" not in free["paths"]["/predict"]["post"]["responses"]
