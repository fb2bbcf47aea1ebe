"""Label Studio: tasks with annotations (JSON), one annotation a row (JSON-MIN, CSV). What was cancelled is never
gold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Broken, Found, LeftOut, Rows, Values, count, one_of, plain
from tunecard.data.readers.annotations.marked_spans import are_spans, canonical
from tunecard.data.readers.notes import Notes
from tunecard.errors import DataError

CANCELLED = "cancelled by their annotators"
SECOND = "further annotations of a task"
SEVERAL = "tasks with several annotations, of which the one marked as ground truth or else the first was taken"
OTHERS = "answers to other questions of the project were left out"
_SPANS, _CHOICES = {"labels", "hypertextlabels"}, {"choices"}
_RECORD = {"annotation_id", "annotator", "created_at", "updated_at", "lead_time"}  # what a row tells of its annotation
_FEWEST = 3


def read_tasks(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """The JSON export. Raises: DataError: several questions with labels, and none of them named as a column."""
    if not all(isinstance(values.get("data"), dict) and _annotations(values) is not None for values in sample):
        return None
    question, role = _question(sample, columns)
    return lambda values: _task(values, question, role, columns, notes)


def _annotations(values: Values) -> list[Any] | None:
    found = values.get("annotations", values.get("completions", [] if "predictions" in values else None))
    return found if isinstance(found, list) else None


def _question(sample: Sequence[Values], columns: Mapping[str, str]) -> tuple[str | None, str]:
    """The name of the control whose answers are the labels, and their role; None where no task has any."""
    kinds: dict[str, str] = {}
    for values in sample:
        for answer in _chosen(values, {})[1]:
            role = "spans" if answer.get("type") in _SPANS else "label" if answer.get("type") in _CHOICES else ""
            if role and isinstance(answer.get("from_name"), str):
                kinds.setdefault(answer["from_name"], role)
    told = [name for name in kinds if name in columns.values()]
    if len(kinds) > 1 and len(told) != 1:
        ways = " or ".join(f"`--column {role}={name}`" for name, role in kinds.items())
        raise DataError(
            f"the Label Studio project asks {len(kinds)} questions: {', '.join(map(repr, kinds))}. Say which one to "
            f"learn: {ways} (`data.columns` in a recipe)."
        )
    name = told[0] if told else next(iter(kinds), None)
    return name, kinds.get(name or "", "spans")


def _chosen(values: Values, notes: Notes) -> tuple[str, list[dict[str, Any]]]:
    """How a task stands ("gold", "cancelled" or "open"), and the answers of the annotation that counts."""
    every = [one for one in _annotations(values) or [] if isinstance(one, dict)]
    kept = [one for one in every if not (one.get("was_cancelled") or one.get("skipped"))]
    if not kept:
        return ("cancelled" if every else "open"), []
    count(notes, SEVERAL, len(kept) > 1)
    best = next((one for one in kept if one.get("ground_truth")), kept[0])
    answers = best.get("result")
    return "gold", [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []


def _task(values: Values, question: str | None, role: str, columns: Mapping[str, str], notes: Notes) -> Iterator[Found]:
    column = question if question is not None and question in columns.values() else role
    row = {"id": values.get("id"), **plain(values["data"])}
    state, answers = _chosen(values, notes)
    if state == "cancelled":
        yield LeftOut(CANCELLED, row)
        return
    if state == "open":
        yield {**row, column: None}
        return
    own = [answer.get("value") or {} for answer in answers if answer.get("from_name") == question]
    count(notes, OTHERS, len(answers) - len(own))
    if role == "label":
        yield {**row, column: one_of([name for value in own for name in value.get("choices") or []])}
        return
    text = _marked_text(row, answers, question)
    if text is None:
        yield Broken("the task's text must stand in `data`. Got several texts, and none called `text`.")
        return
    yield {**row, column: canonical(text, own, notes)}


def _marked_text(row: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], question: str | None) -> str | None:
    """The text of a task: called `text`, or as its control calls it, or the only one."""
    wanted = ["text", *(answer.get("to_name") for answer in answers if answer.get("from_name") == question)]
    texts = {name: value for name, value in row.items() if isinstance(value, str)}
    return next((texts[name] for name in wanted if name in texts), None) or one_text(list(texts.values()))


def one_text(texts: Sequence[str]) -> str | None:
    """The only text there is."""
    return texts[0] if len(texts) == 1 else None


def read_annotation_rows(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """JSON-MIN and CSV: the task's data and the answers side by side, with who answered when."""
    if not all(len(_RECORD & set(values)) >= _FEWEST for values in sample):
        return None
    seen: set[Any] = set()
    column = _answer_column(sample)
    column = None if column in columns.values() else column
    answers = [_opened(values.get(column)) for values in sample] if column else []
    role = "spans" if any(are_spans(answer) and answer for answer in answers) else "label"
    return lambda values: _annotation(values, column, role, seen, notes)


def _answer_column(sample: Sequence[Values]) -> str | None:
    """The column with the answers: the only one beside the text and what is told of the annotation."""
    names = [name for name in sample[0] if name not in _RECORD | {"id", "text"}]
    return names[0] if len(names) == 1 and "text" in sample[0] else None


def _annotation(values: Values, column: str | None, role: str, seen: set[Any], notes: Notes) -> Iterator[Found]:
    row: dict[str, Any] = {name: _opened(value) for name, value in values.items() if name not in _RECORD}
    key = values.get("id")
    is_first = key is None or not isinstance(key, str | int) or key not in seen
    seen.add(key if isinstance(key, str | int) else None)
    if column is not None:
        answer, text = row.pop(column, None), row.get("text")
        is_marked = role == "spans" and isinstance(answer, list)
        row[role] = canonical(text, answer, notes) if is_marked and isinstance(text, str) else answer
    yield row if is_first else LeftOut(SECOND, row)


def _opened(value: Any) -> Any:
    """A field of a CSV that holds JSON, opened; several choices as a list."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, dict) and isinstance(value.get("choices"), list):
        return one_of(value["choices"])
    return value
