"""Languages: the codes that the Hub takes, and those that a declaration names."""

from __future__ import annotations

import pytest

from tunecard.hub.languages import language_codes, languages_in


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("en", ["en"]),
        ("English, German", ["en", "de"]),
        ("zh-CN", ["zh"]),
        ("Klingon", []),
        ("", []),
        ("en; en", ["en"]),
        ("fil, gsw", ["fil", "gsw"]),
        ("English and the other", ["en"]),
    ],
)
def test_languages_that_a_declaration_names(said: str, codes: list[str]) -> None:
    assert languages_in(said) == codes


def test_language_codes_agree_with_the_iso_tables() -> None:
    pycountry = pytest.importorskip("pycountry")
    codes = language_codes()
    expected = {language.alpha_3 for language in pycountry.languages}
    expected |= {language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2")}
    expected |= {language.bibliographic for language in pycountry.languages if hasattr(language, "bibliographic")}
    families = {family.alpha_3 for family in pycountry.language_families}
    assert expected <= codes
    assert codes - expected - families == {"code", "multilingual"}
