"""A comparison of runs in a notebook: scores and differences open, what differs folded."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard import notebook
from tunecard.evidence.in_words import value_in_words
from tunecard.metrics.intervals import Interval

Figure = tuple[float | None, Interval | None]


def comparison_as_html(
    title: str,
    scores: Sequence[tuple[str, Figure]],
    differences: Sequence[tuple[str, str, Figure, float | None, bool]],
    changed: Sequence[tuple[str, object, object, str]],
    notes: Sequence[str],
) -> str:
    """The pieces of it as one block.

    Args:
        scores: run, and value with interval.
        differences: two runs, value with interval, adjusted p value, whether they are distinguishable.
        changed: id, value in the first run and in the other, which is named.
    """
    pairs = [[f"{a} minus {b}", _figure(gap), _p(p), "yes" if told else "no"] for a, b, gap, p, told in differences]
    return notebook.box(
        title,
        notebook.table(("run", "score, 95 % interval"), [[path, _figure(figure)] for path, figure in scores]),
        notebook.table(("difference", "95 % interval", "p, adjusted", "distinguishable"), pairs),
        *(notebook.text(note) for note in notes),
        notebook.folded(
            f"{len(changed)} {'record' if len(changed) == 1 else 'records'} with another value",
            notebook.table(("record", "first", "other", "other run"), changed),
        ),
    )


def _figure(figure: Figure) -> str:
    value, interval = figure
    return "no value" if value is None else value_in_words(value, None, interval)


def _p(p: float | None) -> str:
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
