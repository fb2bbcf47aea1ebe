"""Numbers as a reader wants them: rounded, with a unit, never a bare float with sixteen digits."""

from __future__ import annotations

import math

_HOUR = 3600
_MINUTE = 60
LEAST_KWH = 0.1


def score(value: float) -> str:
    """A score with three decimals.

    >>> score(0.74123)
    '0.741'
    """
    return f"{value:.3f}"


def signed(value: float) -> str:
    """A difference with its sign.

    >>> signed(0.0512)
    '+0.051'
    """
    return f"{value:+.3f}"


def score_range(interval: tuple[float, float]) -> str:
    """An interval of scores.

    >>> score_range((0.731, 0.752))
    '0.731-0.752'
    """
    return f"{interval[0]:.3f}-{interval[1]:.3f}" if interval[0] >= 0 else difference_range(interval)


def difference_range(interval: tuple[float, float]) -> str:
    """An interval of differences.

    >>> difference_range((-0.02, 0.004))
    '-0.020 to +0.004'
    """
    return f"{interval[0]:+.3f} to {interval[1]:+.3f}"


def count(value: float) -> str:
    """A whole number with thousands marked.

    >>> count(8662)
    '8,662'
    """
    return f"{round(value):,}"


def percent(share: float) -> str:
    """A share in per cent; what is neither nothing nor all never reads so.

    >>> percent(0.123), percent(0.00004), percent(1.0)
    ('12.3 %', '< 0.1 %', '100 %')
    """
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def size(byte_count: float) -> str:
    """Bytes in decimal units.

    >>> size(7_512_345)
    '7.5 MB'
    """
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if byte_count >= scale:
            return f"{significant(byte_count / scale, 2 if byte_count < 10 * scale else 3)} {unit}"
    return f"{round(byte_count)} bytes"


def duration(seconds: float) -> str:
    """A time span in the unit a person would choose.

    >>> duration(2460), duration(12.3), duration(9000)
    ('41 min', '12 s', '2.5 h')
    """
    if seconds >= 2 * _HOUR:
        return f"{seconds / _HOUR:.1f} h"
    if seconds >= 2 * _MINUTE:
        return f"{round(seconds / _MINUTE)} min"
    return f"{round(seconds)} s" if seconds >= 10 else f"{significant(seconds, 2)} s"


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, without an exponent where that reads well.

    >>> significant(0.012345, 2), significant(123456.0), significant(0.00000123)
    ('0.012', '123,000', '1.23e-06')
    """
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)))
    if exponent < -4 or exponent > 12:
        return f"{value:.{digits - 1}e}"
    return f"{rounded:,.{max(digits - 1 - exponent, 0)}f}"


def energy(interval: tuple[float, float]) -> str:
    """A range of kilowatt-hours, in watt-hours where it is small; one number where both ends are the same.

    >>> energy((0.000015, 0.00076)), energy((0.5, 1.25)), energy((0.2, 0.2))
    ('0.015-0.76 Wh', '0.50-1.2 kWh', '0.20 kWh')
    """
    low, high = interval
    scale, unit = (1.0, "kWh") if high >= LEAST_KWH else (1000.0, "Wh")
    if low == high:
        return f"{significant(low * scale, 2)} {unit}"
    return f"{span((low * scale, high * scale))} {unit}"


def plain_number(value: float) -> str:
    """A whole number as it is, another one with three significant digits.

    >>> plain_number(24.0), plain_number(24.46)
    ('24', '24.5')
    """
    return count(value) if float(value).is_integer() else significant(value)


def span(interval: tuple[float, float], digits: int = 2) -> str:
    """A range of a quantity.

    >>> span((0.0123, 0.456))
    '0.012-0.46'
    """
    return f"{significant(interval[0], digits)}-{significant(interval[1], digits)}"
