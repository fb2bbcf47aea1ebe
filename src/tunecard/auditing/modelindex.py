"""The shape of `model-index`, the machine-readable results of a card."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunecard.auditing.wording import shown

_ADVICE = "See huggingface.co/docs/hub/model-cards for the shape."
_LONGEST_NAME = 100


def model_index_errors(value: Any) -> Iterator[str]:
    """What the Hub would refuse: each result needs a task, a dataset and metrics with their required keys."""
    if not isinstance(value, list) or not value:
        yield f"model-index: it must be a list of models with name and results; {shown(value)} came. {_ADVICE}"
        return
    for index, model in enumerate(value):
        place = f"model-index[{index}]"
        if not isinstance(model, dict):
            yield f"{place}: it must be a mapping with name and results; {shown(model)} came. {_ADVICE}"
            continue
        yield from _text(model, place, "name")
        results = model.get("results")
        if not isinstance(results, list):
            yield f"{place}.results: it must be a list; {shown(results)} came. {_ADVICE}"
            continue
        for number, result in enumerate(results):
            yield from _result(result, f"{place}.results[{number}]")


@dataclass(frozen=True)
class IndexedScore:
    """One number of a `model-index`, with its metric's name and type and the data set and split it was found on."""

    name: str
    type: str
    value: float
    dataset: str
    split: str


def indexed_scores(value: Any) -> Iterator[IndexedScore]:
    """Every score of a `model-index` that is a number; texts and wrong shapes are left out."""
    for model in _mappings(value):
        for result in _mappings(model.get("results")):
            dataset = result.get("dataset")
            dataset = dataset if isinstance(dataset, dict) else {}
            for metric in _mappings(result.get("metrics")):
                number = metric.get("value")
                if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number):
                    kind = _short(metric.get("type"))
                    name = _short(metric.get("name")) or kind
                    about = f"{_short(dataset.get('type'))} {_short(dataset.get('name'))}"
                    yield IndexedScore(name, kind, float(number), about, _short(dataset.get("split")))


def _short(value: Any) -> str:
    """A short text as it is; anything else is nothing."""
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""


def _mappings(value: Any) -> Iterator[dict[Any, Any]]:
    yield from (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def _result(result: Any, place: str) -> Iterator[str]:
    if not isinstance(result, dict):
        yield f"{place}: it must be a mapping with task, dataset and metrics; {shown(result)} came. {_ADVICE}"
        return
    for key, needed in (("task", ("type",)), ("dataset", ("type", "name"))):
        part = result.get(key)
        if not isinstance(part, dict):
            yield f"{place}.{key}: it must be a mapping; {shown(part)} came. {_ADVICE}"
            continue
        for name in needed:
            yield from _text(part, f"{place}.{key}", name)
    yield from _dataset_options(result.get("dataset"), place)
    yield from _metrics(result.get("metrics"), place)
    source = result.get("source")
    if source is not None and not (isinstance(source, dict) and isinstance(source.get("url"), str)):
        yield f"{place}.source: it must hold url; {shown(source)} came. Add the address of the results."


def _dataset_options(dataset: Any, place: str) -> Iterator[str]:
    for key in ("config", "split", "revision"):
        option = dataset.get(key) if isinstance(dataset, dict) else None
        if option is not None and not isinstance(option, str):
            yield f"{place}.dataset.{key}: it must be a text; {shown(option)} came. Quote it."


def _metrics(metrics: Any, place: str) -> Iterator[str]:
    if not isinstance(metrics, list) or not metrics:
        yield f"{place}.metrics: it must be a list of metrics; {shown(metrics)} came. {_ADVICE}"
        return
    for index, metric in enumerate(metrics):
        spot = f"{place}.metrics[{index}]"
        if not isinstance(metric, dict):
            yield f"{spot}: it must be a mapping with type and value; {shown(metric)} came. {_ADVICE}"
            continue
        yield from _text(metric, spot, "type")
        value = metric.get("value")
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            yield f"{spot}.value: it must be a number; {shown(value)} came. Give the score or take the metric out."


def _text(mapping: dict[Any, Any], place: str, key: str) -> Iterator[str]:
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip():
        yield f"{place}.{key}: it must be a text; {shown(value)} came. Add it."
