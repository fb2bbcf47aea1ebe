"""An evaluation on own rows in lines of 80 columns: scores beside the author's, the verdict, what to know, where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.comparison import (
    Compared,
    author_split,
    groups_compared,
    remarks,
    scores_compared,
    slices_compared,
    verdict,
)
from tunecard.card.numbers import count, difference_range, score, score_range, signed
from tunecard.cli.counts import cut
from tunecard.cli.telling import wrapped

if TYPE_CHECKING:
    from tunecard.evidence import Finding
    from tunecard.reproduction.evaluated import Evaluation

WIDTH = 80
NAME_COLUMNS = 22
MOST_SHOWN = 8


def evaluation_lines(found: Evaluation) -> list[str]:
    """What a person reads of it."""
    findings = found.findings
    word, split = facts.row_word(findings), author_split(findings)
    theirs = "what was recorded of them" if findings.value("author.same_rows") else f"the author's {split} split"
    return [
        "",
        *_wrapped(f"{found.data}: {count(found.n)} {word} beside {theirs}"),
        "",
        *_table([["", "here", "95 %", "author", "difference"], *map(_row, scores_compared(findings))]),
        "",
        *_wrapped(verdict(findings)),
        *_parts(f"By {facts.group_word(findings)}, worst first", groups_compared(findings)),
        *(line for factor, rows in slices_compared(findings).items() for line in _parts(f"By {factor}", rows)),
        "",
        *(line for remark in remarks(findings) for line in _wrapped(f"- {remark}")),
        "",
        f"Kept in {found.path}",
    ]


def _row(compared: Compared) -> list[str]:
    theirs, gap = facts.number_of(compared.author), compared.difference
    return [
        *_own(compared.name, compared.own),
        "-" if theirs is None else score(theirs),
        "-" if (moved := facts.number_of(gap)) is None else f"{signed(moved)}{_within(gap)}",
    ]


def _own(name: str, own: Finding) -> list[str]:
    value = facts.number_of(own)
    return [
        cut(name, NAME_COLUMNS), "-" if value is None else score(value),
        score_range(own.interval) if own.interval and value is not None else "-",
    ]  # fmt: skip


def _within(gap: Finding | None) -> str:
    return f" ({difference_range(gap.interval)})" if gap is not None and gap.interval else ""


def _parts(title: str, rows: Sequence[Compared]) -> Iterator[str]:
    """A heading and the parts of the rows, as many as a screen has room for."""
    scored = [row for row in rows if facts.number_of(row.own) is not None]
    if not scored:
        return
    yield from ("", f"{title}:")
    yield from _table([_part(row) for row in scored[:MOST_SHOWN]])
    if len(rows) > len(scored[:MOST_SHOWN]):
        yield f"  and {len(rows) - len(scored[:MOST_SHOWN]):,} more in comparison.md"


def _part(compared: Compared) -> list[str]:
    theirs = facts.number_of(compared.author)
    n = f"n = {count(compared.own.n)}" if compared.own.n is not None else ""
    return [*_own(compared.name, compared.own), n, "" if theirs is None else f"author's {score(theirs)}"]


def _wrapped(text: str) -> list[str]:
    return wrapped(text, WIDTH).split("\n")


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows whose columns stand under each other; the last cell of a row may be long."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    padded = ([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]] for row in rows)
    return ["  " + "  ".join(row).rstrip() for row in padded]
