"""An answer of `tunecard predict` in the shapes that clients of pipelines, the Hub, vLLM and others read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Answer = Mapping[str, Any]


def as_pipeline(answer: Answer) -> Any:
    """As transformers' pipeline answers one row: a list of labels with scores (the likeliest first; of several labels
    those that are given), a list of entities, a number, a list of numbers, or what the task answers."""
    if "entities" in answer:
        return [
            {
                "entity_group": one["label"], "start": one["start"], "end": one["end"], "word": one["text"],
                "score": one["probability"],
            }
            for one in answer["entities"]
        ]  # fmt: skip
    for number in ("value", "cosine", "embedding"):
        if number in answer:
            return answer[number]
    if "labels" in answer:
        return _scored({name: answer["probabilities"][name] for name in answer["labels"]})
    if isinstance(answer.get("probabilities"), Mapping):
        return _scored(answer["probabilities"])
    return {key: value for key, value in answer.items() if key != "truncated"}


def as_hub(answer: Answer, shaped: Any) -> Any:
    """As the Hub's inference API answers one text: labels stand in a list of one."""
    return [shaped] if isinstance(answer.get("probabilities"), Mapping) else shaped


def as_models(names: Mapping[str, float]) -> dict[str, Any]:
    """As OpenAI lists models.

    Args:
        names: name to when it was made, in seconds of Unix.
    """
    data = [
        {"id": name, "object": "model", "created": int(made), "owned_by": "tunecard"} for name, made in names.items()
    ]
    return {"object": "list", "data": data}


def as_classified(index: int, answer: Answer, labels: tuple[str, ...]) -> dict[str, Any]:
    """As `/classify` answers one row. Raises: ValueError: the task gives no probabilities of labels."""
    probabilities = answer.get("probabilities")
    if not isinstance(probabilities, Mapping):
        raise ValueError("the adapter gives no probability of each label: ask POST /predict.")
    label = max(labels, key=lambda name: probabilities[name])
    return {
        "index": index, "label": label, "probs": [probabilities[name] for name in labels], "num_classes": len(labels),
    }  # fmt: skip


def is_finite(content: Any) -> bool:
    """Whether every number in an answer is one; a null says that there is none."""
    if isinstance(content, Mapping):
        return all(map(is_finite, content.values()))
    if isinstance(content, list | tuple):
        return all(map(is_finite, content))
    return not isinstance(content, float) or math.isfinite(content)


def _scored(probabilities: Mapping[str, float]) -> list[dict[str, Any]]:
    ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
    return [{"label": label, "score": score} for label, score in ranked]
