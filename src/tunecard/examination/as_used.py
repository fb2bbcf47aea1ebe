"""Whether raw text, which `predict` splits into words by itself, is marked as well as the words that were annotated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.subject import Subject
from tunecard.examination.two_readings import HOW, second_minus_first
from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.inference.raw_text.steps import finish
from tunecard.inference.raw_text.words import word_spans
from tunecard.metrics.entity_measures import F1
from tunecard.metrics.text_spans import TextSpan, text_span_counts
from tunecard.rows.dataset import Split
from tunecard.tasks.marked_text import MarksText, WordSpan, marking

ID = "examination.as_used"
LEAST = 20  # rows
ON_WORDS, ON_TEXT = "on_annotated_words", "on_raw_text"
Place = tuple[int, int]


class AsUsed:
    """The score of spans on the words of the data set beside that on the same rows as plain text."""

    name = "as-used"

    def price(self, subject: Subject) -> int:
        """A pass for each row: on the words it is answered already."""
        return 0 if _why_not(subject) else len(subject.rows)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.as_used`, one record."""
        why, engine, task = _why_not(subject), subject.engine, marking(subject.task)
        if why or engine is None or task is None:
            return [not_measured(ID, reason=why)]
        rows = subject.sample(subject.rows, budget)
        if len(rows) < LEAST:
            return [not_measured(ID, reason=f"{len(rows)} rows that may be asked about, under {LEAST}")]
        texts = [written(words, text) for words, text in zip(rows.inputs["tokens"], texts_of(rows), strict=True)]
        subject.passes.count(len(rows))
        answers = finish(engine, kind_of_rows(subject.task).predict(engine, [text for text, _ in texts]))
        gold = _in_text(task, rows.labels, texts)
        on_words = text_span_counts(gold, _in_text(task, _stored(subject, rows), texts))
        on_text = text_span_counts(gold, [task.marked_text(answer) for answer in answers])
        record = {
            "rows": len(rows),
            "spans": sum(map(len, gold)),
            "spans_split_otherwise": _split_otherwise(engine, texts, gold),
            **second_minus_first("raw text", F1, rows, (ON_WORDS, on_words), (ON_TEXT, on_text)),
        }
        return [measured(ID, [record], n=len(rows), split=rows.name, method=_method(rows))]


def _why_not(subject: Subject) -> str:
    if marking(subject.task) is None:
        return "a row that is scored is read as `predict` reads it: nothing is split into words beforehand"
    if not subject.rows.is_labelled:
        return "the rows have no labels to score against"
    return "" if subject.engine is not None else "the tokenizer is not at hand"


def texts_of(rows: Split) -> Sequence[str | None]:
    """(N,) the texts as their source has them; None where it has words only."""
    return [None] * len(rows) if rows.written is None else rows.written


def written(words: Sequence[str], text: str | None = None) -> tuple[str, list[Place]]:
    """A row as plain text, and where each of its words stands in it.

    Args:
        text: as the source has it; None joins the words by blanks.

    >>> written(["IL-2", "gene"]), written(["IL-2", "."], "IL-2.")
    (('IL-2 gene', [(0, 4), (5, 9)]), ('IL-2.', [(0, 4), (4, 5)]))
    """
    found = None if text is None else _found_in(words, text)
    if text is not None and found is not None:
        return text, found
    places, begin = [], 0
    for word in words:
        places.append((begin, begin + len(word)))
        begin += len(word) + 1
    return " ".join(words), places


def _found_in(words: Sequence[str], text: str) -> list[Place] | None:
    """Where the words stand in the text, in their order; None where one does not."""
    places, behind = [], 0
    for word in words:
        begin = text.find(word, behind)
        if begin < 0:
            return None
        behind = begin + len(word)
        places.append((begin, behind))
    return places


def _in_text(
    task: MarksText, tags: Sequence[Sequence[str]], texts: Sequence[tuple[str, list[Place]]]
) -> list[list[TextSpan]]:
    return [
        [_at(span, places) for span in task.marked_words(of_row)]
        for of_row, (_, places) in zip(tags, texts, strict=True)
    ]


def _at(span: WordSpan, places: Sequence[Place]) -> TextSpan:
    label, first, behind = span
    return label, places[first][0], places[behind - 1][1]


def _stored(subject: Subject, rows: Split) -> list[Any]:
    """The answers of the saved adapter to these rows, on the words of the data set."""
    stored = subject.folder.read_predictions(subject.rows.name, None, with_probabilities=False)
    answers = dict(zip(stored.rows, stored.predictions, strict=True))
    return [answers[row] for row in rows.rows]


def _split_otherwise(
    engine: Engine, texts: Sequence[tuple[str, list[Place]]], gold: Sequence[Sequence[TextSpan]]
) -> int:
    """Gold spans that `predict` does not read as the words that were annotated."""
    return sum(
        _within(places, begin, end) != _within(word_spans(engine.tokenizer, text), begin, end)
        for (text, places), spans in zip(texts, gold, strict=True)
        for _, begin, end in spans
    )


def _within(places: Sequence[Place], begin: int, end: int) -> list[Place]:
    """The words of which any part stands there."""
    return [place for place in places if place[0] < end and begin < place[1]]


def _method(rows: Split) -> str:
    given = sum(text is not None for text in texts_of(rows))
    source = "the words of a row joined by blanks"
    if given:
        source = f"the source's own text ({given:,} of {len(rows):,} rows), else {source}"
    return (
        f"exact-match F1 of spans of characters: of the answers to the words as annotated, and of what `predict` finds "
        f"in raw text, {source}, split into words by the base's own pre-tokenizer; spans split otherwise are read as "
        f"other words than were annotated; {HOW}; n = rows, drawn by the seed"
    )
