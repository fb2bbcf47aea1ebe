"""Numbers as a reader wants them; expectations worked by hand."""

from __future__ import annotations

import pytest

from tunecard.card import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(7_512_345, "7.5 MB"), (999, "999 bytes"), (12_300_000, "12.3 MB"), (1_412_345_678, "1.4 GB"), (0, "0 bytes")],
)
def test_size(value: float, text: str) -> None:
    assert numbers.size(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.50 s"), (41.4, "41 s"), (119, "119 s"), (2460, "41 min"), (7199, "120 min"), (7200, "2.0 h"), (0, "0 s")],
)
def test_duration(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.9999, "> 99.9 %"), (0.00001, "< 0.1 %"), (0.5, "50 %"), (0.123, "12.3 %")],
)
def test_percent_never_rounds_something_to_nothing_or_all(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.012345, 2, "0.012"),
        (0.0999, 2, "0.10"),
        (1234.5, 3, "1,230"),
        (9.96, 2, "10"),
        (-0.5, 2, "-0.50"),
        (1e-7, 2, "1.0e-07"),
    ],
)
def test_significant(value: float, digits: int, text: str) -> None:
    assert numbers.significant(value, digits) == text


def test_energy_never_reads_as_an_exponent_or_zero() -> None:
    assert numbers.energy((0.0000046, 0.00027)) == "0.0046-0.27 Wh"
    assert numbers.energy((0.09, 0.11)) == "0.090-0.11 kWh"


def test_intervals() -> None:
    assert numbers.score_range((0.7331, 0.7492)) == "0.733-0.749"
    assert numbers.score_range((-0.1, 0.2)) == "-0.100 to +0.200"
    assert numbers.difference_range((-0.0131, -0.0008)) == "-0.013 to -0.001"
    assert numbers.span((0.0017, 0.0204)) == "0.0017-0.020"
