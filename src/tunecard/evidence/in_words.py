"""A finding, or how many there are, in a line: what a prompt and a notebook show first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tunecard.printable import printable

SHOWN = 80


def finding_in_words(id: str, status: str, value: str, reason: str | None) -> str:
    """One finding: its id, its value as `value_in_words` has it, and how it is known."""
    if status == "not measured":
        return f"Finding({cut(id)}: not measured, {cut(reason)})"
    return f"Finding({cut(id)} = {value}, {status})"


def findings_in_words(statuses: Iterable[str]) -> str:
    """How many there are, by how they are known."""
    known = Counter(statuses)
    return f"Findings({known.total()}: {', '.join(f'{n} {status}' for status, n in known.items()) or 'none yet'})"


def value_in_words(value: Any, unit: str | None, interval: Sequence[float] | None) -> str:
    """A value with its interval and its unit."""
    shown = f"{value:.3g}" if isinstance(value, float) else cut(value) if value is not None else ""
    ends = f"[{interval[0]:.3g}, {interval[1]:.3g}]" if interval else ""
    return " ".join(part for part in (shown, ends) if part) + (f" {cut(unit)}" if unit else "")


def cut(value: Any, most: int = SHOWN) -> str:
    """A value on one line of bounded length."""
    said = printable(" ".join(str(value)[: 50 * most].split()))
    return said if len(said) <= most else said[: most - 3] + "..."
