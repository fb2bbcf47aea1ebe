"""An evaluation on a reader's own rows in words: its scores beside the author's, and what a reader must know of both.

What is said twice, in a file and at a terminal, is made here once; `Form` says how figures and words stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tunecard.card import facts
from tunecard.card.markdown import bullets, escape, listing, prose, table
from tunecard.card.not_tested import EXAMINE
from tunecard.card.numbers import count, difference_range, score, score_range, signed
from tunecard.card.record_links import cite, with_targets
from tunecard.evidence import Finding, Findings
from tunecard.evidence.evaluation_folder import ROWS
from tunecard.metrics.measure import Score

AUTHORS = "author.results"
MOST_GROUPS = 40


@dataclass(frozen=True)
class Form:
    """How a place shows things.

    Attributes:
        figure: a record's id and a figure of it, to the figure as it is shown.
        words: anybody's words, to what they are there.
    """

    figure: Callable[[str, str], str]
    words: Callable[[str], str]


PLAIN = Form(lambda id, shown: shown, str)


@dataclass(frozen=True)
class Compared:
    """One score, of the rows and of the author's.

    Attributes:
        name: what a reader calls it.
    """

    name: str
    own: Finding
    author: Finding | None
    difference: Finding | None = None

    def cells(self, form: Form = PLAIN) -> list[str]:
        """Name, own score, the author's, and the difference, each with its interval."""
        scores = [_with_interval(one, form) for one in (self.own, self.author)]
        return [self.name, *scores, _gap(self.difference, form)]


def author_split(findings: Findings) -> str:
    """Which of the author's splits the rows are set beside."""
    beside = findings.under(AUTHORS)
    return beside[0].id.split(".")[2] if beside else ROWS


def scores_compared(findings: Findings) -> list[Compared]:
    """Every score of all rows, the leading one first."""
    leading = facts.headline_metric(findings)
    scores = sorted(facts.task_of(findings).scoring.scores, key=lambda one: one.key != leading)
    return [_compared(findings, one) for one in scores if f"results.{ROWS}.{one.key}" in findings]


def groups_compared(findings: Findings) -> list[Compared]:
    """The score that sums up each type or class, the lowest first; none where the task has no such groups."""
    groups = facts.task_of(findings).scoring.groups
    if groups is None:
        return []
    key, split = groups.measures[-1].key, author_split(findings)
    found = [
        Compared(label, scores[key], findings.get(f"{AUTHORS}.{split}.{groups.word}.{label}.{key}"))
        for label, scores in facts.groups(findings, ROWS).items()
        if key in scores
    ]
    return sorted(found, key=lambda one: (facts.number_of(one.own) is None, facts.number_of(one.own) or 0.0))


def slices_compared(findings: Findings) -> dict[str, list[Compared]]:
    """The leading score of each value of each factor."""
    split = author_split(findings)
    return {
        factor: [
            Compared(value, own, findings.get(f"{AUTHORS}.{split}.{own.id.removeprefix(f'results.{ROWS}.')}"))
            for value, own in values.items()
        ]
        for factor, values in facts.factor_values(findings, ROWS).items()
    }


def verdict(findings: Findings, form: Form = PLAIN) -> str:
    """Whether the leading score differs from the author's by more than chance explains, in a sentence."""
    leading = facts.score_named(findings, facts.headline_metric(findings))
    rows = scores_compared(findings)
    if leading is None or not rows or facts.number_of(rows[0].own) is None:
        return "The leading score has no value on these rows, so nothing is compared."
    name, gap = rows[0].name, rows[0].difference
    if findings.value("author.same_rows"):
        return _again(findings, name, gap, form)
    if gap is None or facts.number_of(gap) is None:
        return f"{name} stands beside no score of the author's: nothing is compared."
    if gap.interval is None:
        moved = form.figure(gap.id, signed(_value(gap)))
        return f"{name}: how sure the difference of {moved} is cannot be told, as {_why(gap)}."
    within = f"{form.figure(gap.id, signed(_value(gap)))} ({difference_range(gap.interval)}, 95 %)"
    if gap.interval[0] <= 0 <= gap.interval[1]:
        return f"{name}: {within}. The interval holds 0: these rows and the author's cannot be told apart by it."
    is_worse = (_value(gap) > 0) == leading.is_error
    return (
        f"{name}: {within}. The interval excludes 0: the adapter is {'worse' if is_worse else 'better'} on these rows "
        "than on the author's, by more than the draw of rows explains."
    )


