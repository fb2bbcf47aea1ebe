"""Fits that do not hang on each other, as many at once as there are threads; each computes on one thread.

Products this small cost more when threads wait for each other, and a fit alone on its thread has the same sums on every
machine. What a solver holds between products (Python's lock) is a quarter of its time and less.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from tunecard.counted import each

T = TypeVar("T")
R = TypeVar("R")


def at_once(work: Callable[[T], R], items: Sequence[T], title: str, unit: str, threads: int | None = None) -> list[R]:
    """`work` of each item, in their order, counted under `title`.

    Args:
        work: changes nothing that another item's reads.
        threads: how many at once; as many as products may use, where it is not said.
    Raises: what `work` raises, of the first item that does; those that have not begun are left.
    """
    several = min(len(items), threads or usable_threads())
    with one_thread_each():
        if several < 2:
            return [work(item) for item in each(items, title, unit)]
        with ThreadPoolExecutor(several, thread_name_prefix="fit") as pool:
            return list(each(pool.map(work, items), title, unit, len(items)))


def usable_threads() -> int:
    """Threads that numpy's products may use: cores, or what OMP_NUM_THREADS and limits around this leave of them."""
    from threadpoolctl import threadpool_info  # scikit-learn brings it

    return max((int(one["num_threads"]) for one in threadpool_info() if one["user_api"] == "blas"), default=1)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Inside, a product computes on one thread, and a fit that ends before it has converged is not told.

    Filters of warnings belong to the process: set by fits that run at once, they would be one another's. So fits set
    none themselves.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
