"""Near-duplicates against the definition: every pair compared, on rows that were changed a little."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from tunecard.data import describe
from tunecard.data.quality import near_duplicates as near_module
from tunecard.data.quality.near_duplicates import SHINGLE, THRESHOLD, NearDuplicates, find_near_duplicates
from tunecard.data.quality.overlap import FOUND, NOT_FOUND, UNKNOWN, mark_overlap
from tunecard.evidence import Findings
from tunecard.rows.dataset import Dataset, Split


def split(texts: list[str], name: str = "train") -> Split:
    return Split(name, list(range(len(texts))), {"text": texts}, ["a"] * len(texts), {}, "given", {})


def dataset(**texts: list[str]) -> Dataset:
    splits = {name: split(several, name) for name, several in texts.items()}
    return Dataset("set", "text-classification", ("a", "b"), splits, {"text": "text"}, None, {})


def jaccard(a: str, b: str) -> float:
    x, y = ({text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))} for text in (a, b))
    return len(x & y) / len(x | y)


def varied(count: int, seed: int) -> list[str]:
    """Sentences of random words; every third is an earlier one with some characters changed."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(400)]
    texts: list[str] = []
    for number in range(count):
        if texts and number % 3 == 0:
            changed = list(draw.choice(texts))
            for _ in range(draw.randint(1, 4)):
                changed[draw.randrange(len(changed))] = draw.choice("xyz")
            texts.append("".join(changed))
        else:
            texts.append(" ".join(draw.choices(words, k=draw.randint(4, 30))))
    return texts


def test_it_finds_what_comparing_every_pair_finds() -> None:
    train, test = (
        varied(300, 1),
        varied(120, 2)[:60] + varied(300, 1)[:30:2] + [text + "." for text in varied(300, 1)[1:60:2]],
    )
    found = find_near_duplicates({"train": split(train), "test": split(test, "test")})
    within = {
        i for i, text in enumerate(train)
        if text not in train[:i] and any(jaccard(text, other) >= THRESHOLD for other in train[:i])
    }  # fmt: skip
    across = {
        i for i, text in enumerate(test)
        if text not in train and any(jaccard(text, other) >= THRESHOLD for other in train)
    }  # fmt: skip
    assert len(within) > 40
    assert len(across) > 20
    # The index decides, so that nothing is found that is not near; a pair may be missed with a small probability.
    assert set(found.within["train"]) <= within
    assert set(found.across[("train", "test")]) <= across
    assert len(found.within["train"]) >= 0.98 * len(within)
    assert len(found.across[("train", "test")]) >= 0.98 * len(across)
    assert found == find_near_duplicates({"train": split(train), "test": split(test, "test")})


def test_equal_rows_are_not_counted_again() -> None:
    text = "the parcel was left behind the green door on monday"
    data = dataset(train=[text, text.upper(), "something else entirely, in other words"], test=[text, text + "s", "no"])
    near = find_near_duplicates(data.splits)
    assert (near.within, near.across) == ({"train": [], "test": [1]}, {("train", "test"): [1]})
    findings = Findings(describe(data, near=near))
    assert findings.value("data.duplicates.train") == 1
    assert findings.value("data.near_duplicates.train") == 0
    assert (findings.value("data.overlap.train.test"), findings.value("data.near_overlap.train.test")) == (1, 1)
    assert "Jaccard index of at least 0.8" in findings["data.near_overlap.train.test"].method
    assert "seed 1" in findings["data.near_overlap.train.test"].method


def test_short_and_odd_texts() -> None:
    near = find_near_duplicates({"train": split(["a", "b", "ab", "é", "\U0001f600", "a  "])})
    assert near.within == {"train": []}