def remarks(findings: Findings, form: Form = PLAIN) -> list[str]:
    """What a reader must know beside the scores, a sentence each."""
    return [
        *_overlap(findings, form),
        *_candidates(findings, form),
        *_calibration(findings, form),
        *_read(findings, form),
        *_method(findings),
        *_probes(findings),
    ]


def comparison_page(findings: Findings) -> str:
    """comparison.md: scores, groups and slices as tables, and what to know of them; figures lead to evidence.json."""
    form = Form(partial(cite, findings), prose)
    data, rows = escape(findings.value("data.source", "rows")), findings[f"data.{ROWS}.rows"]
    word, split = facts.row_word(findings), author_split(findings)
    theirs = "the author's own rows" if findings.value("author.same_rows") else f"the author's {split} rows"
    number = form.figure(rows.id, count(float(str(rows.value))))
    blocks = [
        f"# Evaluation on {data}",
        f"{number} {word} of {data}, answered by the adapter as it was saved, beside what the run folder recorded of "
        f"{theirs}. The run folder itself is as it was.",
        f"**{verdict(findings, form)}**",
        _table(("score", "these rows", "the author's", "difference (95 %)"), scores_compared(findings), form),
        *_more(f"By {facts.group_word(findings)}", facts.group_word(findings), groups_compared(findings), form),
        *(
            block
            for factor, values in slices_compared(findings).items()
            for block in _more(f"By {escape(factor)}", escape(factor), values, form)
        ),
        "## What to know",
        bullets(remarks(findings, form)),
    ]
    return with_targets(findings, "\n\n".join(block for block in blocks if block) + "\n")


def _table(header: tuple[str, ...], rows: list[Compared], form: Form) -> str:
    return table(header, [[escape(cells[0]), *cells[1:]] for row in rows if (cells := row.cells(form))])


def _more(title: str, word: str, rows: list[Compared], form: Form) -> Iterator[str]:
    """A heading and a table without differences: so many at once would find one by chance."""
    if not rows:
        return
    yield f"## {title}"
    cells = [row.cells(form)[:3] for row in rows[:MOST_GROUPS]]
    yield table((word, "these rows", "the author's"), [[escape(name), *rest] for name, *rest in cells])
    if len(rows) > MOST_GROUPS:
        yield f"And {len(rows) - MOST_GROUPS} more in evidence.json."


def _compared(findings: Findings, known: Score) -> Compared:
    own = findings[f"results.{ROWS}.{known.key}"]
    theirs = findings.get(f"{AUTHORS}.{author_split(findings)}.{known.key}")
    return Compared(known.name, own, theirs, findings.get(f"difference.author.{ROWS}.{known.key}"))


def _with_interval(finding: Finding | None, form: Form) -> str:
    value = facts.number_of(finding)
    if finding is None or value is None:
        return "-"
    within = f" ({score_range(finding.interval)})" if finding.interval else ""
    return f"{form.figure(finding.id, score(value))}{within}"


def _gap(difference: Finding | None, form: Form) -> str:
    value = facts.number_of(difference)
    if difference is None or value is None:
        return "-"
    within = f" ({difference_range(difference.interval)})" if difference.interval else ""
    return f"{form.figure(difference.id, signed(value))}{within}"


def _value(finding: Finding) -> float:
    return facts.number_of(finding) or 0.0


def _why(gap: Finding) -> str:
    return (gap.method or "").partition("no interval, as ")[2].partition(";")[0] or "nothing was drawn anew"


def _again(findings: Findings, name: str, gap: Finding | None, form: Form) -> str:
    moved = "" if gap is None else f" {name} moved by {form.figure(gap.id, signed(_value(gap)))}."
    changed = findings.get("author.changed_answers")
    number = facts.number_of(changed)
    if changed is None or number is None:
        why = changed.reason if changed is not None else "nothing was compared"
        told = f"Answers were not compared row by row: {form.words(str(why))}."
        return f"These are the author's own rows, predicted again.{moved} {told}"
    return (
        f"These are the author's own rows, predicted again: {form.figure(changed.id, count(number))} of "
        f"{count(changed.n or 0)} answers are others.{moved}"
    )


