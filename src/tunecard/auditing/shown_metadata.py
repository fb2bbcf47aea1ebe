"""What the Hub shows a reader of the front matter beside the card: answers to fields of the template.

The licence, the languages, the base ("Finetuned from"), the data sets ("Datasets used to train"), the scores of
`model-index` ("Evaluation results") and the emissions stand on the page whether the text repeats them or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from tunecard.auditing.metadata_rules import is_repository
from tunecard.auditing.modelindex import indexed_scores
from tunecard.auditing.wording import printable
from tunecard.hub.languages import language_codes, languages_in
from tunecard.hub.licences import LICENCES, UNNAMED, licences_in

# Names that generators write for data that has none.
NO_DATASETS = frozenset(
    {
        *("none", "unknown", "following", "same", "custom", "own", "generator"),
        *("json", "csv", "text", "parquet", "arrow", "pandas", "imagefolder", "audiofolder"),
    }
)
_NO_LANGUAGES = frozenset({"unk", "und", "mis", "zxx"})
_SHOWN = 5
_LONGEST = 100
# PEFT writes the base by itself: it is an answer in a card that says something, and none in an untouched template.
BY_GENERATORS = frozenset({"base_model"})


def shown_answers(values: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the template that the metadata answers, each with the answer and its key.

    >>> shown_answers({"license": "mit", "language": "unk", "datasets": ["imdb"]})
    {'license': 'mit (metadata: license)', 'training_data': 'imdb (metadata: datasets)'}
    """
    emissions = values.get("co2_eq_emissions")
    of_emissions = emissions if isinstance(emissions, dict) else {"emissions": emissions}
    found = (
        ("language", "language", _languages(values.get("language"))),
        ("license", "license", _licences(values.get("license"), values.get("license_name"))),
        ("base_model", "base_model", filter(is_repository, _texts(values.get("base_model")))),
        ("training_data", "datasets", _datasets(values.get("datasets"))),
        ("results", "model-index", _scores(values.get("model-index"))),
        ("co2_emitted", "co2_eq_emissions", _grams(of_emissions.get("emissions"))),
        ("hardware_type", "co2_eq_emissions", _texts(of_emissions.get("hardware_used"))),
        ("cloud_region", "co2_eq_emissions", _texts(of_emissions.get("geographical_location"))),
    )
    listed = {variable: (key, list(islice(texts, _SHOWN))) for variable, key, texts in found}
    return {
        variable: f"{printable(', '.join(dict.fromkeys(texts)))} (metadata: {key})"
        for variable, (key, texts) in listed.items()
        if texts
    }


def _languages(value: Any) -> Iterator[str]:
    """Codes, and names of languages that the Hub would refuse but a reader understands."""
    for text in _texts(value):
        if text.lower() in language_codes() or languages_in(text):
            yield from ([text] if text.lower() not in _NO_LANGUAGES else [])


def _licences(value: Any, name: Any) -> Iterator[str]:
    for text in _texts(value):
        if text == "other":
            yield from (f"other: {one}" for one in _texts(name))
        elif text not in UNNAMED and (text in LICENCES or licences_in(text)):
            yield text


def _datasets(value: Any) -> Iterator[str]:
    yield from (text for text in _texts(value) if is_repository(text) and text.lower() not in NO_DATASETS)


def _scores(value: Any) -> Iterator[str]:
    yield from (f"{score.name} {score.value:g}" for score in indexed_scores(value))


def _grams(value: Any) -> Iterator[str]:
    """A positive amount: a generator that measured nothing writes 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
        yield f"{value:g} g"


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            yield item.strip()[:_LONGEST]
