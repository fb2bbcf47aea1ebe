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
_DOCUMENT = (
    "doc",
    "doc_id",
    "doc id",
    "docid",
    "document",
    "document_id",
    "document id",
    "file",
    "filename",
    "article",
)
_TAG = ("tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "entity")
_NUMBER = re.compile(r"(?:sent(?:ence)?\s*[:#_-]?\s*)?\d+(?:\.0)?$", re.IGNORECASE)
_BLANK = re.compile(r"\s")


def sentences_of(records: Records) -> Records:
    """The same table with a sentence a row, where it has a word a row; else as it is.

    The column of the words becomes `tokens` and that of the tags `tags`; others become lists under their name.
    """
    lower = {name.lower(): name for name in records.names}
    sentence, word, document = (_first(lower, names) for names in (_SENTENCE, _WORD, _DOCUMENT))
    if word is None:
        return records
    sample = list(islice(records.rows, SAMPLE))
    rows = chain(sample, records.rows)
    tag = _tags(sample, [lower[name] for name in _TAG if name in lower])
    if sentence is None:
        return replace(records, rows=rows) if tag is None else _without_sentences(records, sample, word, tag)
    if not _are_words(sample, sentence, word):
        return replace(records, rows=rows)
    roles = {word: "tokens", **({tag: "tags"} if tag else {})}
    records.notes[
        f"a word a row: rows with one {sentence!r} are read as a sentence, {word!r} as its words"
        + (f", {tag!r} as their tags" if tag else "")
    ] = 0
    taken = set(records.names) - set(roles)
    roles |= {name: f"column {name}" for name in taken if name in roles.values()}  # another that is called `tags`
    names = [roles.get(name, name) for name in records.names]
    return replace(records, names=names, rows=_sentences(rows, sentence, document, roles))


def _tags(sample: list[Record], names: list[str]) -> str | None:
    """The column that holds the tags: of several with a usual name the first that holds O, B-PER and the like."""
    rows = [row.values for row in sample if isinstance(row, Row)]
    are_tags = (name for name in names if all(TAG.match(str(values[name]).strip()) for values in rows))
    return next(are_tags, names[0] if names else None)


def _without_sentences(records: Records, sample: list[Record], word: str, tag: str) -> Records:
    """The same table. Raises: DataError: words with their tags, of which nothing says what is a sentence."""
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


def _sentences(rows: Iterator[Record], sentence: str, document: str | None, roles: dict[str, str]) -> Iterator[Record]:
    """The sentences, or a fault for one whose rows do not stand together: no one row would hold it whole."""
    lists: dict[str, list[Any]] = {}
    number: str | None = None
    start, before, ended = 0, "", set()
    for line, row in enumerate(rows, 2):
        if isinstance(row, Fault):
            yield row
            continue
        said = str(row.values[sentence]).strip()
        within = str(row.values[document]).strip() if document else ""
        if lists and ((said and said != number) or (within and within != before)):
            yield Row({sentence: number, **lists}, start)
            ended.add((before, number))
            lists = {}
        if not lists:
            number, start, before = said or number, line, within
            if (before, number) in ended:
                yield Fault(f"line {line}", _apart(sentence, number))
        for name, value in row.values.items():
            if name != sentence:
                lists.setdefault(roles.get(name, name), []).append(value)
    if lists:
        yield Row({sentence: number, **lists}, start)


def _apart(sentence: str, number: str | None) -> str:
    return (
        f"must stand beside the other rows of its sentence ({sentence!r} is {number!r} above, too). Sort the rows, or "
        "give each sentence a number of its own."
    )
