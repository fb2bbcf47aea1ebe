"""Tables with a word a row: rows of one sentence, told by its number, become one row with lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice, pairwise
from typing import Any

from tunecard.data.readers.conll_columns import TAG
from tunecard.data.readers.records import Fault, Record, Records, Row
from tunecard.errors import DataError

SAMPLE = 500
_SENTENCE = (
    "sentence #",
    "sentence_#",
    "sentence",
    "sentence_id",
    "sentence id",
    "sentence_idx",
    "sent_id",
    "sent",
    "sid",
)
_WORD = ("word", "words", "token", "tokens")
_TAG = ("tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "entity")
_NUMBER = re.compile(r"(?:sent(?:ence)?\s*[:#_-]?\s*)?\d+(?:\.0)?$", re.IGNORECASE)
_BLANK = re.compile(r"\s")


def sentences_of(records: Records) -> Records:
    """The same table with a sentence a row, where it has a word a row; else as it is.

    The column of the words becomes `tokens` and that of the tags `tags`; others become lists under their name.
    """
    lower = {name.lower(): name for name in records.names}
    sentence, word, tag = (_first(lower, names) for names in (_SENTENCE, _WORD, _TAG))
    if sentence is None or word is None:
        return records if word is None or tag is None else _without_sentences(records, word, tag)
    sample = list(islice(records.rows, SAMPLE))
    rows = chain(sample, records.rows)
    if not _are_words(sample, sentence, word):
        return replace(records, rows=rows)
    roles = {word: "tokens", **({tag: "tags"} if tag else {})}
    records.notes[
        f"a word a row: rows with one {sentence!r} are read as a sentence, {word!r} as its words"
        + (f", {tag!r} as their tags" if tag else "")
    ] = 0
    names = [roles.get(name, name) for name in records.names]
    return replace(records, names=names, rows=_sentences(rows, sentence, roles))


def _without_sentences(records: Records, word: str, tag: str) -> Records:
    """The same table. Raises: DataError: words with their tags, of which nothing says what is a sentence."""
    sample = list(islice(records.rows, SAMPLE))
    values = [row.values for row in sample if isinstance(row, Row)]
    words, tags = ([str(row[name]).strip() for row in values] for name in (word, tag))
    are_words = values and not any(_BLANK.search(one) for one in words)
    if are_words and all(TAG.match(one) for one in tags) and set(tags) > {"O"}:
        raise DataError(
            f"{records.file}: a row holds a word ({word!r}) and its tag ({tag!r}), and no column says which rows are a "
            "sentence. Add one with its number, such as sentence_id."
        )
    return replace(records, rows=chain(sample, records.rows))


def _first(lower: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((lower[name] for name in names if name in lower), None)


def _are_words(sample: list[Record], sentence: str, word: str) -> bool:
    """Whether the first rows number their sentences, or leave the number out, and hold a word each."""
    values = [row.values for row in sample if isinstance(row, Row)]
    numbers = [str(row[sentence]).strip() for row in values]
    are_numbers = all(not number or _NUMBER.match(number) for number in numbers) and any(numbers)
    return are_numbers and not any(_BLANK.search(str(row[word]).strip()) for row in values) and _repeat(numbers)


def _repeat(numbers: list[str]) -> bool:
    """Whether some rows belong to the sentence of the row before."""
    return any(not number or number == before for before, number in pairwise(numbers))


def _sentences(rows: Iterator[Record], sentence: str, roles: dict[str, str]) -> Iterator[Record]:
    lists: dict[str, list[Any]] = {}
    number: str | None = None
    start = 0
    for line, row in enumerate(rows, 2):
        if isinstance(row, Fault):
            yield row
            continue
        said = str(row.values[sentence]).strip()
        if lists and said and said != number:
            yield Row({sentence: number, **lists}, start)
            lists = {}
        if not lists:
            number, start = said or number, line
        for name, value in row.values.items():
            if name != sentence:
                lists.setdefault(roles.get(name, name), []).append(value)
    if lists:
        yield Row({sentence: number, **lists}, start)
