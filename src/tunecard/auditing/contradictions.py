"""Where the metadata and the text of one card say different things.

A contradiction needs two statements: text that is silent contradicts nothing, and what the text says of another split,
data set or model is left alone.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from tunecard.auditing.impact_amounts import amounts_of_co2
from tunecard.auditing.modelindex import IndexedScore, indexed_scores
from tunecard.auditing.scores import Told, any_agrees, metric_of, split_of, told_scores
from tunecard.auditing.shown_metadata import NO_DATASETS
from tunecard.hub.languages import CODES_BY_WORD
from tunecard.hub.licences import LICENCES, UNNAMED, licences_in

_LONGEST = 2000
_SHOWN = 3
_MOST_AMOUNTS = 1000
_MOST_ASKED = 300  # kinds of lines that are held to every data set; more are held to all of their names at once
_LONGEST_JOINED = 500_000
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
        *_emissions(values.get("co2_eq_emissions"), body),
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
        match.group(1) for match in _TUNED_ON.finditer(body[:_LONGEST]) if match.group(1).lower() not in NO_DATASETS
    }
    whole = _bare(body[:100_000], whole=True)
    if ids and named and not any(_bare(name) in whole for name in ids):
        yield _disagree("datasets", ids, named)


def _emissions(value: Any, body: str) -> Iterator[str]:
    """Grams of the metadata against the amounts of the text; one that agrees is enough."""
    grams = value.get("emissions") if isinstance(value, dict) else value
    if isinstance(grams, bool) or not isinstance(grams, int | float) or not 0 < grams < math.inf:
        return
    told = list(islice(amounts_of_co2(body), _MOST_AMOUNTS))
    if told and not any(amount.agrees(grams) for amount in told):
        yield _disagree("co2_eq_emissions", [f"{grams:,g} g"], {amount.text for amount in told})


def _results(value: Any, body: str) -> Iterator[str]:
    by_metric: defaultdict[str, list[IndexedScore]] = defaultdict(list)
    for score in indexed_scores(value):
        metric = metric_of(score.name) or metric_of(score.type)
        if metric:
            by_metric[metric].append(score)
    if not by_metric:
        return
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told_scores(body):
        told[one.metric].append(one)
    for metric, scores in by_metric.items():
        where = _Places(scores)
        comparable = [one for one in told[metric] if where.may_hold(one)]
        if comparable and not any_agrees(told[metric], [score.value for score in scores]):
            numbers = list(dict.fromkeys(f"{one.number:g}" for one in comparable))[:_SHOWN]
            yield (
                f"model-index: metadata and text must agree, but the metadata says {scores[0].name} "
                f"{scores[0].value:g} and the text says {', '.join(numbers)}. Correct the one that is wrong."
            )


class _Places:
    """The data sets and splits of some scores, each once, so that a thousand scores are asked about like one."""

    def __init__(self, scores: list[IndexedScore]) -> None:
        places = dict.fromkeys((split_of(score.split), score.dataset, score.split) for score in scores)
        self.known = [(split, _bare(f"{dataset} {name}", whole=True)) for split, dataset, name in places]
        self.names = " ".join(names for _, names in self.known)[:_LONGEST_JOINED]
        self.asked: dict[tuple[str | None, tuple[str, ...]], bool] = {}

    def may_hold(self, told: Told) -> bool:
        """Whether the line may speak of one of them: not of another split, and not of another data set by name."""
        others = tuple(sorted({_bare(match.group(1)) for match in _OTHER_DATA.finditer(told.line)}))
        if not all(other in self.names for other in others):
            return False
        key = (told.split, others)
        if key not in self.asked:
            if len(self.asked) >= _MOST_ASKED:
                return True
            self.asked[key] = any(
                (told.split is None or split is None or told.split in ("", split))
                and all(other in names for other in others)
                for split, names in self.known
            )
        return self.asked[key]


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
