"""What every picture owes its readers: words with the figures, the records behind them, colours and marks for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from example_findings import text_run, token_run
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from tunecard.card.numbers import count, percent, plain_number, score, significant
from tunecard.card.pictures import PICTURES, picture, pictures_of, sources_of
from tunecard.card.pictures.canvas import BLUE, COLOURS, GREEN, GREY, INK, SMALL, STYLE, VERMILLION, WIDTH, wrap_label
from tunecard.card.pictures.forest import MARKS
from tunecard.card.pictures.learning_curve import LINES
from tunecard.card.pictures.lengths import LINES as LENGTH_LINES
from tunecard.card.pictures.spectra import ENDS
from tunecard.evidence import Finding, Findings

RUNS = {"token": token_run, "text": text_run}
# No probe of today records a curve: tests/unit/card/test_card_probes.py draws those of a made-up one.
EVERY = pytest.mark.parametrize("name", [name for name in PICTURES if name != "curves"])
BOTH = pytest.mark.parametrize("run", RUNS)
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)


@contextmanager
def as_drawn() -> Iterator[None]:
    """The settings under which pictures are drawn; where ticks lie depends on them."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


@pytest.fixture(scope="module")
def figures() -> dict[tuple[str, str], Figure]:
    """Every picture of both runs, laid out."""
    drawn = {}
    for run, make in RUNS.items():
        for name in pictures_of(make()):
            with as_drawn():
                drawn[run, name] = PICTURES[name].draw(make())
                FigureCanvasAgg(drawn[run, name]).draw()
    return drawn


