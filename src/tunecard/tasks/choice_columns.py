"""Questions with choices as data sets hold them: which columns, the choices of a row, and which of them is right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.errors import DataError
from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text, is_invisible, shown
from tunecard.tasks.columns import doubtful, unknown_column
from tunecard.tasks.missing import is_missing

LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LEAST = 2
# What is asked: a text alone, or a text and what begins every choice (SWAG, COPA, RACE).
TWO_TEXTS = (
    *(("sent1", "sent2"), ("premise", "question"), ("article", "question"), ("context", "question")),
    *(("passage", "question"), ("story", "question")),
)
ONE_TEXT = (
    *("question", "question_stem", "prompt", "ctx", "context", "sentence", "goal", "premise", "sent1", "stem", "text"),
)
LISTS = ("choices", "options", "endings", "answers")
NUMBERED = re.compile(r"(?i)^(ending|choice|option|answer|sol|alternative)[_ ]?([0-9]|[a-j])$")
ANSWERS = ("label", "answerkey", "answer", "correct", "correct_answer", "gold_label", "correct_answer_id")
CHOICE_ROLES = tuple(f"choice{number}" for number in range(10))
ROLES = ("text", "question", "choices", *CHOICE_ROLES, "label")


def choice_columns(names: Sequence[str]) -> dict[str, str]:
    """The columns of the choices by usual names: `choices`, or `choice0`, `choice1` and so on; none where doubtful."""
    lists = [name for name in names if name.lower() in LISTS]
    numbered = [name for name in names if NUMBERED.match(name)]
    stems = {match[1].lower() for name in numbered if (match := NUMBERED.match(name))}
    if len(stems) == 1 and LEAST <= len(numbered) <= len(CHOICE_ROLES):
        ordered = sorted(numbered, key=lambda name: name.lower())
        return dict(zip(CHOICE_ROLES, ordered, strict=False))
    return {"choices": lists[0]} if len(lists) == 1 else {}


def asked_columns(names: Sequence[str]) -> dict[str, str]:
    """The columns of what is asked by usual names; none where there is none."""
    lower = {name.lower(): name for name in names}
    for text, question in TWO_TEXTS:
        if text in lower and question in lower:
            return {"text": lower[text], "question": lower[question]}
    found = next((lower[name] for name in ONE_TEXT if name in lower), None)
    return {} if found is None else {"text": found}


def has_choices(told: Mapping[str, str], table: Table) -> bool:
    """Whether the rows of a table are questions with choices."""
    names = list(table.columns)
    choices = told_choices(told) or choice_columns(names)
    holds = all(_is_of_choices(table, role, name) for role, name in choices.items() if name in table.columns)
    return bool(choices) and holds and bool(told.get("text") or asked_columns(names))


def told_choices(told: Mapping[str, str]) -> dict[str, str]:
    """Of columns that were named, those of choices."""
    return {role: name for role, name in told.items() if role == "choices" or role in CHOICE_ROLES}


def _is_of_choices(table: Table, role: str, name: str) -> bool:
    first = next((value for value in table.columns[name] if value is not None), None)
    return first is None or (listed_choices(first) is not None if role == "choices" else isinstance(first, str))


def find_choice_columns(told: Mapping[str, str], table: Table) -> dict[str, str]:
    """Role to column. Raises: DataError: no column, or several, for what is asked or for the choices."""
    names = list(table.columns)
    asked = {role: told[role] for role in ("text", "question") if role in told} or asked_columns(names)
    choices = told_choices(told) or choice_columns(names)
    if "text" not in asked:
        raise DataError(unknown_column("text", table))
    if not choices:
        raise DataError(unknown_column("choices", table))
    answers = [name for wanted in ANSWERS for name in names if name.lower() == wanted and name not in choices.values()]
    if "label" not in told and len({name.lower() for name in answers}) > 1 and answers[0].lower() != ANSWERS[0]:
        raise DataError(doubtful("label", answers, table))
    label = told.get("label") or next(iter(answers), None)
    return {**asked, **choices, **({} if label is None else {"label": label})}


def listed_choices(value: Any) -> tuple[list[Any], list[Any] | None] | None:
    """The choices of one value and, where it brings them, their keys: a list of texts, or `{"text": [...], "label":
    [...]}` as ARC has; None for anything else."""
    if isinstance(value, Mapping):
        texts, keys = value.get("text"), value.get("label")
        is_whole = isinstance(texts, list) and (keys is None or (isinstance(keys, list) and len(keys) == len(texts)))
        return (texts, keys) if is_whole and isinstance(texts, list) else None
    return (list(value), None) if isinstance(value, (list, tuple)) else None


class Unread:
    """A value of the label column that names no choice of its row."""

    def __init__(self, value: Any, choices: int) -> None:
        self.value, self.choices = value, choices


def read_choice_rows(table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The table with `text`, `question` (where there is one), `choices` and `label`, a letter; and every fault.

    A label that names no choice stays as `Unread`, for `read_choice_labels` to tell.
    """
    asked = {role: table.column(columns[role]) for role in ("text", "question") if role in columns}
    rows = [_choices_of(table, columns, row) for row in range(len(table))]
    faults = [fault for row in range(len(table)) for fault in _faults(table, row, asked, rows[row], columns)]
    kept: dict[str, list[Any]] = {**asked, "choices": [texts for texts, _ in rows]}
    if "question" in kept:
        kept["question"] = [value if isinstance(value, str) else "" for value in kept["question"]]
    if "label" in columns:
        values = table.column(columns["label"])
        begin = _first_number(values, rows)
        kept["label"] = [_letter_of(value, *rows[row], begin) for row, value in enumerate(values)]
    return table.rename(kept), faults


