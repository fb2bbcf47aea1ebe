"""Amounts of CO2 as prose tells them, in grams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GRAMS = {"mg": 0.001, "g": 1.0, "kg": 1000.0, "t": 1_000_000.0, "lb": 453.59237}
_UNITS = r"(?P<unit>mg|milligrams?|kg|kilograms?|kgs|kilos?|g|grams?|t|tons?|tonnes?|lbs?|pounds?)"
_CARBON = r"(?:co2|co₂|carbon)"
_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,12})?|\d{1,12}(?:\.\d{1,12})?(?:e[-+]?\d{1,2})?)"
_AMOUNT = re.compile(rf"(?<![\w.,]){_NUMBER}\s?{_UNITS}\b", re.IGNORECASE)
_UNIT_FIRST = re.compile(rf"\(?\bin {_UNITS}\)?[\s:*|]{{1,6}}{_NUMBER}(?![\w.])", re.IGNORECASE)
_EMITTED = re.compile(rf"{_CARBON}|\bemi(?:t|ssion)", re.IGNORECASE)
_OTHERS = re.compile(
    r"\bpre-?train|\boffset|\bper (?:kwh|hour|inference|query|request)|/\s?kwh|\bcompare|\bversus\b", re.IGNORECASE
)
_MOST = 200_000
_LONGEST_LINE = 2000


@dataclass(frozen=True)
class Amount:
    """An amount in the text: as it is written, in grams, and how far its last digit may have been rounded."""

    text: str
    grams: float
    allowed: float

    def agrees(self, grams: float) -> bool:
        """Whether the amount is this one in some rounding."""
        return abs(self.grams - grams) <= self.allowed + 1e-9 * abs(grams)


def amounts_of_co2(body: str) -> Iterator[Amount]:
    """Every amount in a line that speaks of emissions of this training.

    >>> [amount.grams for amount in amounts_of_co2("Training emitted 25 kg of CO2.")]
    [25000.0]
    """
    for line in (whole[:_LONGEST_LINE] for whole in body[:_MOST].split("\n")):
        if _EMITTED.search(line) and not _OTHERS.search(line):
            for pattern in (_AMOUNT, _UNIT_FIRST):
                yield from (_amount(match) for match in pattern.finditer(line))


def _amount(match: re.Match[str]) -> Amount:
    factor = _GRAMS[_unit(match["unit"].lower())]
    written = match["number"].replace(",", "")
    decimals = len(written.partition("e")[0].partition(".")[2])
    exponent = int(written.lower().partition("e")[2] or 0)
    return Amount(
        f"{match['number']} {match['unit']}", float(written) * factor, 0.5 * 10.0 ** (exponent - decimals) * factor
    )


def _unit(word: str) -> str:
    if word.startswith(("milli", "mg")):
        return "mg"
    if word.startswith("k"):
        return "kg"
    if word.startswith("t"):
        return "t"
    return "lb" if word.startswith(("lb", "pound")) else "g"