def linear(colour: str) -> np.ndarray:
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(values: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(values, 0, 1) / WHITE
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def ticks_out_of_view(figure: Figure) -> set[Text]:
    """Labels that matplotlib keeps for ticks beyond the ends of an axis and does not draw."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            used = len(axis.get_majorticklocs())
            ticks = [
                tick
                for place, tick in enumerate(axis.majorTicks)
                if place >= used or not low - 1e-9 <= tick.get_loc() <= high + 1e-9
            ]
            hidden |= {text for tick in ticks for text in (tick.label1, tick.label2)}
    return hidden


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        yield len(value)
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, int | float):
        yield float(value)


def figures_of(findings: list[Finding]) -> set[str]:
    """Every way in which a card writes the numbers of these findings."""
    numbers = {number for f in findings for part in (f.value, f.interval, f.n) for number in numbers_in(part)}
    ways = (score, count, percent, plain_number, significant, lambda number: significant(number, 2))
    return {way(number) for number in numbers for way in ways}


@BOTH
@EVERY
def test_every_number_in_words_is_of_a_named_record(run: str, name: str) -> None:
    findings = RUNS[run]()
    sources = [findings[id] for id in sources_of(findings, name)]
    assert sources
    said = picture(findings, name).rpartition("](")[0]
    names = [f.slice for f in sources if f.slice] + [str(findings.value("task.labels"))]
    for text in ("95 %", "F1", "12 worst and 5 best of 77", *re.findall(r"[\w.]*encoder\.layer\.[\w.]+", said)):
        said = said.replace(text, "")
    for text in sorted((part for whole in names for part in re.findall(r"[\w-]*\d[\w-]*(?: words)?", whole)), key=len):
        said = said.replace(text, "")
    said = re.sub(r"intent_\d+\w*", "", said)
    found = set(re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", said.replace("-", " ").replace(", ", " ")))
    assert found or name == "scores"
    assert found <= figures_of(sources), found - figures_of(sources)


def test_a_picture_that_cannot_be_drawn_has_no_words_and_no_sources() -> None:
    for name in PICTURES:
        assert (picture(Findings(), name), sources_of(Findings(), name)) == ("", [])


@EVERY
def test_words_change_with_the_figures(name: str) -> None:
    findings = token_run()
    changed = set(sources_of(findings, name))

    def shift(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shift(item) for key, item in value.items()}
        if isinstance(value, list):
            return [shift(item) for item in value]
        return value * 1.5 if isinstance(value, float) else value + 3 if isinstance(value, int) else value

    other = Findings(f.model_copy(update={"value": shift(f.value)}) if f.id in changed else f for f in findings)
    assert picture(other, name) != picture(findings, name)


@EVERY
def test_broken_records_draw_nothing_and_raise_nothing(name: str) -> None:
    findings = token_run()
    for wrong in ("text", 7, [], {}, [1, "a", None], [{}, {"module": 3, "values": "x"}], {"edges": 1, "counts": "x"}):
        changed = set(sources_of(findings, name))
        broken = Findings(f.model_copy(update={"value": wrong}) if f.id in changed else f for f in findings)
        if picture(broken, name):
            PICTURES[name].draw(broken)


def test_every_colour_is_of_the_one_palette(figures: dict[tuple[str, str], Figure]) -> None:
    allowed = {colour.lower() for colour in COLOURS}
    for key, figure in figures.items():
        shown = [artist for artist in figure.findobj() if artist.get_visible()]
        lines = [line for line in shown if isinstance(line, Line2D)]
        texts = [text.get_color() for text in shown if isinstance(text, Text) and text.get_text()]
        patches = [patch.get_facecolor() for patch in shown if isinstance(patch, Patch) and patch.get_fill()]
        colours = [line.get_color() for line in lines] + texts + [colour for colour in patches if colour[3]]
        assert {to_hex(colour) for colour in colours} <= allowed, key


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_series_are_apart_without_colour_vision(matrix: np.ndarray) -> None:
    together = [(BLUE, VERMILLION), (BLUE, GREEN), (VERMILLION, GREEN), (BLUE, INK), (VERMILLION, INK), (BLUE, GREY)]
    for one, other in together:
        distance = np.linalg.norm(lab(matrix @ linear(one)) - lab(matrix @ linear(other)))
        assert distance > 15, (one, other)  # 2.3 is just noticeable


def test_no_colour_speaks_alone() -> None:
    series = [LINES["train_loss"], LINES["validation_loss"]]
    assert len({line["marker"] for line in series}) == len({line["linestyle"] for line in series}) == 2
    assert len({line["linestyle"] for line in LENGTH_LINES.values()}) == 3
    assert len({mark["marker"] for mark in MARKS.values()}) == len(MARKS)
    assert len({(end["marker"], end["linestyle"]) for end in ENDS}) == 2


def test_type_is_ten_pixels_high_on_a_phone(figures: dict[tuple[str, str], Figure]) -> None:
    for key, figure in figures.items():
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
        assert min(sizes) >= SMALL, key
    assert SMALL / 72 / WIDTH * 360 > 10


def test_nothing_is_cut_off_and_no_words_lie_on_each_other(figures: dict[tuple[str, str], Figure]) -> None:
    for key, figure in figures.items():
        sheet = figure.bbox
        with as_drawn():
            hidden = ticks_out_of_view(figure)
        texts = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        texts = [text for text in texts if text not in hidden]
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
        for words, box in boxes:
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
            assert inside, (key, words)
        for place, (words, box) in enumerate(boxes):
            for other, another in boxes[place + 1 :]:
                wide = min(box.x1, another.x1) - max(box.x0, another.x0)
                high = min(box.y1, another.y1) - max(box.y0, another.y0)
                assert wide <= 1 or high <= 3, (key, words, other)  # a line's box has a little air above and below


def test_labels_of_any_length_fit_their_lines() -> None:
    assert wrap_label("card_payment_wrong_exchange_rate", 22) == "card_payment_wrong_\nexchange_rate"
    assert wrap_label("short") == "short"
    long = wrap_label("x" * 200, 10, 2)
    assert [len(line) for line in long.split("\n")] == [10, 10] and long.endswith("\u2026")
    assert wrap_label("a\nb\u202e c") == "a b c"
    assert wrap_label("") == ""
