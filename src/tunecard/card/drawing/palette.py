"""The only colours of a picture: of Okabe and Ito's, told apart without colour vision, and greys.

No colour says anything alone: every series has a mark or a line of its own, every cell its number.
Source: Okabe and Ito 2008, "Color Universal Design".
"""

from __future__ import annotations

PAPER, INK, GREY, PALE = "#FFFFFF", "#222222", "#666666", "#DDDDDD"
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = (PAPER, INK, GREY, PALE, BLUE, VERMILLION, GREEN)
SHADES = (PAPER, BLUE)  # ends of the scale of a matrix, light to dark in one hue
DARK = 0.85  # from here on white is easier to read in a cell than ink
