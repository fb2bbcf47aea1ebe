"""The sheet that every picture is drawn on: its size, its type, and its bytes.

A picture is about 1,000 pixels wide and a phone shows it at 360: 12 points of 5.4 inches are then 11 pixels high.
Its only colours are greys and those of Okabe and Ito that are told apart without colour vision; no colour says
anything alone: every series has a mark or a line of its own, every cell its number.

Source: Okabe and Ito 2008, "Color Universal Design".
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tunecard.card.markdown import one_line
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER, INK, GREY, PALE = "#FFFFFF", "#222222", "#666666", "#DDDDDD"
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = (PAPER, INK, GREY, PALE, BLUE, VERMILLION, GREEN)
SHADES = (PAPER, BLUE)  # ends of the scale of a matrix, light to dark in one hue
DARK = 0.85  # from here on white is easier to read in a cell than ink
WIDTH = 5.4  # inches
DOTS_PER_INCH = 185
SIZE, SMALL, TITLE = 12, 11, 13  # points; nothing is smaller than SMALL
TITLE_WIDTH = 46  # characters of a title's line
LABEL_WIDTH, LABEL_LINES = 22, 2
_BREAKS = re.compile(r"(?<=[ _-])")
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": SIZE,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelsize": SIZE,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": SIZE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.facecolor": PAPER,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.2,
    "legend.borderaxespad": 0.2,
}


def png_of(draw: Callable[[Findings], Figure], findings: Findings) -> bytes:
    """The picture on opaque white; no version, clock or setting of this machine gets in."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # a label in letters the font lacks
        image = io.BytesIO()
        figure = draw(findings)
        figure.dpi = DOTS_PER_INCH
        sheet: Any = FigureCanvasAgg(figure)
        sheet.draw()  # `savefig` would draw twice, once to lay out: the same picture
        said: Any = {"Software": None}
        imsave(image, sheet.buffer_rgba(), format="png", origin="upper", dpi=DOTS_PER_INCH, metadata=said)
    return image.getvalue()


def blank(height: float, title: str, heights: tuple[float, ...] = (1,)) -> tuple[Figure, list[Axes]]:
    """A white figure with its title and one axes a height, from top to bottom.

    Args:
        height: inches, without the title's lines.
        heights: of the axes, in any one unit.
    """
    from matplotlib.figure import Figure

    lines = textwrap.wrap(title, TITLE_WIDTH)
    figure = Figure(figsize=(WIDTH, height + 0.25 * len(lines)), facecolor=PAPER)
    figure.set_layout_engine("constrained", w_pad=0.09, h_pad=0.06)
    figure.suptitle("\n".join(lines), x=0.02, ha="left", fontsize=TITLE, fontweight="bold")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    return figure, [figure.add_subplot(grid[place, 0]) for place in range(len(heights))]


def wrap_label(text: object, width: int = LABEL_WIDTH, lines: int = LABEL_LINES) -> str:
    """A label of any length on at most so many lines, broken behind blanks, dashes and underscores where it can be."""
    shown = [""]
    for piece in _BREAKS.split(one_line(text)):
        if shown[-1] and len(shown[-1]) + len(piece.rstrip()) > width:
            shown.append("")
        shown[-1] += piece
        while len(shown[-1].rstrip()) > width:
            shown[-1:] = [shown[-1][:width], shown[-1][width:]]
    if len(shown) > lines:
        shown = [*shown[: lines - 1], "".join(shown[lines - 1 :])[: width - 1] + "\u2026"]
    return "\n".join(line.rstrip() for line in shown)


def rules(axis: Axes, along: str) -> None:
    """Pale lines behind the data that lead from a tick to a mark."""
    axis.grid(axis=along, color=PALE, linewidth=0.8)  # type: ignore[arg-type]
    axis.set_axisbelow(True)


def whole_numbers(axis: Axes, most: int = 8) -> None:
    """Ticks of the x axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))


def legend_above(axis: Axes, columns: int) -> None:
    """The legend over the axes, where no data can be."""
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, handletextpad=0.5)
