"""What was asked for lately stays within its bytes; the rest is loaded again, and nothing twice that is there."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.serving.kept import Kept


def loading(kept: Kept[str], loads: list[str]) -> Any:
    def get(key: str) -> str:
        def load() -> str:
            loads.append(key)
            return key * 10

        return kept.get(key, load, len)

    return get


def test_the_one_asked_least_lately_goes_first_and_is_loaded_again() -> None:
    loads: list[str] = []
    get = loading(Kept(30), loads)
    assert [get(key) for key in "abcab"] == ["a" * 10, "b" * 10, "c" * 10, "a" * 10, "b" * 10]
    get("d")  # c has not been asked for the longest time
    assert loads == list("abcd")
    get("a")
    get("c")
    assert loads == list("abcdc")


def test_one_that_is_larger_than_all_room_is_kept_alone() -> None:
    told: list[tuple[int, int]] = []
    kept: Kept[str] = Kept(5, lambda count, size: told.append((count, size)))
    loads: list[str] = []
    get = loading(kept, loads)
    for key in "aab":
        get(key)
    assert loads == ["a", "b"] and len(kept) == 1 and told[-1] == (1, 10)


def test_what_fails_to_load_is_not_kept_and_what_is_put_again_counts_once() -> None:
    kept: Kept[str] = Kept(100)

    def fail() -> str:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        kept.get("a", fail, len)
    assert len(kept) == 0
    told: list[tuple[int, int]] = []
    kept = Kept(100, lambda count, size: told.append((count, size)))
    kept.put("a", "x", 40)
    kept.put("a", "y", 70)
    assert told == [(1, 40), (1, 70)] and kept.get("a", fail, len) == "y"
    kept.drop("a")
    kept.drop("a")
    assert told[-1] == (0, 0)
