"""A comparison of runs as a person reads it at 80 columns: scores, differences with a verdict each, what differs."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from tunecard.card.numbers import score, signed, size
from tunecard.evidence.changes import GROUPS

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from tunecard.evaluation.compared_runs import Comparison, Difference
    from tunecard.evidence.changes import Change
    from tunecard.metrics.intervals import Interval

MOST_CHANGES = 10  # of a group
LEAST_P = 0.001
LONGEST_CELL = 24


def comparison_lines(found: Comparison) -> Iterator[RenderableType]:
    """What is printed, part by part. Texts of folders are shown as they are: no mark-up in them is interpreted."""
    letters = {run.path: _letter(place) for place, run in enumerate(found.runs)}
    lower = "; lower is better" if found.measure.is_error else ""
    yield _text(f"{found.measure.name} on {found.rows:,} rows of {found.split}{lower}", "bold")
    yield _scores(found, letters)
    yield _text("")
    yield _differences(found, letters)
    yield _text("")
    yield from (_text(sentence, "dim") for sentence in _method(found))
    yield from (_text(f"Note: {note}", "bold") for note in found.notes)
    for run in found.runs[1:]:
        yield from _changed([one for one in found.changed if one.run == run.path], letters[run.path], found.split)


def _letter(place: int) -> str:
    return ascii_uppercase[place] if place < len(ascii_uppercase) else f"R{place + 1}"


def _text(said: str, style: str = "") -> RenderableType:
    from rich.text import Text

    return Text(said, style=style)


def _grid(columns: int, *yielding: int) -> Table:
    """Columns under each other; where room is short the yielding ones break, and nothing is lost of them."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for column in range(columns):
        table.add_column(no_wrap=column not in yielding, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(_text(cell) for cell in cells))


def _scores(found: Comparison, letters: dict[str, str]) -> Table:
    table = _grid(4, 1)
    for run in found.runs:
        said = f"no value: {run.how}" if run.value is None else score(run.value)
        _add(table, f"  {letters[run.path]}", run.path, said, "" if run.value is None else _range(run.interval, ""))
    return table


def _differences(found: Comparison, letters: dict[str, str]) -> Table:
    table = _grid(4, 3)
    for one in found.differences:
        a, b = letters[one.a], letters[one.b]
        value = one.paired.value
        if value is None:
            _add(table, f"  {a} - {b}", "no value", "", one.paired.how)
        else:
            _add(table, f"  {a} - {b}", signed(value), _range(one.paired.interval, "+"), _verdict(found, one, a, b))
    return table


def _range(interval: Interval | None, sign: str) -> str:
    return "no interval" if interval is None else f"{interval[0]:{sign}.3f} to {interval[1]:{sign}.3f}"


def _verdict(found: Comparison, one: Difference, a: str, b: str) -> str:
    if one.p is None:
        return f"not distinguishable: {one.paired.how.removeprefix('no interval, as ')}"
    p = f"p < {LEAST_P}" if one.p < LEAST_P else f"p = {one.p:.3f}"
    if not one.is_distinguishable:
        return f"{p}, not distinguishable"
    is_first = ((one.paired.value or 0.0) > 0) is not found.measure.is_error
    return f"{p}, {a if is_first else b} is better"


def _method(found: Comparison) -> Iterator[str]:
    tests = list(dict.fromkeys(one.paired.test for one in found.differences if one.paired.test))
    pairs = len(found.differences)
    if tests:
        holm = f", adjusted by Holm for {pairs} pairs" if pairs > 1 else ""
        yield f"95 % intervals of the differences: paired jackknife over {found.unit}. p: {' or '.join(tests)}{holm}."
    yield "What was drawn are the rows: another seed of the training would move the scores, too."


def _changed(several: list[Change], letter: str, split: str) -> Iterator[RenderableType]:
    """The records of one run that differ from the first one's, by group; of a long group the first ones."""
    yield _text(f"\nWhat differs (A, then {letter})" if several else f"\n{letter} differs from A in no record", "bold")
    for group in GROUPS:
        parts = [part for one in several if one.group == group for part in one.parts()]
        if not parts:
            continue
        yield _text(f"  {group[0].upper()}{group[1:]}")
        yield _table(sorted(parts, key=lambda part: not _is_of_all(part.id, split))[:MOST_CHANGES])
        if len(parts) > MOST_CHANGES:
            yield _text(f"    and {len(parts) - MOST_CHANGES:,} more (--json has all)")


def _is_of_all(id: str, split: str) -> bool:
    """Whether it is a score of all rows of the split that is compared: what a reader asks for first."""
    return id.startswith(f"results.{split}.") and id.count(".") == 2


def _table(parts: list[Change]) -> Table:
    table = _grid(3, 1, 2)
    for part in parts:
        a, b = _shown(part.a, part.unit), _shown(part.b, part.unit)
        if a == b:
            are_numbers = isinstance(part.a, float) and isinstance(part.b, float)
            a, b = (repr(part.a), repr(part.b)) if are_numbers else (a, "another")
        _add(table, f"    {part.id}", a, b)
    return table


def _shown(value: Any, unit: str | None) -> str:
    """A value in a cell; of what is long, how much of it there is."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        said = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
        return size(value) if unit == "bytes" else said + (f" {unit}" if unit else "")
    said = ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    if len(said) <= LONGEST_CELL:
        return said
    return f"{len(value):,} entries" if isinstance(value, list | dict) else said[: LONGEST_CELL - 3] + "..."


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
