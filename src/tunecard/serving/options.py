"""What clients of other servers send beside rows: read, neutral here, or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunecard.serving.refusals import bad_shape

# Clients of the Hub's inference API, of text-embeddings-inference, of vLLM and of SGLang send these. Where nothing is
# named, only null is neutral; where a value is, it asks for what is done anyway.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "raw_scores": (False,),
    "truncation_direction": ("right", "Right"),
    "function_to_apply": (),
    "aggregation_strategy": ("simple", "first", "average", "max"),  # entities are grouped, as the card scored them
    "stride": (),
    "activation": (True,),
    "use_activation": (True,),
    "softmax": (True,),
    "add_special_tokens": (True,),
    "truncate_prompt_tokens": (),
    "priority": (0,),
}
WITHOUT_EFFECT = ("options", "user", "rid", "request_id")
READ = ("top_k", "ignore_labels", "truncate")
NAMES = frozenset((*NEUTRAL, *WITHOUT_EFFECT, *READ, "parameters"))


@dataclass(frozen=True)
class Options:
    """What is made of answers.

    Attributes:
        top_k: labels that are told of a text; None for all.
        ignored: entities of these labels are left out.
        may_cut: whether a text beyond what the adapter reads may be cut; else its row is at fault.
    """

    top_k: int | None = None
    ignored: frozenset[str] = frozenset()
    may_cut: bool = True

    def of(self, shaped: Any) -> Any:
        """Of an answer in the shape of pipelines what was asked for."""
        if not isinstance(shaped, list) or not all(isinstance(one, Mapping) for one in shaped):
            return shaped
        kept = [one for one in shaped if one.get("entity_group") not in self.ignored]
        return kept if any("entity_group" in one for one in shaped) else kept[: self.top_k]


def read_options(content: Mapping[str, Any]) -> Options:
    """Those that stand in a body and in its `parameters`.

    Raises: Refused: an unknown one, or one that asks for what is not done here.
    """
    inner = content.get("parameters")
    if inner is not None and not isinstance(inner, Mapping):
        raise bad_shape("'parameters' must be an object.")
    given = {key: value for key, value in {**content, **(inner or {})}.items() if value is not None}
    for name in (inner or {}).keys() - NAMES:
        raise bad_shape(f"{name[:40]!r} in 'parameters' is not known. Known: {', '.join(sorted(NAMES))}.")
    for name in NEUTRAL.keys() & given.keys():
        if not any(type(given[name]) is type(one) and given[name] == one for one in NEUTRAL[name]):
            raise bad_shape(f"{name!r} is not offered: answers are those that the adapter's card tells of.")
    return Options(_top_k(given.get("top_k")), _labels(given.get("ignore_labels")), _flag(given.get("truncate")))


def _top_k(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise bad_shape("'top_k' must be a number of labels, 1 or more.")
    return value


def _labels(value: Any) -> frozenset[str]:
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise bad_shape("'ignore_labels' must be a list of labels.")
    return frozenset(value or ())


def _flag(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise bad_shape("'truncate' must be true or false.")
    return value is not False
