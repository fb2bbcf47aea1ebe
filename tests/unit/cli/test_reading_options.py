"""`--separator` and `--encoding`: what a recipe would take, and both faults at once."""

from __future__ import annotations

import pytest

from tunecard.cli.arguments import reading_of
from tunecard.errors import RecipeError


@pytest.mark.parametrize(
    ("said", "meant"), [("auto", None), ("semicolon", ";"), ("tab", "\t"), ("\t", "\t"), ("|", "|"), ("^", "^")]
)
def test_a_separator_by_name_or_character(said, meant):
    assert reading_of(said, "cp1252").delimiter == meant


def test_what_cannot_be_meant():
    with pytest.raises(RecipeError) as caught:
        reading_of(";;", "base64")
    assert str(caught.value).splitlines() == [
        "2 problems in options",
        "  separator must be auto, comma, semicolon, tab, pipe, or the one character between the columns of csv files. "
        "Got ';;'.",
        "  encoding must be the encoding of text files, such as utf-8, windows-1252 or gb18030, or auto. Got 'base64'.",
    ]
    with pytest.raises(RecipeError):
        reading_of("auto", "latin-17")


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "raw-unicode-escape", "undefined", "rot13"])
def test_what_only_python_calls_an_encoding_is_none(name):
    with pytest.raises(RecipeError) as caught:
        reading_of("auto", name)
    assert str(caught.value).endswith(f"such as utf-8, windows-1252 or gb18030, or auto. Got {name!r}.")