def _overlap(findings: Findings, form: Form) -> Iterator[str]:
    """Rows that were learned from, and rows that the author scored, too."""
    equal, near = (f"data.{kind}.train.{ROWS}" for kind in ("overlap", "near_overlap"))
    number, alike, found = facts.value_of(findings, equal), facts.value_of(findings, near), findings.get(equal)
    if number is not None:
        more = "" if alike is None else f", and {form.figure(near, count(alike))} more nearly so"
        whose = "the author's training rows" if facts.knows_its_training(findings) else facts.train_split(findings)
        yield f"{form.figure(equal, count(number))} of the rows stand in {whose}, too{more}."
    elif found is not None:
        yield f"Whether any of the rows was learned from could not be checked: {form.words(str(found.reason))}."
    shared = facts.value_of(findings, "author.shared_rows")
    if shared and not findings.value("author.same_rows"):
        yield (
            f"{form.figure('author.shared_rows', count(shared))} of the rows are also among those that the author "
            "scored; the interval of the difference takes all of them for other rows."
        )


def _candidates(findings: Findings, form: Form) -> Iterator[str]:
    """Of scores that are ranks: among how many, which decides how hard it is."""
    own, theirs = f"results.{ROWS}.candidates", f"{AUTHORS}.{author_split(findings)}.candidates"
    here, there = facts.value_of(findings, own), facts.value_of(findings, theirs)
    if here is not None and there is not None and here != there:
        yield (
            f"Ranks are among {form.figure(own, count(here))} candidates here and among "
            f"{form.figure(theirs, count(there))} of the author's: the fewer, the easier, whatever the adapter knows."
        )


def _calibration(findings: Findings, form: Form) -> Iterator[str]:
    stated, right = (facts.value_of(findings, f"results.{ROWS}.{part}") for part in ("stated", "answers_right"))
    gap = findings.get(f"results.{ROWS}.overconfidence")
    if stated is None or right is None or gap is None or facts.number_of(gap) is None:
        return
    theirs = facts.value_of(findings, f"{AUTHORS}.{author_split(findings)}.overconfidence")
    within = f" ({difference_range(gap.interval)})" if gap.interval else ""
    beside = "" if theirs is None else f", on the author's rows {signed(theirs)}"
    yield (
        f"Calibration: answers are stated with {form.figure(f'results.{ROWS}.stated', score(stated))} on average, and "
        f"{form.figure(f'results.{ROWS}.answers_right', score(right))} are right; the first "
        f"minus the second is {form.figure(gap.id, signed(_value(gap)))}{within}{beside}."
    )


def _read(findings: Findings, form: Form) -> Iterator[str]:
    """What of the rows was not read, and what was drawn as one."""
    known, rows = facts.task_of(findings).scoring.groups, facts.mapping_of(findings, f"data.{ROWS}.labels")
    if known is not None and (absent := [name for name in known.names if rows.get(name) == 0]):
        yield f"No row has the {known.word} {form.words(listing(absent))}."
    for reason, left in facts.mapping_of(findings, f"data.{ROWS}.dropped").items():
        yield f"{form.figure(f'data.{ROWS}.dropped', count(left))} rows are left out: {form.words(reason)}."
    cut = facts.value_of(findings, f"data.{ROWS}.truncated_rows")
    if cut:
        number = form.figure(f"data.{ROWS}.truncated_rows", count(cut))
        yield f"{number} rows are longer than the adapter reads and were cut."
    groups = facts.mapping_of(findings, f"data.{ROWS}.clusters")
    if groups:
        number = form.figure(f"data.{ROWS}.clusters", count(groups.get("groups", 0)))
        yield f"Rows come in {number} groups, which intervals draw as one each."


def _probes(findings: Findings) -> Iterator[str]:
    """No probe is asked about these rows; which were asked about the author's stands in the run folder's card."""
    if not findings.under("examination"):
        yield (
            f"Not tested on these rows: no probe was asked about them. `{EXAMINE}` asks about the rows that the author "
            "scored; the card of the run folder lists what was asked and what was not."
        )


def _method(findings: Findings) -> Iterator[str]:
    gap = findings.get(f"difference.author.{ROWS}.{facts.headline_metric(findings)}")
    if gap is not None and gap.interval is not None:
        yield (
            "The interval of a difference takes the two sets of rows for two independent draws and is made of both "
            "scores' own intervals (Newcombe 1998, Zou and Donner 2008). The author's are read from the evidence.json "
            "of the run folder, whether predictions are there or withheld; `tunecard verify` computes them again."
        )
