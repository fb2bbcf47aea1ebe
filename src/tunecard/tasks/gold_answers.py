"""Gold answers as files write them, to texts and the place where each begins in its context; every slip is told.

SQuAD's `{"text": [...], "answer_start": [...]}`, a list of such pairs, or texts alone, which are looked for in the
context. Places count characters from 0 (Unicode code points, as Python counts them).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text, is_invisible, shown
from tunecard.tasks.missing import is_missing

TEXT_KEYS, START_KEYS = ("text", "texts", "answer"), ("answer_start", "start")
_FORM = (
    "answers must be a text, a list of texts, or {text: [...], answer_start: [...]} with as many places as texts. "
    f"Got {GOT}."
)
_EMPTY = (
    f"an answer must be a text in which something can be seen. Got {GOT}. Leave it out; no answer is an empty list."
)
_NO_PLACE = f"answer_start must be a whole number, the character of the context at which the answer begins. Got {GOT}."
_ELSEWHERE = (
    "an answer must stand in its context, character by character, where answer_start says. Got {got}. Mend the place, "
    "or leave it out where the answer stands in the context once."
)
_NOWHERE = f"an answer must stand in its context, character by character, so that it can be marked there. Got {GOT}."
_OFTEN = f"an answer that stands in its context more than once needs its answer_start. Got {GOT}."
_CONTRADICTS = f"a row that is_impossible must have no answers. Got {GOT}."
YES, NO = ("true", "1", "yes"), ("false", "0", "no", "")


@dataclass(frozen=True)
class Gold:
    """The answers of one row.

    Attributes:
        texts: none of them where the context has no answer; None where the row is unlabelled.
        starts: the character at which each begins.
    """

    texts: list[str] | None
    starts: list[int]


def read_answers(table: Table) -> tuple[list[Gold], list[str]]:
    """The gold answers of each row, and every fault.

    Args:
        table: with `text_pair`, the contexts; and, as far as there are such columns, `answers`, `answer_start`
            (beside answers that are texts alone) and `is_impossible`.
    """
    columns = (table.column(name) for name in ("text_pair", "answers", "answer_start", "is_impossible"))
    found: list[Gold] = []
    problems: list[str] = []
    for row, (context, answers, start, is_none) in enumerate(zip(*columns, strict=True)):
        gold, faults = _read(context, answers, start, is_none)
        found.append(gold)
        problems += [RowFault(kind, table.where(row), got) for kind, got in faults]
    return found, problems


Faults = list[tuple[str, str]]


def _read(context: Any, answers: Any, start: Any, is_none: Any) -> tuple[Gold, Faults]:
    given = _pairs(_unpacked(answers), start)
    if given is None:
        return Gold([], []), [(_FORM, shown(answers))]
    if _is_yes(is_none):
        return Gold([], []), [(_CONTRADICTS, shown(answers))] if given else []
    if not given:
        return Gold(None if _is_unlabelled(answers, is_none) else [], []), []
    faults: Faults = []
    starts = [_place(str(context), text, place, faults) for text, place in given]
    return Gold([text if isinstance(text, str) else "" for text, _ in given], starts), faults


def _unpacked(answers: Any) -> Any:
    """What a cell of a csv file wrote as JSON or as Python does."""
    if not isinstance(answers, str) or answers[:1] + answers[-1:] not in ("{}", "[]"):
        return answers
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(answers)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if isinstance(found, dict | list) else answers
    return answers


def _pairs(answers: Any, start: Any) -> list[tuple[Any, Any]] | None:
    """(text, place or None) of each answer; None where they have another form."""
    if isinstance(answers, dict):
        texts, starts = _first(answers, TEXT_KEYS), _first(answers, START_KEYS)
        return None if texts is None else _paired(texts, starts)
    if isinstance(answers, list) and any(isinstance(one, dict) for one in answers):
        several = [_pairs(one, None) if isinstance(one, dict) else None for one in answers]
        return None if any(pair is None for pair in several) else [one for pair in several if pair for one in pair]
    return [] if is_missing(answers) else _paired(answers, start)


def _first(mapping: dict[Any, Any], keys: Sequence[str]) -> Any:
    return next((mapping[key] for key in keys if mapping.get(key) is not None), None)


def _paired(texts: Any, starts: Any) -> list[tuple[Any, Any]] | None:
    texts = texts if isinstance(texts, list) else [texts]
    starts = starts if isinstance(starts, list) else [None if is_missing(starts) else starts]
    if starts in ([None], []):
        starts = [None] * len(texts)
    return list(zip(texts, starts, strict=True)) if len(texts) == len(starts) else None


def _is_unlabelled(answers: Any, is_none: Any) -> bool:
    return is_missing(answers) and not _is_yes(is_none)


def _is_yes(value: Any) -> bool:
    return value is True or (isinstance(value, str | int) and str(value).strip().lower() in YES)


def _place(context: str, text: Any, place: Any, faults: Faults) -> int:
    """Where an answer begins; what is wrong with it goes into `faults`."""
    if not isinstance(text, str) or is_invisible(text) or is_broken_text(text):
        faults.append((_EMPTY, shown(text)))
        return 0
    number = _whole(place)
    if place is not None and number is None:
        faults.append((_NO_PLACE, shown(place)))
    elif number is None or number < 0:
        return _found(context, text, faults)
    elif context[number : number + len(text)] != text:
        faults.append((_ELSEWHERE, _what_stands_there(context, text, number)))
    return number or 0


def _whole(place: Any) -> int | None:
    try:
        number = float(place)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() and not isinstance(place, bool) else None


def _found(context: str, text: str, faults: Faults) -> int:
    places = list(_occurrences(context, text))
    if len(places) != 1:
        faults.append((_OFTEN if places else _NOWHERE, shown(text)))
    return places[0] if places else 0


def _occurrences(context: str, text: str) -> Iterator[int]:
    place = context.find(text)
    while place >= 0:
        yield place
        place = context.find(text, place + 1)


def _what_stands_there(context: str, text: str, place: int) -> str:
    """The answer, the place, and what the context has there; how else the place was counted, where that fits."""
    said = f"{shown(text)} at {place}, where the context has {shown(context[place : place + len(text)])}"
    counted = {"UTF-8 bytes": "utf-8", "UTF-16 units": "utf-16-le"}
    for unit, encoding in counted.items():
        width = 2 if encoding == "utf-16-le" else 1
        before = context.encode(encoding)[: place * width].decode(encoding, "ignore")
        if len(before) != place and context.startswith(text, len(before)):
            return f"{said} (as a count of {unit} it would fit: count characters)"
    return said
