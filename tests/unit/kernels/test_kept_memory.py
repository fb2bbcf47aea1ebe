"""Memory is lent again, is never lent twice, and no more of it waits than was in use at once."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tunecard.kernels.kept_memory import GRAIN, Lent, keep_freed_memory, lent_now


def in_own_thread(work: Callable[[], None]) -> None:
    """A thread begins with an empty shelf."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def test_a_piece_serves_the_next_who_asks_for_about_as_much() -> None:
    def work() -> None:
        first = Lent(3 * GRAIN - 5)
        place, size = first.memory.data_ptr(), len(first.memory)
        assert size >= 3 * GRAIN
        del first
        assert lent_now() == (0, 1)
        again = Lent(2 * GRAIN + 1)
        assert again.memory.data_ptr() == place
        other = Lent(2 * GRAIN + 1)
        assert other.memory.data_ptr() != place

    in_own_thread(work)


def test_the_smallest_piece_that_is_large_enough_is_lent() -> None:
    def work() -> None:
        large, small = Lent(10 * GRAIN), Lent(2 * GRAIN)
        places = large.memory.data_ptr(), small.memory.data_ptr()
        del large, small
        first, second, third = Lent(GRAIN), Lent(GRAIN), Lent(GRAIN)
        assert (second.memory.data_ptr(), first.memory.data_ptr()) == places
        assert third.memory.data_ptr() not in places

    in_own_thread(work)


def test_no_more_waits_than_was_ever_in_use_at_once() -> None:
    def work() -> None:
        for size in (1, 3, 9, 27):
            pieces = [Lent(size * GRAIN) for _ in range(2)]
            assert lent_now()[0] == 2
            del pieces
        assert lent_now() == (0, 2)

    in_own_thread(work)


def test_what_waits_and_is_too_small_makes_room_before_a_larger_piece_is_made() -> None:
    def work() -> None:
        pieces = [Lent(GRAIN) for _ in range(3)]
        del pieces
        larger = [Lent(5 * GRAIN) for _ in range(2)]
        assert len(larger) == 2
        assert lent_now() == (2, 1)

    in_own_thread(work)


def test_what_a_forked_process_writes_stays_its_own() -> None:
    def work() -> None:
        lent = Lent(GRAIN)
        lent.memory[0] = 1
        child = os.fork()
        if not child:
            ctypes.memset(lent.memory.data_ptr(), 2, 1)
            os._exit(0)
        os.waitpid(child, 0)
        assert lent.memory[0] == 1

    in_own_thread(work)


def test_too_much_is_refused_as_torch_refuses_it() -> None:
    def work() -> None:
        with pytest.raises(RuntimeError, match="not enough memory"):
            Lent(1 << 60)
        assert lent_now() == (0, 0)

    in_own_thread(work)


def fresh_pages(times: int) -> int:
    """That so many passes of results touch: five of 3 MiB, all freed at the end of each."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        results = [torch.zeros(3 << 20, dtype=torch.uint8) for _ in range(5)]
        del results
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or "libasan" in os.environ.get("LD_PRELOAD", ""),
    reason="other allocators have rules of their own",
)
def test_results_of_a_pass_lie_where_those_of_the_last_one_lay() -> None:
    keep_freed_memory()
    fresh_pages(2)
    assert fresh_pages(10) < 5 * (3 << 20) // resource.getpagesize()  # one pass in ten, and not every one
