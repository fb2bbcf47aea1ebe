"""Made pairs run from near copies to strangers, the user's own among them, and are the same for the same seed."""

from __future__ import annotations

from tunecard.rows.made_pairs import made_pairs

OWN = [("a red house", "a blue house")]
TEXTS = [
    f"{who} went to {place} on {day}" for who in "ABCD" for place in ("Rome", "Oslo") for day in ("Monday", "Friday")
]


def shared(pair: tuple[str, str]) -> float:
    first, second = (set(text.split()) for text in pair)
    return len(first & second) / len(first | second)


def test_a_quarter_are_the_users_own() -> None:
    pairs = made_pairs(OWN, TEXTS, {}, 400, seed=0)
    assert len(pairs) == 400
    assert sum(pair in OWN for pair in pairs) == 100


def test_they_run_from_strangers_to_copies() -> None:
    likeness = [shared(pair) for pair in made_pairs(OWN, [*TEXTS, "nothing of it at all"], {}, 2_000, seed=0)]
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        assert sum(low <= value < high for value in likeness) > 50


def test_the_seed_decides() -> None:
    assert made_pairs(OWN, TEXTS, {}, 50, seed=1) == made_pairs(OWN, TEXTS, {}, 50, seed=1)
    assert made_pairs(OWN, TEXTS, {}, 50, seed=1) != made_pairs(OWN, TEXTS, {}, 50, seed=2)


def test_empty_texts_and_single_words_do_no_harm() -> None:
    pairs = made_pairs([("", "")], ["", "one", " "], {}, 200, seed=0)
    assert {text for pair in pairs for text in pair} <= {"", "one", " ", "one one"}


def test_near_words_stand_in_for_words_that_have_some() -> None:
    pairs = made_pairs(OWN, TEXTS, {"went": ["walked"], "Rome": ["Milan"]}, 400, seed=0)
    words = {word for pair in pairs for text in pair for word in text.split()}
    assert {"walked", "Milan", "Oslo"} <= words
    assert words <= {word for text in [*TEXTS, *OWN[0]] for word in text.split()} | {"walked", "Milan"}
