"""What `--over` names becomes every combination; what it must not be is told at once."""

from __future__ import annotations

import pytest

from tunecard.errors import RecipeError
from tunecard.sweeping import Setting, read_over, settings_of


def test_every_combination_in_order() -> None:
    over = read_over(["adapter.method=lora,ia3", "adapter.target_modules=[query],[query, value]"])
    found = [setting.as_options() for setting in settings_of(over)]
    assert len(found) == 4 and found[1] == ['adapter.method="lora"', 'adapter.target_modules=["query", "value"]']


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "such as --over adapter.rank=4,8,16"),
        (["adapter.rank"], "Got 'adapter.rank'"),
        (["adapter.rank="], "Got 'adapter.rank='"),
        (["adapter.rank=[1"], "Got 'adapter.rank="),
        (["a=1,2", "a=3"], "names a twice"),
    ],
)
def test_what_is_no_list_of_values_is_told(texts: list[str], said: str) -> None:
    with pytest.raises(RecipeError) as told:
        read_over(texts)
    assert said in str(told.value)


def test_one_combination_twins_and_too_many_are_refused() -> None:
    with pytest.raises(RecipeError, match="tunecard run RECIPE --set adapter.rank=4"):
        settings_of({"adapter.rank": [4]})
    with pytest.raises(RecipeError, match="adapter.rank: a value is named twice"):
        settings_of({"adapter.rank": [4, 8, 4]})
    with pytest.raises(RecipeError, match="Got 201"):
        settings_of({"training.seed": list(range(201))})


def test_folders_have_names_that_tell_settings_apart() -> None:
    assert Setting((("adapter.rank", 4), ("adapter.method", "lora"))).name == "rank=4_method=lora"
    long = [Setting((("adapter.target_modules", ["x" * 90, tail]),)).name for tail in "ab"]
    assert long[0] != long[1] and all(len(name) < 100 and "/" not in name for name in long)


def test_several_seeds_as_one_value_are_refused() -> None:
    with pytest.raises(RecipeError, match="seeds one by one"):
        settings_of({"training.seed": [[1, 2], [3, 4]]})