def _choices_of(table: Table, columns: Mapping[str, str], row: int) -> tuple[list[Any], list[Any] | None]:
    if "choices" in columns:
        return listed_choices(table.column(columns["choices"])[row]) or ([], None)
    values = [table.column(columns[role])[row] for role in CHOICE_ROLES if role in columns]
    return [value for value in values if not is_missing(value)], None


def _faults(
    table: Table, row: int, asked: Mapping[str, list[Any]], found: tuple[list[Any], Any], columns: Mapping[str, str]
) -> list[str]:
    texts, where = found[0], table.where(row)
    faults: list[str] = []
    for role, values in asked.items():
        value = values[row]
        if role == "question" and (value is None or value == ""):
            continue
        if fault := text_fault(value):
            faults.append(RowFault(f"{columns[role]!r} {fault}", where, "" if isinstance(value, str) else shown(value)))
    if not LEAST <= len(texts) <= len(LETTERS):
        faults.append(RowFault(f"must have {LEAST} to {len(LETTERS)} choices. Got {GOT}.", where, str(len(texts))))
    wrong = [text for text in texts if text_fault(text)]
    if wrong:
        faults.append(RowFault(f"every choice must be a text that can be seen. Got {GOT}.", where, shown(wrong[0])))
    elif len(set(texts)) < len(texts):
        faults.append(RowFault(f"the choices must differ. Got {GOT} twice.", where, shown(_twice(texts))))
    return faults


def text_fault(value: Any) -> str:
    """What keeps a value from being a text that can be read; "" where nothing does."""
    if not isinstance(value, str):
        return f"must be text. Got {GOT}."
    if is_invisible(value):
        return "is empty. Write a text or remove the row."
    return "holds half a character (a lone surrogate). Mend the text." if is_broken_text(value) else ""


def _twice(texts: Sequence[Any]) -> Any:
    return next(text for place, text in enumerate(texts) if text in texts[:place])


def _first_number(values: Sequence[Any], rows: Sequence[tuple[list[Any], Any]]) -> int:
    """Whether numbers count choices from 0 or from 1: from 1 where none is 0 and one is the number of its choices."""
    found = [(_number(value), len(row[0])) for value, row in zip(values, rows, strict=True)]
    numbers = [(number, count) for number, count in found if number is not None]
    return int(bool(numbers) and all(n != 0 for n, _ in numbers) and any(n == count for n, count in numbers))


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,3}", text) else None


def _letter_of(value: Any, texts: list[Any], keys: list[Any] | None, begin: int) -> Any:
    """The letter of the right choice: by its key, its number, its letter or its text; None without a label."""
    number = _number(value)
    if is_missing(value) or number == -1:
        return None
    if keys is not None and str(value) in [str(key) for key in keys]:
        return LETTERS[[str(key) for key in keys].index(str(value))]
    if number is not None and 0 <= number - begin < len(texts):
        return LETTERS[number - begin]
    if value in texts:
        return LETTERS[texts.index(value)]
    letter = value.strip().upper() if isinstance(value, str) else ""
    if letter in LETTERS[: len(texts)]:
        return letter
    return Unread(value, len(texts))


def read_choice_labels(table: Table) -> tuple[list[str | None], list[str]]:
    """The letter of each row's right choice, None where there is no label, and every value that names no choice."""
    values = table.column("label")
    faults = [
        RowFault(
            f"the label must name one of the row's choices: its number, its letter, its key or its text. Got {GOT}.",
            table.where(row),
            f"{shown(value.value)} for {value.choices} choices",
        )
        for row, value in enumerate(values)
        if isinstance(value, Unread)
    ]
    return [None if isinstance(value, Unread) else value for value in values], list(faults)
