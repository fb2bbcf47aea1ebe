"""An audit in a line and in a notebook: how much says something first, what is empty open, the rest folded."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard import notebook
from tunecard.printable import printable

SHOWN = 80
HEADS = ("field", "state", "what")


def field_in_words(name: str, state: str, told: str | None) -> str:
    """One field in a line."""
    said = printable(" ".join((told or "")[: 50 * SHOWN].split()))
    return f"FieldAudit({name!r} {state}: {said if len(said) <= SHOWN else said[: SHOWN - 3] + '...'})"


def card_in_words(path: str, figures: str, kind: str = "CardAudit") -> str:
    """One card in a line."""
    return f"{kind}({path!r}: {figures})"


def cards_in_words(number: int, percents: Sequence[float]) -> str:
    """Several cards by their number, and how full those are that are judged."""
    mean = f", {sum(percents) / len(percents):.1f} % of the fields filled on average" if percents else ""
    return f"AuditReport({number:,} cards{mean})"


def card_as_html(
    path: str,
    verdict: tuple[str, bool | None],
    errors: Sequence[str],
    silent: Sequence[Sequence[object]],
    filled: Sequence[Sequence[object]],
) -> str:
    """The figures, errors of the metadata, fields that say nothing, and the others folded.

    Args:
        verdict: the figures, and how they are meant.
        silent, filled: name, state and words of each field.
    """
    wrong = [[error] for error in errors]
    return notebook.box(
        f"Audit of {path}",
        notebook.verdict(*verdict),
        notebook.folded(f"{len(wrong)} errors in the metadata", notebook.table((), wrong), is_open=True),
        notebook.folded(f"{len(silent)} fields that do not count", notebook.table(HEADS, silent), is_open=True),
        notebook.folded(f"{len(filled)} fields that say something", notebook.table(HEADS, filled)),
    )


def cards_as_html(title: str, cards: Sequence[tuple[str, str]]) -> str:
    """Path and figures of several cards, a line each."""
    return notebook.box(title, notebook.table(("card", "what it says"), cards))
