"""What stands in the rows of the gravest mistakes, where the recipe lets words of the data be shown."""

from __future__ import annotations

from typing import Any

from tunecard.evaluation.scored import score_file
from tunecard.evaluation.surest_mistakes import judge_mistakes
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.subject import Subject

ID = "examination.mistaken_texts"
LONGEST = 500  # characters of a row
HIDDEN = "the recipe does not let words of the data be shown (`evaluation.show_text: true` does)"


class MistakenTexts:
    """The texts of the mistakes that the scores name, and whether the adapter makes them again."""

    name = "mistakes"

    def price(self, subject: Subject) -> int:
        """A pass for each row that is shown."""
        return len(_rows(subject)) if subject.shows_text else 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.mistaken_texts`, a record a row."""
        if not subject.shows_text:
            return [not_measured(ID, reason=HIDDEN)]
        rows = subject.rows.take(_rows(subject)[:budget])
        if not len(rows):
            return [not_measured(ID, reason="no mistakes are told apart by how sure or how large they are")]
        stored = subject.folder.read_predictions(rows.name, None, with_probabilities=False)
        said = dict(zip(stored.rows, stored.predictions, strict=True))
        again = subject.predict(rows, "Asking again where it was wrong").predictions
        records: list[Any] = [
            {"row": row, "text": _text(rows.inputs, place), "same_answer": _is_same(said[row], again[place])}
            for place, row in enumerate(rows.rows)
        ]
        how = f"inputs of the rows of the gravest mistakes, at most {LONGEST} characters, asked again; n = rows"
        return [measured(ID, records, n=len(rows), split=rows.name, method=how)]


def _rows(subject: Subject) -> list[int]:
    """Places of the rows of the mistakes that are told, each once, in that order."""
    if not subject.rows.is_labelled:
        return []
    scored = score_file(subject.folder, subject.task.scoring, subject.rows.name)
    found = judge_mistakes(subject.folder, subject.task.scoring, scored)
    told: list[Any] = [one for finding in found if isinstance(finding.value, list) for one in finding.value]
    places = {row: place for place, row in enumerate(subject.rows.rows)}
    return list(dict.fromkeys(places[one["row"]] for one in told))


def _text(inputs: dict[str, list[Any]], place: int) -> str:
    several = [values[place] for values in inputs.values()]
    return " / ".join(one if isinstance(one, str) else " ".join(map(str, one)) for one in several)[:LONGEST]


def _is_same(old: Any, new: Any) -> bool:
    """Whether two answers are one; of numbers, to what arithmetic in another order may change."""
    is_amount = isinstance(old, float) and isinstance(new, float)
    return abs(old - new) <= 1e-3 * max(1.0, abs(old)) if is_amount else bool(old == new)
