"""Whether one word of a row gives its label away, and the answers rest on it: by counting, by taking it out, by putting
it in, and by attribution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tunecard.errors import MachineError
from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination import explaining
from tunecard.examination.before_after import share_interval
from tunecard.examination.explaining import attributions, draw_answers
from tunecard.examination.faithfulness import mean_estimate
from tunecard.examination.give_away_words import (
    LEAST_ROWS,
    LEAST_SHARE,
    NAMED_RARELY,
    GiveAway,
    Search,
    find_give_aways,
    word_of,
)
from tunecard.examination.subject import Subject
from tunecard.examination.telling_words import shares_of_words
from tunecard.metrics.counts import Floats
from tunecard.rows.dataset import Split
from tunecard.tasks.row_labels import labelling

COUNT, WORDS = "examination.give_aways", "examination.give_away_words"
MOST_WORDS = 5
MOST_TRAIN = 20_000  # rows that are counted
MOST_ROWS, MOST_EXPLAINED = 50, 10  # of a word
TAKES_OVER = 0.1  # share of rows of other labels, at the low end, that get the label when the word is put into them
EXPLAINING = 1 + explaining.PASSES
Draw = np.random.Generator


class GiveAways:
    """Words that stand in nearly all training rows of one label and in hardly any other: an accident of how the data
    came about, if no reader would say that the label follows from it."""

    name = "give-aways"

    def price(self, subject: Subject) -> int:
        """None, where counting finds no such word; else the rows with it, without it, and with it put in."""
        if _why_not(subject):
            return 0
        return sum(_Rows.of(subject, one).price for one in _search(subject).found[:MOST_WORDS])

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.give_aways`, how many; and where counting finds any, `.give_away_words`, a record each."""
        if why := _why_not(subject):
            return [not_measured(COUNT, reason=why)]
        search = _search(subject)
        words = search.found[:MOST_WORDS]
        records: list[Any] = [_record(subject, one, budget // len(words)) for one in words]
        told = [_counted(subject, search, records)]
        return [*told, _table(subject, records)] if records else told


def _why_not(subject: Subject) -> str:
    if labelling(subject.task) is None:
        return "labels are of words, places or numbers: no word of a row could give one away"
    if subject.train is None:
        return "the rows of train are not at hand with their labels"
    return ""


def _search(subject: Subject) -> Search:
    task, train = labelling(subject.task), subject.train
    assert task is not None and train is not None
    if COUNT not in subject.memory:
        subject.memory[COUNT] = find_give_aways(task, subject.sample(train, MOST_TRAIN))
    found: Search = subject.memory[COUNT]
    return found


@dataclass(frozen=True)
class _Rows:
    """Places of rows: that hold the word and get its label, and that do neither."""

    holding: list[int]
    others: list[int]

    @classmethod
    def of(cls, subject: Subject, one: GiveAway) -> _Rows:
        holds = [_holds(text, one.word) for text in subject.rows.inputs[one.input]]
        gets = _gets(subject, _stored(subject), one.label)
        pairs = list(zip(holds, gets, strict=True))
        holding = [at for at, pair in enumerate(pairs) if all(pair)]
        return cls(holding, [at for at, pair in enumerate(pairs) if not any(pair)])

    @property
    def price(self) -> int:
        explained = 1 + EXPLAINING * min(len(self.holding), MOST_EXPLAINED)
        return 2 * min(len(self.holding), MOST_ROWS) + min(len(self.others), MOST_ROWS) + explained

    def cut(self, subject: Subject, budget: int) -> tuple[list[int], list[int], list[int]]:
        """Places to take the word from, to put it into, and to explain: a third of the passes for explaining."""
        explained = min(len(self.holding), MOST_EXPLAINED, max(0, budget // 3 - 1) // EXPLAINING)
        left = budget - (1 + EXPLAINING * explained if explained else 0)
        put_in = min(len(self.others), MOST_ROWS, left // 3)
        taken = min(len(self.holding), MOST_ROWS, (left - put_in) // 2)
        draw = np.random.default_rng(subject.seed)
        holding, others = (draw.permutation(len(of)).tolist() for of in (self.holding, self.others))
        return (
            sorted(self.holding[at] for at in holding[:taken]),
            sorted(self.others[at] for at in others[:put_in]),
            [self.holding[at] for at in holding[:explained]],
        )


def _record(subject: Subject, one: GiveAway, budget: int) -> dict[str, Any]:
    taken, put_in, explained = _Rows.of(subject, one).cut(subject, budget)
    shown = one.written if subject.shows_text else f"a word of {len(one.word)} characters"
    about = {"word": shown, "label": one.label, "input": one.input, "training_rows": one.rows}
    found = {
        **about,
        "of_them_with_the_label": one.both / one.rows,
        "of_the_label_with_the_word": one.both / one.labelled,
        **_taken_out(subject, one, taken),
        **_put_in(subject, one, put_in),
        **_rank(subject, one, explained),
    }
    return found | {"confirmed": _rests_on_it(found)}


def _rests_on_it(found: dict[str, Any]) -> bool:
    drop, takes = found.get("drop_interval"), found.get("get_label_interval")
    return bool((drop and drop[0] > 0) or (takes and takes[0] >= TAKES_OVER))


def _taken_out(subject: Subject, one: GiveAway, places: Sequence[int]) -> dict[str, Any]:
    """Answers without the word, beside answers without another word of the same row."""
    rows = subject.rows.take(list(places))
    draw = np.random.default_rng([subject.seed, 1])
    if not len(rows):
        return {"rows_without_it": 0}
    without = subject.predict(_rewritten(rows, one, lambda text: _without(text, one.word)), "A word taken out")
    control = subject.predict(_rewritten(rows, one, lambda text: _without_another(text, one.word, draw)), "Another one")
    flips = 1.0 - np.array(_gets(subject, without, one.label), dtype=np.float64)
    drops = _chances(subject, control, one.label) - _chances(subject, without, one.label)
    interval = mean_estimate(drops, rows.clusters).interval()
    units = None if rows.clusters is None else np.array(rows.clusters)
    return {
        "rows_without_it": len(rows),
        "flip_rate": float(flips.mean()),
        "flip_interval": share_interval(flips, units),
        "drop": float(drops.mean()),
        "drop_interval": None if interval is None else list(interval),
    }


def _put_in(subject: Subject, one: GiveAway, places: Sequence[int]) -> dict[str, Any]:
    """Answers to rows of other labels with the word at their end."""
    rows = subject.rows.take(list(places))
    if not len(rows):
        return {}
    after = subject.predict(_rewritten(rows, one, lambda text: f"{text} {one.written}"), "A word put in")
    gets = np.array(_gets(subject, after, one.label), dtype=np.float64)
    units = None if rows.clusters is None else np.array(rows.clusters)
    return {
        "rows_with_it_put_in": len(rows),
        "get_label": float(gets.mean()),
        "get_label_interval": share_interval(gets, units),
    }


def _rank(subject: Subject, one: GiveAway, places: Sequence[int]) -> dict[str, Any]:
    """In how many of some rows with the word it is what the answer rests on most, going by integrated gradients."""
    if not places or subject.tokenizer is None:
        return {}
    passes = EXPLAINING * len(places)
    asked, _ = draw_answers(subject, places, len(places), passes, explaining.PASSES)
    asked = [row for row in asked if row.answer.label == one.label]
    try:
        found = attributions(subject, asked) if asked else []
    except MachineError:
        return {}
    shares = [shares_of_words(row, of) for row, of in zip(asked, found, strict=True)]
    firsts = [max(of_row, key=lambda word: of_row[word]) in one.word for of_row in shares]
    return {"rows_explained": len(firsts), "first_by_attribution": sum(firsts)}


def _rewritten(rows: Split, one: GiveAway, change: Callable[[str], str]) -> Split:
    return replace(rows, inputs={**rows.inputs, one.input: [change(text) for text in rows.inputs[one.input]]})


def _holds(text: str, word: str) -> bool:
    return any(word_of(written) == word for written in text.split())


def _without(text: str, word: str) -> str:
    return " ".join(written for written in text.split() if word_of(written) != word)


def _without_another(text: str, word: str, draw: Draw) -> str:
    written = text.split()
    others = sorted({word_of(one) for one in written} - {word})
    return _without(text, others[int(draw.integers(len(others)))]) if others else text


def _stored(subject: Subject) -> Predictions:
    return subject.folder.read_predictions(subject.rows.name)


def _gets(subject: Subject, answers: Predictions, label: str) -> list[bool]:
    task = labelling(subject.task)
    assert task is not None
    return [label in task.row_labels(answer) for answer in answers.predictions]


def _chances(subject: Subject, answers: Predictions, label: str) -> Floats:
    """(N,) the stated probability of the label."""
    place = list(subject.task.labels).index(label)
    stated = answers.probabilities
    if stated is None:
        return np.array(_gets(subject, answers, label), dtype=np.float64)
    return np.array([row[place] for row in stated], dtype=np.float64)


def _counted(subject: Subject, search: Search, records: Sequence[dict[str, Any]]) -> Finding:
    left = len(search.found) - len(records)
    beyond = f"; the first {MOST_WORDS} of {len(search.found)} were asked about" if left else ""
    named = f"; {search.in_names} that a rare label is called by are left out" if search.in_names else ""
    return measured(
        COUNT,
        sum(record["confirmed"] for record in records),
        n=search.searched,
        method=f"words in {LEAST_ROWS} rows of train or more, of which {LEAST_SHARE:.0%} or more have one label (and "
        f"half the way from its base rate to all), and that stand in {LEAST_SHARE:.0%} or more of the rows with that "
        "label, both at the low end of Wilson's interval, corrected by Bonferroni for every pair of a word and a "
        "label; counted where answers rest on it: the label's probability drops more without it than without another "
        f"word of the row, or {TAKES_OVER:.0%} or more of rows of other labels get it with the word put in, both at "
        f"the low end of the interval; n = pairs of a word and a label that were searched{named}{beyond}; a label of "
        f"under {NAMED_RARELY:.0%} of the rows may be called by a word",
        split=subject.rows.name,
    )


def _table(subject: Subject, records: list[Any]) -> Finding:
    return measured(
        WORDS,
        records,
        n=sum(record["rows_without_it"] + record.get("rows_with_it_put_in", 0) for record in records),
        method="shares of rows of train; flips are answers that lose the label when the word is taken out of rows "
        "that hold it; drop is of the label's probability, beyond that without another word of the same row drawn at "
        "random, paired, jackknife; `get_label` is the share of rows of other labels that get it when the word is put "
        "at their end; intervals of shares are Wilson's; first by attribution: rows where integrated gradients put "
        "the word first; n = rows asked about, drawn by the seed",
        split=subject.rows.name,
    )
