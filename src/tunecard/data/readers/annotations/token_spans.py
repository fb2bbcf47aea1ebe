"""Words with marked runs of words, as GLiNER is trained on: [first, last, label], the last one included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Broken, Found, Rows, Values, plain
from tunecard.data.readers.annotations.marked_spans import is_span
from tunecard.data.readers.notes import Notes

WORDS, MARKED = "tokenized_text", "ner"


def read_token_spans(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Rows of `tokenized_text` and `ner`."""
    return _rows if all(isinstance(values.get(WORDS), list) and MARKED in values for values in sample) else None


def _rows(values: Values) -> Iterator[Found]:
    words, runs = values.get(WORDS), values.get(MARKED)
    if not isinstance(words, list) or not isinstance(runs, list | None):
        yield Broken(f"must hold lists under `{WORDS}` and `{MARKED}`.")
        return
    tags, fault = (None, None) if runs is None else _tags(len(words), runs)
    yield Broken(fault) if fault else {**plain(values), "tokens": words, "tags": tags}


def _tags(words: int, runs: Sequence[Any]) -> tuple[list[str], str | None]:
    """One tag a word, or what keeps the runs from being tags."""
    tags = ["O"] * words
    for run in runs:
        if not (isinstance(run, list) and is_span(run) and isinstance(run[2], str) and 0 <= run[0] <= run[1] < words):
            return tags, f"a marked run must be [first word, last word, label] within {words} words. Got {run!r}."
        if any(tag != "O" for tag in tags[run[0] : run[1] + 1]):
            return tags, f"marked runs must not overlap, as a word has one tag. Got {run!r}. Keep one of each two."
        tags[run[0] : run[1] + 1] = [f"B-{run[2]}", *[f"I-{run[2]}"] * (run[1] - run[0])]
    return tags, None
