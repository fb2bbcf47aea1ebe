"""Where the metadata and the text of one card say different things."""

from __future__ import annotations

import re
from typing import Any

from tunecard.audit.licences import UNNAMED, licences_in
from tunecard.audit.modelindex import metric_values
from tunecard.card.hub_values import LICENCES

_NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?(\s*%)?")
_SHOWN = 3
_LONGEST = 18
_LICENCE_TEXT = 2000
_TOLERANCE = 1e-9


def contradictions(values: dict[str, Any], body: str, licence_text: str) -> list[str]:
    """Compares metadata with prose.

    Args:
        values: the front matter.
        body: the Markdown below it.
        licence_text: what the card says in the place of its licence; "" when nothing.
    """
    return [*_licence(values.get("license"), licence_text), *_results(values.get("model-index"), body)]


def _licence(value: Any, text: str) -> list[str]:
    ids = {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
    named = licences_in(" ".join(text.split())[:_LICENCE_TEXT])
    ids = (ids & LICENCES) - UNNAMED
    if not ids or not named or any(_agree(one, other) for one in ids for other in named):
        return []
    return [
        f"license: metadata and text must agree, but the metadata says {', '.join(sorted(ids))} "
        f"and the text says {', '.join(sorted(named))}. Correct the one that is wrong."
    ]


def _agree(one: str, other: str) -> bool:
    """Equal, or one is the family of the other (cc of cc-by-4.0)."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _results(value: Any, body: str) -> list[str]:
    metrics = list(metric_values(value))
    if not metrics:
        return []
    numbers = _numbers_of(body)
    missing = [f"{name} {number:g}" for name, number in metrics if not _is_told(number, numbers)]
    if not missing:
        return []
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return [
        f"model-index: each result must also stand in the text, but {', '.join(missing[:_SHOWN])}{more} "
        f"{'does' if len(missing) == 1 else 'do'} not. Report the same results in both."
    ]


def _numbers_of(body: str) -> dict[tuple[int, bool], set[int]]:
    """All numbers of the text without their signs, by decimals and percent sign, as integers in the last decimal."""
    numbers: dict[tuple[int, bool], set[int]] = {}
    for match in _NUMBER.finditer(body):
        if match.start() and (body[match.start() - 1].isalnum() or body[match.start() - 1] in "._"):
            continue  # part of a name, a hash or a version
        decimals = match.group(1) or ""
        if len(match.group()) > _LONGEST:
            continue
        whole = match.group().partition(".")[0].rstrip(" %").replace(",", "")
        numbers.setdefault((len(decimals), bool(match.group(2))), set()).add(int(whole + decimals))
    return numbers


def _is_told(number: float, numbers: dict[tuple[int, bool], set[int]]) -> bool:
    """Whether the text holds the number in some rounding, as it is or as a percentage."""
    for (decimals, is_percent), found in numbers.items():
        for factor in (1.0, 100.0, 0.01):
            scaled = abs(number) * factor * 10**decimals
            is_rough = decimals == 0 and not is_percent
            allowed = _TOLERANCE if is_rough else 0.5 + 1e-6
            candidates = {int(scaled), int(scaled) + 1, int(scaled) - 1} & found
            if any(abs(candidate - scaled) <= allowed for candidate in candidates):
                return True
    return False
