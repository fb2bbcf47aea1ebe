"""Fits at once: the same answers as one after the other, in order, and a fault is heard."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_info

from tunecard.fitting import at_once as module
from tunecard.fitting.at_once import at_once
from tunecard.fitting.choosing import Examples, choose
from tunecard.fitting.linear_models import classes


def test_answers_come_in_the_order_of_what_was_asked():
    second_is_done = threading.Event()

    def answer(item: int) -> int:
        if item == 0:
            assert second_is_done.wait(10)  # the first ends last: they are under way at once
        else:
            second_is_done.set()
        return 10 * item

    assert at_once(answer, [0, 1], "Asking", "items", threads=2) == [0, 10]


def test_each_computes_on_one_thread():
    def threads(_: int) -> int:
        return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")

    assert at_once(threads, [0, 1, 2], "Asking", "items", threads=2) == [1, 1, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_fault_is_raised_and_the_rest_is_left(threads):
    begun = []

    def fail(item: int) -> None:
        begun.append(item)
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 0"):
        at_once(fail, range(100), "Asking", "items", threads=threads)
    assert len(begun) < 100


def test_fits_that_end_early_are_not_told_and_filters_are_as_before():
    def warn(_: int) -> None:
        warnings.warn("not converged", ConvergenceWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        at_once(warn, range(8), "Asking", "items", threads=2)
        assert warnings.filters == before


def test_what_is_chosen_is_the_same_to_the_last_bit_however_many_are_at_once(monkeypatch):
    random = np.random.default_rng(3)
    targets = random.integers(0, 4, 200)
    views = {name: np.eye(4)[targets] + random.normal(0, 0.8, (200, 4)) for name in ("one", "other")}
    learned, held = (
        Examples(views, targets, np.arange(200)).take(part) for part in (np.arange(120), np.arange(120, 200))
    )
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(module, "usable_threads", lambda threads=threads: threads)
        found.append(choose(classes((0.1, 1.0, 10.0)), learned, held))
    assert (found[0].view, found[0].penalty, found[0].score) == (found[1].view, found[1].penalty, found[1].score)
    assert np.array_equal(found[0].model.coef_, found[1].model.coef_)
