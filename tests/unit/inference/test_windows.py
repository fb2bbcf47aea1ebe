"""Overlapping windows: every word is read, within the budget, where it has most context."""

from hypothesis import given
from hypothesis import strategies as st

from tunecard.inference.raw_text.windows import Window, deciding_windows, plan_windows


def test_windows_overlap_by_half() -> None:
    spans = [(window.start, window.end) for window in plan_windows(3, [1] * 10, 4)]
    assert spans == [(0, 4), (2, 6), (4, 8), (6, 10)]


def test_a_word_is_decided_where_it_is_furthest_from_an_edge() -> None:
    windows = plan_windows(0, [1] * 8, 4)  # words 0-4, 2-6, 4-8
    # Worked by hand: the text's own ends are no edges; word 3 has 0 tokens behind it in window 0, 1 before in window 1.
    assert deciding_windows(windows, [1] * 8) == [0, 0, 0, 1, 1, 2, 2, 2]


def test_the_first_of_equal_windows_decides() -> None:
    windows = plan_windows(0, [1] * 7, 5)  # words 0-5 and 2-7; word 3 has one token to the nearer edge in both
    assert deciding_windows(windows, [1] * 7) == [0, 0, 0, 0, 1, 1, 1]


def test_a_word_longer_than_the_budget_is_alone() -> None:
    windows = plan_windows(0, [1, 9, 1], 4)
    assert Window(0, 1, 2) in windows
    assert deciding_windows(windows, [1, 9, 1])[1] == windows.index(Window(0, 1, 2))


@given(tokens=st.lists(st.integers(0, 6), min_size=1, max_size=60), budget=st.integers(1, 12))
def test_windows_cover_every_word_and_fit(tokens: list[int], budget: int) -> None:
    windows = plan_windows(0, tokens, budget)
    assert {word for window in windows for word in range(window.start, window.end)} == set(range(len(tokens)))
    for window in windows:
        assert sum(tokens[window.start : window.end]) <= budget or window.end == window.start + 1
    chosen = deciding_windows(windows, tokens)
    for word, position in enumerate(chosen):
        assert windows[position].start <= word < windows[position].end


@given(words=st.integers(9, 80))
def test_context_is_a_quarter_window_at_least(words: int) -> None:
    windows = plan_windows(0, [1] * words, 8)
    for word, position in enumerate(deciding_windows(windows, [1] * words)):
        window = windows[position]
        left = word - window.start if window.start else 99
        right = window.end - 1 - word if window.end < words else 99
        assert min(left, right) >= 1  # 8 tokens overlap by 4: at worst one token on the nearer side and 6 on the other
