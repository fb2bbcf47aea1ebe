"""Where the metadata and the text of one card say different things.

A contradiction needs two statements: text that is silent contradicts nothing, and what the text says of another split,
data set or model is left alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tunecard.auditing.modelindex import IndexedScore, indexed_scores
from tunecard.auditing.scores import Told, metric_of, split_of, told_scores
from tunecard.hub.languages import CODES_BY_WORD
from tunecard.hub.licences import LICENCES, UNNAMED, licences_in

_LONGEST = 2000
_SHOWN = 3
_ID = re.compile(
    r"(?<![\w./-])(?:[\w.-]+/)?[A-Za-z][\w.]*(?:-[\w.]+)+(?![\w/])|(?<![\w./:-])[\w.-]+/[\w.-]*\w(?![\w/])"
)
_HUB_LINK = re.compile(r"https?://(?:huggingface\.co|hf\.co)/(?!datasets/|spaces/|docs/|blog/)([\w.-]+(?:/[\w.-]+)?)")
_DATASET_LINK = re.compile(r"https?://(?:huggingface\.co|hf\.co)/datasets/([\w.-]+(?:/[\w.-]+)?)")
_URL = re.compile(r"https?://\S+")
_TUNED_ON = re.compile(r"fine-?tuned version of \S+ on the ([\w./-]+) dataset", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_OTHER_DATA = re.compile(r"\bon (?:the )?([A-Z][\w.-]*)")
_EVERY_LANGUAGE = frozenset({"multilingual", "code"})


def contradictions(values: dict[str, Any], body: str, said: Mapping[str, str]) -> list[str]:
    """Compares metadata with text.

    Args:
        values: the front matter.
        body: the Markdown below it.
        said: what the card says in the place of each field (license, base_model, language, training_data); a field
            without text is absent.
    """
    return [
        *_licence(values.get("license"), said.get("license", "")),
        *_base_model(values.get("base_model"), said.get("base_model", "")),
        *_language(values.get("language"), said.get("language", "")),
        *_datasets(values.get("datasets"), said.get("training_data", ""), body),
        *_results(values.get("model-index"), body),
    ]


def _licence(value: Any, text: str) -> Iterator[str]:
    ids = (set(_texts(value)) & LICENCES) - UNNAMED
    named = licences_in(" ".join(text.split())[:_LONGEST])
    if ids and named and not any(_is_family(one, other) for one in ids for other in named):
        yield _disagree("license", ids, named)


def _is_family(one: str, other: str) -> bool:
    """Equal, or one is the family of the other (cc of cc-by-4.0)."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _base_model(value: Any, text: str) -> Iterator[str]:
    text = text[:_LONGEST]
    ids = {name for name in _texts(value) if _ID.fullmatch(name)}
    plain = _URL.sub(" ", text)
    named = {match.rstrip(".") for match in (*_HUB_LINK.findall(text), *_ID.findall(plain))}
    if ids and named and not any(_bare(name) in _bare(text, whole=True) for name in ids):
        yield _disagree("base_model", ids, named)


def _language(value: Any, text: str) -> Iterator[str]:
    codes = {code.lower().split("-")[0] for code in _texts(value)}
    known = codes & set(CODES_BY_WORD.values())
    words = {word.lower() for word in _WORD.findall(text[:300].partition(". ")[0])}
    named = {CODES_BY_WORD[word] for word in words if word in CODES_BY_WORD and len(word) > 3}
    if words <= CODES_BY_WORD.keys() | {"and"}:
        named |= {CODES_BY_WORD[word] for word in words if word in CODES_BY_WORD}
    if known == codes and codes and named and not (codes | named) & _EVERY_LANGUAGE and not codes & named:
        yield _disagree("language", codes, named)


def _datasets(value: Any, text: str, body: str) -> Iterator[str]:
    ids = set(_texts(value))
    named = set(_DATASET_LINK.findall(text[:_LONGEST])) | {
        match.group(1) for match in _TUNED_ON.finditer(body[:_LONGEST]) if match.group(1).lower() not in _NO_NAMES
    }
    whole = _bare(body[:100_000], whole=True)
    if ids and named and not any(_bare(name) in whole for name in ids):
        yield _disagree("datasets", ids, named)


_NO_NAMES = frozenset({"none", "unknown", "following", "same", "custom", "own", "generator", "json", "csv", "text"})


def _results(value: Any, body: str) -> Iterator[str]:
    by_metric: defaultdict[str, list[IndexedScore]] = defaultdict(list)
    for score in indexed_scores(value):
        metric = metric_of(score.name) or metric_of(score.type)
        if metric:
            by_metric[metric].append(score)
    if not by_metric:
        return
    told = list(told_scores(body))
    for metric, scores in by_metric.items():
        comparable = [one for one in told if one.metric == metric and any(_is_same(one, score) for score in scores)]
        every = [one for one in told if one.metric == metric]
        if comparable and not any(one.agrees(score.value) for one in every for score in scores):
            numbers = list(dict.fromkeys(f"{one.number:g}" for one in comparable))[:_SHOWN]
            yield (
                f"model-index: metadata and text must agree, but the metadata says {scores[0].name} "
                f"{scores[0].value:g} and the text says {', '.join(numbers)}. Correct the one that is wrong."
            )


def _is_same(told: Told, score: IndexedScore) -> bool:
    """Whether the line may speak of that result: not of another split, and not of another data set by name."""
    split = split_of(score.split)
    if told.split is not None and split is not None and told.split not in ("", split):
        return False
    names = _bare(f"{score.dataset} {score.split}", whole=True)
    others = [match.group(1) for match in _OTHER_DATA.finditer(told.line)]
    return all(_bare(other) in names for other in others)


def _texts(value: Any) -> Iterable[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str) and item]


def _bare(name: str, *, whole: bool = False) -> str:
    """Letters and digits alone; of an id only what stands behind the owner."""
    kept = name if whole else name.rpartition("/")[2]
    return re.sub(r"[^a-z0-9]", "", kept.lower())


def _disagree(key: str, metadata: Iterable[str], text: Iterable[str]) -> str:
    both = [", ".join(sorted(names)[:_SHOWN])[:_LONGEST_NAMES] for names in (metadata, text)]
    return (
        f"{key}: metadata and text must agree, but the metadata says {both[0]} and the text says {both[1]}. "
        "Correct the one that is wrong."
    )


_LONGEST_NAMES = 160
