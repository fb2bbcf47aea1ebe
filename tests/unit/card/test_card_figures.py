"""The pictures: those the card shows, the same bytes each time, legible sizes, any label."""

from __future__ import annotations

import re
import struct
import warnings
from pathlib import Path

import pytest
from example_findings import text_run, token_run

from tunecard.card import render_card, write_figures
from tunecard.evidence import Findings, RunFolder, measured

HOSTILE = "$\\frac{x$ \u4e2d\u6587 <b>\n" + "x" * 80


def shown(card: str) -> set[str]:
    return set(re.findall(r"\]\((figures/\w+\.png)\)", card))


def only(findings: Findings, *prefixes: str) -> Findings:
    return Findings(f for f in findings if f.id.startswith(("task.name", *prefixes)))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the text run with its pictures; drawing takes a second, so it is done once."""
    folder = tmp_path_factory.mktemp("run")
    write_figures(RunFolder(folder), text_run())
    return folder


def test_the_card_shows_what_is_drawn(drawn: Path) -> None:
    written = sorted(drawn.rglob("*.png"))
    assert {path.relative_to(drawn).as_posix() for path in written} == shown(render_card(text_run()))
    assert len(written) == 8
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


def test_nothing_to_show_draws_nothing(tmp_path: Path) -> None:
    assert write_figures(RunFolder(tmp_path), Findings()) == []
    assert shown(render_card(Findings())) == set()


def test_same_bytes_again_and_under_another_style(tmp_path: Path) -> None:
    import matplotlib as mpl

    findings = only(token_run(), "results.test.type", "results.test.f1")
    first = write_figures(RunFolder(tmp_path / "a"), findings)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        second = write_figures(RunFolder(tmp_path / "b"), findings)
    assert len(first) == 1
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert not any(b"matplotlib" in path.read_bytes().lower() for path in first)


def test_pictures_are_a_thousand_pixels_wide(drawn: Path) -> None:
    for path in drawn.rglob("*.png"):
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert 950 <= width <= 1050
        assert height <= 2 * width


def test_pictures_are_opaque_and_carry_nothing_of_the_machine(drawn: Path) -> None:
    from matplotlib.image import imread

    for path in drawn.rglob("*.png"):
        content, place, kinds = path.read_bytes(), 8, set()
        while place < len(content):
            length, kind = struct.unpack(">I4s", content[place : place + 8])
            kinds.add(kind)
            place += length + 12
        assert kinds <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}  # no text, time or software
        pixels = imread(path)
        assert pixels.shape[2] == 3 or (pixels[:, :, 3] == 1).all()
        assert (pixels[0, 0, :3] == 1).all()


def test_a_picture_that_is_no_longer_shown_goes(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.figures.mkdir()
    (folder.figures / "scores.png").write_bytes(b"old")
    (folder.figures / "mine.png").write_bytes(b"mine")
    assert write_figures(folder, Findings()) == []
    assert [path.name for path in folder.figures.iterdir()] == ["mine.png"]


def test_any_label_can_be_drawn(tmp_path: Path) -> None:
    confusion = {"labels": [HOSTILE, "b", "c"], "counts": [[5, 1, 0], [2, 6, 0], [0, 0, 0]]}
    findings = Findings([measured("results.test.confusion", confusion, section="results", name="Confusion")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(write_figures(RunFolder(tmp_path), findings)) == 1


def test_words_say_what_the_picture_shows() -> None:
    card = render_card(text_run())
    assert "The 12 worst and 5 best of 77 classes by F1" in card
    assert re.search(r"!\[Learning curve over 10 epochs\. Training loss by epoch: 0\.744, .*, 0\.0101\.", card)
    assert "Epoch 9 was kept." in card
    assert "From 0.905 (length 9-16 words) to 0.921 (length 1-8 words); the others stand in the table below." in card
    assert "Stated and right in some of them: 0.400 0.400, 0.520 0.520, " in card
    token = render_card(token_run())
    assert "F1 by type from protein 0.752 to cell_line 0.571." in token
    assert "as a share of the frozen weight, by layer: from 0.050 to 0.16." in token


def test_histograms_are_drawn_where_they_were_recorded(tmp_path: Path) -> None:
    lengths = only(token_run(), "data.train.length")
    (plain,) = write_figures(RunFolder(tmp_path / "a"), Findings(f for f in lengths if "histogram" not in f.id))
    (binned,) = write_figures(RunFolder(tmp_path / "b"), lengths)
    assert plain.read_bytes() != binned.read_bytes()
