"""What the Hub would refuse in the front matter, said before anything is uploaded.

Each message names the key, what must hold, what came and what to do. Rules are those the Hub's validator was seen to
apply (`/api/validate-yaml` and the hook on a push); it needs a network, this needs none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from tunecard.auditing.modelindex import model_index_errors
from tunecard.auditing.wording import listed, shown
from tunecard.errors import nearest
from tunecard.hub.languages import SPECIAL, language_codes
from tunecard.hub.licences import LICENCES
from tunecard.hub.pipelines import BASE_MODEL_RELATIONS, PIPELINE_TAGS

_MOST_OF_A_KEY = 20
_REPOSITORY = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}(?:/[A-Za-z0-9_.][\w.-]{0,95})?")
_LICENCE_NAME = re.compile(r"[a-z0-9.-]+")
_LOCAL = re.compile(r"^(?:[/\\~.]|[A-Za-z]:[\\/]|file:)|\\|(?:^|/)checkpoint-\d+/?$|/$")
_LOCALE = re.compile(r"^([A-Za-z]{2,3})[-_][A-Za-z0-9]{2,8}")
_MISSPELT = {
    "licence": "license",
    "languages": "language",
    "base-model": "base_model",
    "pipeline-tag": "pipeline_tag",
    "model_index": "model-index",
    "library-name": "library_name",
}


def metadata_errors(values: dict[str, Any]) -> list[str]:
    """Everything the Hub would refuse or not read in this metadata; empty when it is sound."""
    found: list[str] = []
    for key, check in _CHECKS.items():
        if key in values:
            errors = list(islice(check(values[key], values), _MOST_OF_A_KEY + 1))
            found.extend(errors[:_MOST_OF_A_KEY])
            if len(errors) > _MOST_OF_A_KEY:
                found.append(f"{key}: it has more such errors. Correct these first.")
    for wrong, right in _MISSPELT.items():
        if wrong in values and right not in values:
            found.append(f"{wrong}: the Hub reads `{right}`, not `{wrong}`. Rename the key.")
    return found


def _licence(value: Any, values: dict[str, Any]) -> Iterator[str]:
    for position, licence in _each("license", value):
        if not isinstance(licence, str) or licence not in LICENCES:
            hint = nearest(str(licence).lower(), LICENCES) if isinstance(licence, str) else ""
            yield (
                f"{position}: it must be a licence id of the Hub, such as apache-2.0, mit or cc-by-4.0; "
                f"{shown(licence)} came.{hint} Take an id of the list, or `other` with license_name."
            )
        elif licence == "other":
            yield from _licence_name(values.get("license_name"))


def _licence_name(name: Any) -> Iterator[str]:
    if not isinstance(name, str) or not _LICENCE_NAME.fullmatch(name):
        came = "nothing" if name is None else shown(name)
        yield (
            f"license_name: with `license: other` it must name the licence in small letters, digits, - and .; "
            f"{came} came. Add license_name, and license_link or a LICENSE file."
        )


def _language(value: Any, _: dict[str, Any]) -> Iterator[str]:
    for position, code in _each("language", value):
        if isinstance(code, bool):
            yield f'{position}: it must be a text, but YAML reads no, yes, on and off as {code}. Quote it: "no".'
        elif not isinstance(code, str) or (code not in language_codes()):
            yield (
                f"{position}: it must be an ISO 639-1, 639-2 or 639-3 code in small letters, or {listed(SPECIAL)}; "
                f"{shown(code)} came. {_language_advice(code)}"
            )


def _language_advice(code: Any) -> str:
    locale = _LOCALE.match(code) if isinstance(code, str) else None
    if locale and locale.group(1).lower() in language_codes():
        return f"Write {locale.group(1).lower()}, and the locale under language_bcp47."
    if isinstance(code, str) and code.lower() in language_codes():
        return f"Write {code.lower()}."
    return "Write the code of the language, such as en, or leave the key out."


def _base_model(value: Any, _: dict[str, Any]) -> Iterator[str]:
    for position, name in _each("base_model", value):
        if isinstance(name, str) and _LOCAL.search(name):
            yield (
                f"{position}: it must be an id on the Hub, but {shown(name)} is a local path. "
                "Write the id of the base, such as FacebookAI/roberta-large, or leave the key out."
            )
        elif not is_repository(name):
            yield (
                f"{position}: it must be an id on the Hub, `name` or `owner/name`; {shown(name)} came. "
                "Write the id of the base, or leave the key out."
            )


def _datasets(value: Any, _: dict[str, Any]) -> Iterator[str]:
    for position, name in _each("datasets", value):
        if not is_repository(name):
            yield (
                f"{position}: it must be the id of a dataset on the Hub, `name` or `owner/name`; {shown(name)} came. "
                "Write an id, and describe data that is not on the Hub in the text."
            )


def _strings(key: str) -> Callable[[Any, dict[str, Any]], Iterator[str]]:
    """A check for keys that hold a list of texts."""

    def check(value: Any, _: dict[str, Any]) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{key}: it must be a list of texts; {shown(value)} came. Write each on a line of its own behind -."
            return
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                yield f"{key}[{index}]: it must be a text; {shown(item)} came. Quote it or take it out."

    return check


def _pipeline_tag(value: Any, _: dict[str, Any]) -> Iterator[str]:
    if not isinstance(value, str) or value not in PIPELINE_TAGS:
        hint = nearest(value, PIPELINE_TAGS) if isinstance(value, str) else ""
        yield (
            f"pipeline_tag: it must be a task of the Hub, such as token-classification; {shown(value)} came.{hint} "
            "Take one of huggingface.co/tasks, or leave the key out."
        )


def _relation(value: Any, values: dict[str, Any]) -> Iterator[str]:
    if value not in BASE_MODEL_RELATIONS:
        yield (
            f"base_model_relation: it must be one of {listed(BASE_MODEL_RELATIONS)}; {shown(value)} came. "
            "For an adapter write adapter."
        )
    if "base_model" not in values:
        yield "base_model_relation: it must stand beside base_model, which is missing. Add base_model."


def _text(key: str) -> Callable[[Any, dict[str, Any]], Iterator[str]]:
    def check(value: Any, _: dict[str, Any]) -> Iterator[str]:
        if not isinstance(value, str) or not value.strip():
            yield f"{key}: it must be a text; {shown(value)} came. Write a text or leave the key out."

    return check


def _emissions(value: Any, _: dict[str, Any]) -> Iterator[str]:
    """Grams of CO2 as a number, or a mapping that holds them under `emissions`."""
    place, grams = "co2_eq_emissions", value
    if isinstance(value, dict):
        place, grams = "co2_eq_emissions.emissions", value.get("emissions")
        for key in ("source", "training_type", "geographical_location", "hardware_used"):
            if key in value:
                yield from (f"co2_eq_emissions.{error}" for error in _text(key)(value[key], value))
    if isinstance(grams, bool) or not isinstance(grams, int | float) or not 0 <= grams < math.inf:
        yield f"{place}: it must be a number of grams, 0 or more; {shown(grams)} came. Write it, or leave the key out."


def _new_version(value: Any, _: dict[str, Any]) -> Iterator[str]:
    if not is_repository(value):
        yield (
            f"new_version: it must be an id on the Hub, `name` or `owner/name`; {shown(value)} came. "
            "Write the id of the newer model, or leave the key out."
        )


def _index(value: Any, _: dict[str, Any]) -> Iterator[str]:
    yield from model_index_errors(value)


def _each(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The items of a key that takes one text or a list; an empty value counts as one item that is nothing."""
    if isinstance(value, list) and value:
        yield from ((f"{key}[{index}]", item) for index, item in enumerate(value))
    else:
        yield key, None if value in ([], "") else value


def is_repository(name: Any) -> bool:
    """Whether this has the form of an id on the Hub, `name` or `owner/name`."""
    return isinstance(name, str) and bool(_REPOSITORY.fullmatch(name)) and "--" not in name and ".." not in name


_CHECKS: dict[str, Callable[[Any, dict[str, Any]], Iterator[str]]] = {
    "license": _licence,
    "language": _language,
    "base_model": _base_model,
    "base_model_relation": _relation,
    "datasets": _datasets,
    "tags": _strings("tags"),
    "metrics": _strings("metrics"),
    "pipeline_tag": _pipeline_tag,
    "library_name": _text("library_name"),
    "co2_eq_emissions": _emissions,
    "new_version": _new_version,
    "model-index": _index,
}
