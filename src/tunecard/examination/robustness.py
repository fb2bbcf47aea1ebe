"""Whether answers stay when rows are written otherwise, in ways that keep the label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination.before_after import Record, drop_of, flips_of
from tunecard.examination.changed_rows import Changed, about_rows, changed_rows
from tunecard.examination.changes import CHANGES, About, Change
from tunecard.examination.subject import Subject
from tunecard.tasks.whole_splits import AnswersTogether

ID = "examination.robustness"
FEWEST_ROWS = 10  # of each change: fewer say nothing
LEAST_ROWS = 50  # of each change; with fewer a weaker strength is not asked about, which would halve them
Asked = tuple[Change, float]


class Robustness:
    """Flips of answers and the drop of the headline score, change by change and strength by strength."""

    name = "robustness"

    def price(self, subject: Subject) -> int:
        """A pass a row for each strength of each change; two where a row's answer hangs on the other rows."""
        asked = _every(_fitting(about_rows(subject)))
        return len(subject.rows) * len(asked) * _passes_a_row(subject)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.robustness`: a record a change and strength, the greatest drop first."""
        about = about_rows(subject)
        asked = _affordable(_fitting(about), len(subject.rows), budget // _passes_a_row(subject))
        if not asked or budget < _enough(subject, asked, FEWEST_ROWS):
            return [not_measured(ID, reason=_nothing(subject, asked, budget))]
        answers = None if isinstance(subject.task, AnswersTogether) else _stored(subject)
        seen: set[int] = set()
        records: list[Record] = []
        for place, (change, strength) in enumerate(asked):
            left = budget - sum(record["passes"] for record in records)
            changed = changed_rows(
                subject, about, change, strength, left // (len(asked) - place) // _passes_a_row(subject)
            )
            if len(changed.before):
                records.append(_record(subject, change.name, strength, changed, answers))
                seen.update(changed.before.rows)
        if not records:
            return [not_measured(ID, reason=_nothing(subject, asked, budget))]
        method = _method(subject, about, asked, records)
        value: list[Any] = _judged(records)
        return [measured(ID, value, n=len(seen), split=subject.rows.name, method=method)]


def _passes_a_row(subject: Subject) -> int:
    return 2 if isinstance(subject.task, AnswersTogether) else 1


def _fitting(about: About) -> list[Change]:
    return [change for change in CHANGES if about.free and not change.why_not(about)]


def _every(changes: Sequence[Change]) -> list[Asked]:
    return [(change, strength) for change in changes for strength in change.strengths]


def _affordable(changes: Sequence[Change], rows: int, budget: int) -> list[Asked]:
    """Every strength, where there are passes for enough rows of each; else the greatest of each change."""
    every = _every(changes)
    enough = min(rows, LEAST_ROWS) * len(every)
    return every if budget >= enough else [(change, change.strengths[-1]) for change in changes]


def _stored(subject: Subject) -> dict[int, Any]:
    """The answers that the saved adapter gave, by row."""
    stored = subject.folder.read_predictions(subject.rows.name, None, with_probabilities=False)
    return dict(zip(stored.rows, stored.predictions, strict=True))


def _record(subject: Subject, name: str, strength: float, changed: Changed, answers: dict[int, Any] | None) -> Record:
    spent, title = subject.passes.spent, f"Asking about {name}"
    if answers is None:
        before = subject.predict(changed.before, title).predictions
        after = subject.predict(changed.after, title)
    else:
        before = [answers[row] for row in changed.before.rows]
        after = _where_tokens_differ(subject, changed, before, title)
    return {
        "change": name,
        "strength": strength,
        "rows": len(before),
        **flips_of(before, after, changed),
        **drop_of(subject.task, changed.before, before, after),
        "passes": subject.passes.spent - spent,
    }


def _where_tokens_differ(subject: Subject, changed: Changed, before: list[Any], title: str) -> Predictions:
    """Answers to the changed rows; the same tokens, as small letters are to some bases, are not asked."""
    ids = [subject.encode(rows).input_ids for rows in (changed.before, changed.after)]
    different = [place for place, (old, new) in enumerate(zip(*ids, strict=True)) if old != new]
    said = list(before)
    if different:
        asked = subject.predict(changed.after.take(different), title).predictions
        for place, answer in zip(different, asked, strict=True):
            said[place] = answer
    return Predictions(changed.after.rows, changed.after.labels, said)


def _judged(records: Sequence[Record]) -> list[Record]:
    """The records with p values corrected for one another and what follows from them, the greatest drop first."""
    tested = [record for record in records if record.get("p") is not None]
    corrected = iter(adjusted_in("robustness", [record["p"] for record in tested]))
    for record in records:
        del record["passes"]
        if "drop" in record:
            record["p"] = next(corrected) if record["p"] is not None else None
            record["distinguishable"] = record["p"] is not None and record["p"] <= ALPHA
    return sorted(records, key=lambda record: (-record.get("drop", 0.0), -record.get("flip_rate", 0.0)))


def _method(subject: Subject, about: About, asked: Sequence[Asked], records: Sequence[Record]) -> str:
    """How it was found, and everything that was not asked."""
    headline = subject.task.scoring.headline
    tested = sum(record.get("p") is not None for record in records)
    said = [
        "rows that a change changes, written otherwise, predicted again; strength is the share of words changed; flip "
        "rate with Wilson's interval; a paired difference of the score of the same rows before and after, jackknife "
        f"over {'groups of rows' if subject.rows.clusters else 'rows'}; score is {headline.phrase}; p two-sided, of "
        "the paired randomisation test where the score is a function of sums, adjusted by Holm for "
        f"{tested} comparisons {ADJUSTED}; distinguishable where p <= {ALPHA:.2f}; n = different rows, drawn by the "
        "seed",
    ]
    said += [f"not made, {change.name}: {why}" for change in CHANGES if (why := change.why_not(about))]
    told = {(record["change"], record["strength"]) for record in records}
    changed_none = [change.name for change, strength in asked if (change.name, strength) not in told]
    said += [f"no row is changed by: {', '.join(dict.fromkeys(changed_none))}"] if changed_none else []
    if len(asked) < len(_every(_fitting(about))):
        said.append("weaker strengths were not asked about, for want of passes")
    return "; ".join(said)


def _enough(subject: Subject, asked: Sequence[Asked], rows: int) -> int:
    return min(len(subject.rows), rows) * len(asked) * _passes_a_row(subject)


def _nothing(subject: Subject, asked: Sequence[Asked], budget: int) -> str:
    if not len(subject.rows):
        return "there are no rows to ask about"
    if budget < (least := _enough(subject, asked, FEWEST_ROWS)):
        return f"{budget} forward passes are too few, and {least} the least; raise `evaluation.budget`"
    return "no change that keeps the label changes any of the rows"
