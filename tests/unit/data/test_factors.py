"""Factors are binned so that a slice is a group of rows, alike in every split."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.data.factors import bin_values, length_bin

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_length_bins():
    lengths = [1, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 256, 257]
    assert [length_bin(n) for n in lengths] == [
        *["1-8 words"] * 2,
        *["9-16 words"] * 2,
        *["17-32 words"] * 2,
        *["33-64 words"] * 2,
        *["65-128 words"] * 2,
        *["129-256 words"] * 2,
        "257+ words",
    ]


def test_few_values_are_kept_as_text():
    values = {"train": ["x", None, "", 3, True, float("nan")], "test": ["007", 2.5]}
    assert bin_values(values) == {
        "train": ["x", "(missing)", "(missing)", "3", "true", "(missing)"],
        "test": ["007", "2.5"],
    }


def test_twelve_numbers_are_values_and_thirteen_are_quarters():
    assert bin_values({"train": list(range(12))})["train"] == [str(i) for i in range(12)]
    binned = bin_values({"train": list(range(1, 101)), "test": [-5, 25, 26, 1000, None]})
    assert [binned["train"].count(name) for name in dict.fromkeys(binned["train"])] == [25, 25, 25, 25]
    assert binned["test"] == ["up to 25", "up to 25", "over 25 to 50", "over 75", "(missing)"]


def test_numbers_written_as_text_are_binned_alike():
    numbers = [i / 3 for i in range(40)]
    assert bin_values({"train": numbers}) == bin_values({"train": [str(number) for number in numbers]})


def test_quarters_of_a_column_that_is_mostly_one_number():
    values = [0] * 90 + list(range(1, 15))
    assert set(bin_values({"train": values})["train"]) == {"up to 0", "over 0"}


def test_of_many_texts_the_most_frequent_stay():
    train = [f"v{i:02}" for i in range(40) for _ in range(40 - i)]
    binned = bin_values({"train": train, "test": ["v00", "v28", "v29", "new", None]})
    assert len(set(binned["train"])) == 30
    assert binned["test"] == ["v00", "v28", "other", "other", "(missing)"]


cells = st.none() | st.integers(-99, 99) | st.text("ab1 ", max_size=3)


@QUICK
@given(st.dictionaries(st.sampled_from(["train", "test"]), st.lists(cells)))
def test_every_row_gets_one_short_list_of_values(values):
    binned = bin_values(values)
    assert {name: len(several) for name, several in binned.items()} == {n: len(v) for n, v in values.items()}
    assert len({value for several in binned.values() for value in several}) <= 31


def test_columns_of_a_source(write, load):
    write("metadata.json", {"columns": {"topic": {"names": ["news", "mail"]}}})
    body = "".join(
        f'{{"text": "{"w " * (i % 20 + 1)}", "label": "{"ab"[i % 2]}", "topic": {i % 2}}}\n' for i in range(60)
    )
    write("train.jsonl", body)
    write("dev.jsonl", '{"text": "a b", "label": "a"}\n')
    write("test.jsonl", '{"text": "a b", "label": "a", "topic": 1}\n')
    data = load(factors=["length", "topic"])
    assert data.splits["test"].factors == {"length": ["1-8 words"], "topic": ["mail"]}
    assert data.splits["validation"].factors["topic"] == ["(missing)"]
    assert Counter(data.splits["train"].factors["topic"]) == {"news": 30, "mail": 30}


def test_pairs_count_both_texts(write, load):
    write("train.csv", "premise,hypothesis,label\n" + "".join(f"a b c {i},e f g h i,x\na,{i},y\n" for i in range(10)))
    lengths = load(splits={"train": "train"}).splits["train"].factors["length"]
    assert set(lengths) == {"9-16 words", "1-8 words"}
