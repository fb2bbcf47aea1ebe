"""Rows with an answer, drawn by the seed, each with the attributions of its words to one of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tunecard.errors import MachineError
from tunecard.examination.integrated_gradients import ENDS, PASSES_A_STEP, Attribution, attribute
from tunecard.examination.read_words import ReadWord, blank_token, read_words
from tunecard.examination.score_of_embeddings import EmbeddedRow
from tunecard.examination.subject import Subject
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.explained import Explained, explained

STEPS = 16  # with fewer, attributions of short texts miss their sum by a tenth (docs/log.md)
PASSES = STEPS * PASSES_A_STEP + ENDS
LEAST_WORDS = 2  # of one word alone nothing is told
SAME = 1e-2  # of a score: what the embeddings of a row give is what its tokens gave
# Whatever an unknown architecture trips over, all other probes still work.
TRIPS = (RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError, NotImplementedError)


@dataclass(frozen=True)
class Asked:
    """One answer of one row.

    Attributes:
        place: of the row in its split.
        encoded: the row alone.
        answer: that is explained.
        before: its score.
        words: (W,) two or more.
    """

    place: int
    encoded: EncodedSplit
    answer: Explained
    before: float
    words: list[ReadWord]


def draw_answers(
    subject: Subject, places: Sequence[int], most: int, passes: int, a_row: int
) -> tuple[list[Asked], int]:
    """At most so many answers, of rows in the order of `places`; and how many rows have none, or one word alone.

    Args:
        passes: that may be made; a row that is taken will need `a_row` more than the one that asks for its answer.
    """
    found: list[Asked] = []
    first, without, left = 0, 0, passes
    draw = np.random.default_rng(subject.seed)
    while first < len(places) and (room := min(most - len(found), left // (a_row + 1))) > 0:
        chunk = list(places[first : first + room])
        asked = [one for one in _answers(subject, chunk, draw) if one is not None]
        found += asked
        first, without = first + room, without + len(chunk) - len(asked)
        left -= len(chunk) + a_row * len(asked)
    return sorted(found, key=lambda one: one.place), without


def _answers(subject: Subject, places: list[int], draw: np.random.Generator) -> Iterator[Asked | None]:
    logits, encoded = subject.logits(subject.rows.take(places), "Answers to explain")
    for row, place in enumerate(places):
        answers = explained(subject.task, logits[row], encoded, row)
        words = read_words(subject.tokenizer, encoded, row) if subject.tokenizer else []
        if not answers or len(words) < LEAST_WORDS:
            yield None
            continue
        answer = answers[int(draw.integers(len(answers)))]
        before = float(answer.score(logits[row].astype(np.float64)))
        yield Asked(place, encoded.pick([row]), answer, before, words)


def attributions(subject: Subject, asked: Sequence[Asked]) -> list[Attribution]:
    """One of each answer. Raises: MachineError: the model cannot be asked, with the reason."""
    if subject.tokenizer is None:
        raise MachineError("its tokenizer is not at hand")
    blank = blank_token(subject.tokenizer)
    rows = [EmbeddedRow(subject.model, one.encoded, one.answer.score, subject.pad_token_id) for one in asked]
    try:
        _check_same(rows[0], asked[0])
        found = [attribute(row, one.words, blank, STEPS) for row, one in zip(rows, asked, strict=True)]
    except TRIPS as error:
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise MachineError(f"its embeddings cannot be asked for gradients: {told}") from error
    subject.passes.count(1 + PASSES * len(asked))
    return found


def _check_same(row: EmbeddedRow, asked: Asked) -> None:
    again = float(row.scores(row.embed(asked.encoded.input_ids[0])[None])[0])
    if abs(again - asked.before) > SAME * max(1.0, abs(asked.before)):
        raise ValueError(f"they give a score of {again:.3g}, and its tokens one of {asked.before:.3g}")