def test_pairs_and_tokens_are_compared_whole() -> None:
    one, two = "the river rose over night and took the bridge", "nobody was on the bridge at that hour of the day"
    pairs = replace(split([one, one]), inputs={"text": [one, one], "text_pair": [two, two.replace("hour", "time")]})
    assert find_near_duplicates({"train": pairs}).within == {"train": [1]}
    other = replace(
        pairs, inputs={"text": [one, one], "text_pair": [two, "a quite different sentence stands here now"]}
    )
    assert find_near_duplicates({"train": other}).within == {"train": []}
    tokens = [one.split(), [*one.split(), "."]]
    assert find_near_duplicates({"train": replace(pairs, inputs={"tokens": tokens})}).within == {"train": [1]}


def test_the_work_grows_with_the_rows_where_all_are_alike() -> None:
    """A template fills every bucket: comparing all pairs of them would take sixteen times as long for four times the
    rows."""

    def seconds(count: int) -> float:
        texts = [
            f"my order number {number} has not been delivered to the address that was given yet, so where is it?"
            for number in range(count)
        ]
        began = time.process_time()
        near = find_near_duplicates({"train": split(texts)})
        assert len(near.within["train"]) > 0.5 * count
        return time.process_time() - began

    assert seconds(2_000) < 8 * seconds(500) + 0.5


def test_a_large_split_is_looked_at_in_a_sample_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_module, "MOST_CHARACTERS", 1_000)
    data = dataset(train=varied(60, 3), test=["short one"])
    near = find_near_duplicates(data.splits)
    assert 5 < len(near.looked_at["train"]) < 60
    assert near.looked_at["train"] == sorted(set(near.looked_at["train"]))
    assert sum(len(data.splits["train"].inputs["text"][i]) for i in near.looked_at["train"]) <= 1_000
    findings = Findings(describe(data, near=near))
    finding = findings["data.near_duplicates.train"]
    looked_at = len(near.looked_at["train"])
    assert finding.n == looked_at
    assert f"a seeded sample of {looked_at} of the 60 rows of train was looked at" in (finding.method or "")
    assert "seeded sample" in (findings["data.near_overlap.train.test"].method or "")
    assert "sample" not in (findings["data.near_duplicates.test"].method or "")


def test_without_a_search_nothing_is_claimed() -> None:
    findings = Findings(describe(dataset(train=["one", "two"], test=["three"])))
    assert findings["data.near_duplicates.train"].status == "not measured"
    assert findings["data.near_overlap.train.test"].status == "not measured"


SENTENCE = "could you tell me when the next train to the coast leaves"


def test_rows_found_in_training_become_a_factor() -> None:
    data = dataset(
        train=[SENTENCE, "nothing to see here at all"],
        validation=["other words"],
        test=[SENTENCE, SENTENCE + "?", "new"],
    )
    marked = mark_overlap(data, find_near_duplicates(data.splits))
    assert marked.splits["test"].factors == {"overlap": [FOUND, FOUND, NOT_FOUND]}
    assert marked.splits["validation"].factors == marked.splits["train"].factors == {}
    assert Findings(describe(marked)).value("data.factors") == ["overlap"]


def test_without_overlap_there_is_no_such_factor() -> None:
    data = dataset(train=[SENTENCE, "nothing to see here at all"], test=["new words"])
    assert mark_overlap(data, find_near_duplicates(data.splits)) == data


def test_a_column_of_that_name_keeps_its_place() -> None:
    data = dataset(train=[SENTENCE, "x"], test=[SENTENCE])
    own = {"test": replace(data.splits["test"], factors={"overlap": ["theirs"]})}
    data = replace(data, splits=data.splits | own)
    assert mark_overlap(data, find_near_duplicates(data.splits)) == data


def test_rows_that_were_not_looked_at_are_not_called_new() -> None:
    data = dataset(train=[SENTENCE, "x"], test=[SENTENCE, "one", "two"])
    near = NearDuplicates({"train": [0, 1], "test": [0, 1]}, {"train": [], "test": []}, {("train", "test"): []})
    assert mark_overlap(data, near).splits["test"].factors["overlap"] == [FOUND, NOT_FOUND, UNKNOWN]


def test_positions_survive() -> None:
    assert all(a < b for a, b in pairwise(find_near_duplicates({"train": split(varied(90, 5))}).within["train"]))
