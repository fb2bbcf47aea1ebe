"""No colour vanishes on a white terminal or on a black one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.style import Style

import tunecard
from tunecard.auditing.table import _STYLES

SOURCE = Path(tunecard.__file__).parent
# xterm's own eight colours, which most terminals have or improve on.
XTERM = [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)]
LEAST_CONTRAST = 3.0  # of large or bold text and of signs (WCAG 2.2, 1.4.3 and 1.4.11)
STYLE = re.compile(r"""style=f?"([^"{]*)"|, "((?:bold|dim|italic|red|green|yellow|blue|magenta|cyan)[a-z ]*)"\)""")


def luminance(colour: tuple[int, int, int]) -> float:
    """Of WCAG 2.2, "relative luminance".

    >>> round(luminance((255, 255, 255)), 3)
    1.0
    """
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: tuple[int, int, int], background: tuple[int, int, int]) -> float:
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def styles() -> set[str]:
    """Every style that stands in the source, and those of the audit's states."""
    found = {
        one or other for path in SOURCE.rglob("*.py") if "rich" in (text := path.read_text())
        for one, other in STYLE.findall(text)
    }  # fmt: skip
    return {style for style in found | set(_STYLES.values()) if style}


def test_styles_are_found() -> None:
    assert {"bold", "bold red", "dim", "magenta"} <= styles()


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0)], ids=["white", "black"])
def test_every_colour_stands_out(background: tuple[int, int, int]) -> None:
    colours = {style: Style.parse(style).color for style in styles()}
    numbers = {style: colour.number for style, colour in colours.items() if colour is not None}
    assert numbers
    faint = {
        style: contrast(XTERM[number], background) for style, number in numbers.items()
        if number is None or contrast(XTERM[number], background) < LEAST_CONTRAST
    }  # fmt: skip
    assert faint == {}
