"""What `init` saw, in lines that fit 80 columns: first the columns, then all that was read of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunecard.pipeline.looking import Look
    from tunecard.pipeline.seeing import Seen, SeenSplit

WIDTH = 80
WIDEST_NAME = 28
MOST_COLUMNS = 30
MOST_NOTES = 8
MOST_GROUPS = 10


def first_lines(look: Look, source: str) -> Iterator[str]:
    """Rows and columns, before anything is asked."""
    given = ", ".join(f"{split} {rows:,}" for split, rows in look.rows.items())
    yield from _wrapped(f"{source}: {sum(look.rows.values()):,} rows ({given})", "")
    for note in look.notes[:MOST_NOTES]:
        yield from _wrapped(note, "  ")
    if len(look.notes) > MOST_NOTES:
        yield f"  and {len(look.notes) - MOST_NOTES} more notes"


def column_lines(look: Look, columns: Mapping[str, str], *, is_open: bool) -> Iterator[str]:
    """Every column: what it is read as, or that it is not used, and what it holds.

    Args:
        is_open: whether other columns may yet be read.
    """
    from tunecard.pipeline.column_words import column_words

    role_of = {part: role for role, name in columns.items() for part in look.columns_of(name)}
    told = [profile for profile in look.profiles if profile.name in role_of or not look.repeats(profile.name, role_of)]
    shown = sorted(told, key=lambda profile: profile.name not in role_of)[:MOST_COLUMNS]
    rows = [
        (profile.name, role_of.get(profile.name, "?" if is_open else "not used"), column_words(profile))
        for profile in shown
    ]
    yield "Columns:"
    yield from _table(rows)
    if len(told) > len(shown):
        yield f"  and {len(told) - len(shown)} more, not used"


def seen_lines(seen: Seen, *, is_asked: bool = False, told: Collection[str] = ()) -> Iterator[str]:
    """Splits, labels, lengths, and the task with what else may be asked for.

    Args:
        told: notes that were told before.
        is_asked: whether somebody was asked for the columns; then they are told once more.
    """
    if is_asked:
        yield from _wrapped("Reads " + ", ".join(f"{name!r} as {role}" for role, name in seen.columns.items()), "")
    yield "Splits:"
    for split in seen.splits:
        yield from _hung(split.name, f"{split.rows:,} rows", _origin(split))
    yield from _labels(seen)
    repeated = f"; repeated texts in train: {seen.repeated:,}" if seen.repeated else ""
    yield f"Longest text: {seen.longest:,} words{repeated}"
    others = f" For another: {' or '.join(f'--task {name}' for name in seen.others)}" if seen.others else ""
    yield from _wrapped(f"Task: {seen.task}, {seen.why}.{others}", "")
    if seen.cluster is not None:
        why = f"Rows with the same {seen.cluster!r} belong together: they are split and drawn as one"
        yield from _wrapped(f"{why} (`evaluation.cluster`; null, if they do not).", "")
    for note in [note for note in seen.notes if note not in told][:MOST_NOTES]:
        yield from _wrapped(f"Note: {note}.", "")


def _origin(split: SeenSplit) -> str:
    left = "; ".join(f"{rows:,} left out: {reason}" for reason, rows in split.dropped.items())
    return split.origin + (f"; {left}" if left else "")


def _labels(seen: Seen) -> Iterator[str]:
    from tunecard.pipeline.column_words import top

    if seen.numbers:
        least, most, mean = (f"{seen.numbers[key]:.4g}" for key in ("min", "max", "mean"))
        yield f"Numbers to learn: {least} to {most}, {mean} on average"
    else:
        name = seen.group_name[0].upper() + seen.group_name[1:]
        yield from _wrapped(f"{name} in train ({len(seen.groups):,}): {top(seen.groups, MOST_GROUPS, WIDEST_NAME)}", "")


def _table(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    widths = [min(WIDEST_NAME, max(len(row[column]) for row in rows)) for column in (0, 1)]
    for name, role, held in rows:
        start = f"  {_cut(name, WIDEST_NAME).ljust(widths[0])}  {role.ljust(widths[1])}  "
        yield _cut(start + held)


def _hung(name: str, rows: str, origin: str) -> list[str]:
    """A row of a table whose last cell may take several lines."""
    start = f"  {name.ljust(10)}  {rows.rjust(12)}  "
    from textwrap import wrap

    return wrap(origin, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False)


def _wrapped(text: str, indent: str) -> list[str]:
    from textwrap import wrap

    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _cut(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
