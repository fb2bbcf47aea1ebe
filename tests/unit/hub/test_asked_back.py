"""Licences and languages that the Hub would not take are asked back with the nearest that it takes."""

from __future__ import annotations

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.hub.asked_back import declaration_faults, language_fault, licence_fault
from tunecard.pipeline.plans import Plans


@pytest.mark.parametrize("licence", ["mit", "MIT", "cc-by-4.0", "CC BY 4.0", "other", "Terms of the Town", "", " "])
def test_what_the_hub_takes_passes(licence: str) -> None:
    assert licence_fault(licence) is None


@pytest.mark.parametrize(
    ("licence", "near"),
    [("apache2", "apache-2.0"), ("apache-2", "apache-2.0"), ("gpl3", "gpl-3.0"), ("cc-by-4", "cc-by-4.0"),
     ("MIT License", "mit"), ("Apache License, Version 2.0", "apache-2.0")],
)  # fmt: skip
def test_a_licence_is_asked_back_with_the_nearest(licence: str, near: str) -> None:
    said = licence_fault(licence)
    assert said is not None and said.startswith(f"{licence!r} is no licence id") and near in said


def test_languages_one_or_several() -> None:
    assert language_fault("en") is language_fault("English and German") is language_fault("zh-CN, fil") is None
    assert "Did you mean de (german)?" in str(language_fault("en, gernan"))
    assert "'xx' and 'qq' are no languages" in str(language_fault("xx, en, qq"))
    assert declaration_faults(None, None) == declaration_faults("mit", ["en", "no"]) == []
    assert [fault.split(":")[0] for fault in declaration_faults("mitt", ["en", "qq"])] == [
        "card.license", "card.language",
    ]  # fmt: skip


def test_a_run_asks_back_before_anything_is_read() -> None:
    recipe = check_recipe({"data": {"source": "nowhere.csv"}, "card": {"license": "apache2", "language": "englsh"}})
    with pytest.raises(RecipeError) as caught:
        Plans(recipe).check()
    assert len(caught.value.problems) == 2 and "apache-2.0" in str(caught.value) and "en (english)" in str(caught.value)
