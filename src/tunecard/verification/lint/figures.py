"""Is a shown number what its record holds? Rounding and units are allowed, another number is not.

"0.741" is 0.74123; "12.3 %" is 0.123; "7.5 MB" is 7512345 bytes; "41 min" is 2460 seconds; "3,810" is 3807.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.evidence import Finding

# A hyphen between two numbers parts a range; a sign stands at the beginning, after a blank or after a bracket.
# Digits in a word with letters belong to a name (bf16, F1, 5th).
_DIGITS = r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)"
NUMBER = re.compile(rf"(?:(?<=^)|(?<=[\s(]))[+-]?{_DIGITS}|(?<!\w){_DIGITS}")
UNIT = re.compile(r"\s*(%|[A-Za-z]+)?")
HUNDRED = 100.0
WHOLE = 0.5  # half a unit of a number without decimals
LEAST_ROUNDED = 9.5  # smaller quantities keep a decimal
# What a shown unit multiplies a recorded value by; without a unit a share may be shown of a hundred.
SCALES: dict[str, tuple[float, ...]] = {
    "%": (100.0,),
    "kB": (1e-3,),
    "MB": (1e-6,),
    "GB": (1e-9,),
    "TB": (1e-12,),
    "min": (1 / 60, 60.0),
    "h": (1 / 3600, 1.0),
    "s": (1.0, 3600.0),
    "ms": (1.0, 1e3),
    "Wh": (1e3, 1.0),
    "kWh": (1.0,),
    "g": (1.0,),
    "hours": (1.0,),
}
WITHOUT_UNIT = (1.0, HUNDRED)
RANGE_MARK = re.compile(r"\s*(?:-|to)\s*[+-]?[\d.,e+-]+")


@dataclass(frozen=True)
class Shown:
    """One number as it stands in a text: its value, half a unit of its last place, whether that place is rounded to,
    the scales that its unit allows, and a mark of inequality before it."""

    text: str
    value: float
    half: float
    rounded_half: float
    scales: tuple[float, ...]
    mark: str


def shown_numbers(text: str) -> list[Shown]:
    """The numbers of a text, left to right."""
    found = []
    for match in NUMBER.finditer(text):
        written = match.group().rstrip(",")
        plain = written.replace(",", "")
        mantissa, _, exponent = plain.partition("e")
        power = int(exponent or 0)
        places = len(mantissa.partition(".")[2])
        digits = mantissa.lstrip("+-")
        zeros = len(digits) - len(digits.rstrip("0")) if "." not in digits and len(digits) > 1 else 0
        half = 0.5 * 10.0 ** (power - places)
        scales = _scales(text[match.end() :])
        found.append(
            Shown(written, float(plain), half, half * 10.0**zeros, scales, text[: match.start()].rstrip()[-1:])
        )
    return found


def is_in(shown: Shown, candidates: Sequence[float]) -> bool:
    """Whether the number is one of the candidates, rounded and scaled as its unit allows."""
    return any(_is_rounding(shown, candidate, scale) for candidate in candidates for scale in shown.scales)


def numbers_in(finding: Finding) -> list[float]:
    """Every number that a record holds: value, interval, n, level, and what is counted or averaged over its value.

    What a card averages or sums are a list of records (the mean of each key), a confusion (the share that is right,
    and all rows) and counts by name (the share of each).
    """
    numbers = [*_numbers(finding.value), *_means(finding.value), *_confused(finding.value), *_shares(finding.value)]
    numbers += [*(finding.interval or ()), *([finding.n] if finding.n is not None else [])]
    if finding.level is not None:
        numbers.append(finding.level)
    return [float(number) for number in numbers]


def texts_in(finding: Finding) -> list[str]:
    """Every text that a record holds and a card may quote."""
    texts = [finding.name, finding.method, finding.reason, finding.slice, finding.unit, finding.split]
    return [text for text in texts if text] + texts_of_value(finding)


def texts_of_value(finding: Finding) -> list[str]:
    """Every text in the value of a record, keys included."""
    return list(_texts(finding.value))


def _is_rounding(shown: Shown, candidate: float, scale: float) -> bool:
    value = candidate * scale
    if shown.mark == "<":
        return 0 < value < shown.value
    if shown.mark == ">":
        return shown.value < value < HUNDRED
    is_counted = float(candidate).is_integer() and scale == 1.0
    if scale == 1.0 and not is_counted and shown.half == WHOLE and abs(value) < LEAST_ROUNDED:
        return False  # 0.7 is never written as 1
    half = shown.half if is_counted else shown.rounded_half
    return abs(value - shown.value) <= half * (1 + 1e-9) + 1e-12 * abs(value)


def _scales(follows: str) -> tuple[float, ...]:
    """By the unit behind the number, or behind the range that it begins."""
    if match := RANGE_MARK.match(follows):
        follows = follows[match.end() :]
    unit = UNIT.match(follows)
    return SCALES.get((unit.group(1) or "") if unit else "", WITHOUT_UNIT)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        yield len(value)
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        yield len(value)
        for item in value:
            yield from _numbers(item)


def _means(value: Any) -> Iterator[float]:
    records = [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []
    for key in records[0] if records else ():
        known = [record[key] for record in records if isinstance(record.get(key), int | float)]
        if known:
            yield sum(known) / len(known)


def _shares(value: Any) -> Iterator[float]:
    counts = list(value.values()) if isinstance(value, dict) else []
    if counts and all(type(count) is int for count in counts) and sum(counts):
        yield from (count / sum(counts) for count in counts)


def _confused(value: Any) -> Iterator[float]:
    counts = value.get("counts") if isinstance(value, dict) else None
    if not isinstance(counts, list) or not all(isinstance(row, list) and len(row) == len(counts) for row in counts):
        return
    total = float(sum(cell for row in counts for cell in row))
    yield total
    if total:
        yield sum(row[place] for place, row in enumerate(counts)) / total


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
