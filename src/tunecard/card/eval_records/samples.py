"""A line for each answered row: its position, the right name, the answer, and whether they agree; never its text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tunecard.card import facts
from tunecard.card.eval_records.aggregate import SCHEMA, evaluation_name, scores_of
from tunecard.evidence import Findings, Predictions

NOT_SHOWN = "[the text is not shipped: row {row} of the source split]"
TOLERANCE = 1e-9


def sample_lines(findings: Findings, answers: Predictions | None, record: dict[str, Any]) -> str:
    """JSON lines; "" where answers are withheld, or are no names of the task's labels but numbers or text."""
    places = _labelled(answers)
    if answers is None or not places or not _are_names(findings, answers, places):
        return ""
    gold = [answers.labels[place] for place in places]
    said = [answers.predictions[place] for place in places]
    right = _is_right(findings, gold, said)
    shared = _shared(findings, record, right)
    lines = []
    for place, label, answer, is_right in zip(places, gold, said, right, strict=True):
        factors = {name: str(values[place]) for name, values in answers.factors.items()}
        lines.append(_line(shared, answers.rows[place], _text(label), _text(answer), factors, is_right=is_right))
    return "".join(lines)


def _labelled(answers: Predictions | None) -> list[int]:
    return [] if answers is None else [place for place, label in enumerate(answers.labels) if label is not None]


def _are_names(findings: Findings, answers: Predictions, places: Sequence[int]) -> bool:
    """Whether nothing but the labels' names stands in labels and answers, so that no text of the data can."""
    known = set(map(str, facts.sequence_of(findings, "task.labels")))
    found = {name for place in places for side in (answers.labels, answers.predictions) for name in _names(side[place])}
    return bool(known) and found <= known


def _names(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]


def _is_right(findings: Findings, gold: list[Any], said: list[Any]) -> list[bool]:
    """As the task counts a right row; else whether all of it is as it should be."""
    is_right = facts.task_of(findings).scoring.is_right
    return [a == b for a, b in zip(gold, said, strict=True)] if is_right is None else is_right(gold, said).tolist()


def _shared(findings: Findings, record: dict[str, Any], right: Sequence[bool]) -> dict[str, Any]:
    """What every line begins with; it names the score that is the mean of the lines, where there is one."""
    mean = float(np.mean(right))
    of = [one.id for one, _ in scores_of(findings) if abs((facts.number_of(one) or 0.0) - mean) < TOLERANCE]
    return {
        "schema_version": SCHEMA,
        "evaluation_id": record["evaluation_id"],
        "model_id": record["model_info"]["id"],
        "evaluation_name": evaluation_name(findings),
        **({"evaluation_result_id": of[0]} if of else {}),
    }


def _line(shared: dict[str, Any], row: int, label: str, answer: str, factors: dict[str, str], *, is_right: bool) -> str:
    told = {
        **shared,
        "sample_id": str(row),
        "interaction_type": "single_turn",
        "input": {"raw": NOT_SHOWN.format(row=row), "reference": [label]},
        "output": {"raw": [answer]},
        "answer_attribution": [
            {
                "turn_idx": 0,
                "source": "output.raw",
                "extracted_value": answer,
                "extraction_method": "none: the answer is a label",
                "is_terminal": True,
            }
        ],
        "evaluation": {"score": float(is_right), "is_correct": bool(is_right)},
        **({"metadata": factors} if factors else {}),
    }
    return json.dumps(told, allow_nan=False) + "\n"  # of ASCII alone: some readers end a line at U+2028


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
