"""Languages of rows beside what they are known to be: the first article of the Universal Declaration of Human Rights."""

from __future__ import annotations

import pytest

from tunecard.data.row_languages import RARE, UNTOLD, languages_of

ARTICLE = {
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos, dotados como están de razón.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.",  # noqa: RUF001
}


def test_known_languages_are_told() -> None:
    rows = [[text] for text in ARTICLE.values() for _ in range(20)]
    assert languages_of(rows) == [name for name in ARTICLE for _ in range(20)]


def test_what_is_short_or_rare_has_no_language_of_its_own() -> None:
    rows = [[ARTICLE["en"]]] * 40 + [[ARTICLE["de"]]] * 20 + [[ARTICLE["fr"]]] * 3 + [["Guten Tag"]] * 2
    assert languages_of(rows) == ["en"] * 40 + ["de"] * 20 + [RARE] * 3 + [UNTOLD] * 2


@pytest.mark.parametrize(
    "rows",
    [
        [["Guten Tag"]] * 30 + [["Good day"]] * 30,
        [[ARTICLE["en"]]] * 60 + [[ARTICLE["de"]]] * 19,
        [[ARTICLE["en"]]] * 3000 + [[ARTICLE["de"]]] * 21,
        [[ARTICLE["en"]]] * 60,
    ],
)
def test_without_two_languages_of_enough_rows_there_is_none(rows: list[list[str]]) -> None:
    assert languages_of(rows) == []
