"""A question and its choices to the choice that is picked, and what keeps a row from being one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import Steps
from tunecard.inference.raw_text.texts import fault_in_kind, fault_in_text
from tunecard.tasks.choice_columns import (
    CHOICE_ROLES,
    LEAST,
    LETTERS,
    asked_columns,
    choice_columns,
    listed_choices,
)
from tunecard.tasks.missing import is_missing

PARTS = (2, 3)


@dataclass(frozen=True)
class ChoiceRows:
    """(text, [choice, ...]) or (text, question, [choice, ...]); see `RowKind`."""

    roles: tuple[str, ...] = ("text", "question", "choices", *CHOICE_ROLES)

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        numbered = [role for role in told if role in CHOICE_ROLES]
        if "text" in told and ("choices" in told) != (len(numbered) >= LEAST):
            return []
        return ["`columns` must name `text`, and `choices` or `choice0`, `choice1` and so on."]

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        asked, choices = asked_columns(names), choice_columns(names)
        return [{**asked, **choices}] if asked and choices else []

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        return "question and its choices", ("text", "choices")

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        if "choices" in columns:
            found = listed_choices(record[columns["choices"]])
            if found is None:
                return None, f"{columns['choices']!r} must be a list of choices."
            choices = found[0]
        else:
            values = [record[columns[role]] for role in CHOICE_ROLES if role in columns]
            choices = [value for value in values if not is_missing(value)]
        if "question" not in columns:
            return (record[columns["text"]], choices), None
        return (record[columns["text"]], record[columns["question"]] or "", choices), None

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        if not isinstance(row, (list, tuple)) or len(row) not in PARTS or not isinstance(row[-1], (list, tuple)):
            return "must be (text, [choice, choice, ...]) or (text, question, [choice, ...])."
        text, *question, choices = row
        if not LEAST <= len(choices) <= len(LETTERS):
            return f"must have {LEAST} to {len(LETTERS)} choices. Got {len(choices)}."
        fault = fault_in_text(text) or (fault_in_kind(question[0], "the question") if question else None)
        each = (fault_in_text(choice, f"choice {number + 1}") for number, choice in enumerate(choices))
        return fault or next((found for found in each if found), None)

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        return ("text", "choices")

    def row_of(self, texts: Sequence[str]) -> Any:
        return (texts[0], list(texts[1:]))

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        roles = [role for role in ("text", "question", "choices") if role in inputs]
        return list(zip(*(inputs[role] for role in roles), strict=True))

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        return None

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        """`{"label", "choice", "probability", "probabilities", "truncated"}`: the letter and the text of the choice,
        and a probability for each choice of the row."""
        inputs = {"text": [row[0] for row in rows], "choices": [list(row[-1]) for row in rows]}
        if any(len(row) > PARTS[0] for row in rows):
            inputs["question"] = [row[1] if len(row) > PARTS[0] else "" for row in rows]
        encoded, task = engine.encode(inputs), engine.task
        answers = []
        for row, logits in enumerate((yield encoded)):
            letter, stated = task.decode(logits, encoded, row)
            choices = rows[row][-1]
            answer = task.answer(letter, stated[: len(choices)])
            answers.append({**answer, "choice": choices[LETTERS.index(letter)], "truncated": encoded.is_truncated[row]})
        return answers
