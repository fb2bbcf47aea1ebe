"""One thread answers all jobs: short ones between the parts of long ones, none after its deadline, none when full."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tunecard.serving import worker as worker_module
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.refusals import Refused
from tunecard.serving.worker import Worker, rows_for


class Slow:
    """Answers each row with itself, when it may."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.begun = 0
        self.seconds = 0.0
        self.may = threading.Event()
        self.may.set()

    def predict(self, rows: list[Any]) -> list[dict[str, Any]]:
        self.begun += 1
        self.may.wait(10)
        time.sleep(self.seconds)
        self.batches.append([row for _, row in rows])
        if "break" in self.batches[-1]:
            raise ZeroDivisionError
        return [{"row": row, "adapter": name} for name, row in rows]


def with_worker(limits: Limits, work: Callable[[Worker, Slow], Coroutine[Any, Any, None]]) -> Slow:
    library = Slow()
    worker = Worker(library, limits, Measures())  # type: ignore[arg-type]
    worker.start()
    asyncio.run(work(worker, library))
    worker.close()
    worker.join(5)
    return library


def test_rows_of_many_clients_share_a_pass_and_get_their_own_answers() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.may.clear()
        asked = [asyncio.create_task(worker.ask(rows_for(f"a{i}", [f"r{i}", f"s{i}"]), 4, 10)) for i in range(5)]
        await until(lambda: len(worker._waiting) == 5)
        library.may.set()
        answers = await asyncio.gather(*asked)
        for i, (first, second) in enumerate(answers):
            assert first == {"row": f"r{i}", "adapter": f"a{i}"} and second["row"] == f"s{i}"

    library = with_worker(Limits(queue_seconds=60), work)
    assert sum(map(len, library.batches)) == 10 and len(library.batches) <= 2


def test_a_short_job_goes_between_the_parts_of_a_long_one() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.may.clear()
        long = asyncio.create_task(worker.ask(rows_for("a", list(range(40))), 40, 10))
        await until(lambda: library.begun == 1)
        short = asyncio.create_task(worker.ask(rows_for("b", ["short"]), 1, 10))
        await until(lambda: len(worker._waiting) == 2)
        library.may.set()
        await short
        assert [one["row"] for one in await long] == list(range(40))

    library = with_worker(Limits(batch_tokens=8, queue_seconds=60), work)
    assert max(map(len, library.batches)) <= 8
    assert next(place for place, batch in enumerate(library.batches) if "short" in batch) <= 2


def test_a_full_queue_says_when_to_come_again_and_a_lone_large_job_is_taken() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.may.clear()
        first = asyncio.create_task(worker.ask(rows_for("a", [1, 2, 3, 4, 5, 6]), 6, 10))
        await until(lambda: library.begun == 1)
        with pytest.raises(Refused) as told:
            await worker.ask(rows_for("a", [1]), 1, 10)
        assert told.value.status == 429 and int(told.value.headers["Retry-After"]) >= 1
        library.may.set()
        assert len(await first) == 6
        assert len(await worker.ask(rows_for("a", [1]), 1, 10)) == 1

    with_worker(Limits(queue_rows=4, queue_seconds=60), work)


def test_nobody_computes_what_nobody_waits_for() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.may.clear()
        first = asyncio.create_task(worker.ask(rows_for("a", ["held"]), 1, 10))
        await until(lambda: library.begun == 1)
        with pytest.raises(asyncio.TimeoutError):
            await worker.ask(rows_for("a", ["late"]), 1, 0.05)
        library.may.set()
        await first

    library = with_worker(Limits(queue_seconds=60), work)
    time.sleep(0.05)
    assert all("late" not in batch for batch in library.batches)


def test_a_fault_of_one_batch_ends_neither_the_thread_nor_others() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        (broken,) = await worker.ask(rows_for("a", ["break"]), 1, 10)
        assert "a fault of the server" in broken["error"]
        assert (await worker.ask(rows_for("a", ["on"]), 1, 10))[0]["row"] == "on"

    with_worker(Limits(queue_seconds=60), work)


def test_what_was_taken_is_finished_and_nothing_more_is_taken() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.may.clear()
        taken = asyncio.create_task(worker.ask(rows_for("a", ["taken"]), 1, 10))
        await until(lambda: library.begun == 1)
        worker.close()
        with pytest.raises(Refused) as told:
            await worker.ask(rows_for("a", ["more"]), 1, 10)
        assert told.value.status == 503
        library.may.set()
        assert (await taken)[0]["row"] == "taken"

    with_worker(Limits(queue_seconds=60), work)


def test_clients_that_were_answered_together_come_again_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five clients that each ask when they were answered: without a moment for them they would split into parts."""
    monkeypatch.setattr(worker_module, "GATHERING_SHARE", 100.0)  # moments long enough for any machine
    monkeypatch.setattr(worker_module, "QUIET_SECONDS", 0.2)

    async def client(worker: Worker, name: str) -> None:
        for number in range(6):
            await worker.ask(rows_for(name, [f"{name}{number}"]), 1, 10)
            await asyncio.sleep(0.001)

    async def work(worker: Worker, library: Slow) -> None:
        library.seconds = 0.02
        await asyncio.gather(*(client(worker, f"a{i}") for i in range(5)))

    library = with_worker(Limits(queue_seconds=60), work)
    assert sum(map(len, library.batches)) == 30 and [len(batch) for batch in library.batches[-4:]] == [5] * 4


def test_who_is_alone_waits_for_nobody() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        for number in range(40):
            await worker.ask(rows_for("a", [str(number)]), 1, 10)
        assert worker._last_seconds == 0.0

    assert len(with_worker(Limits(queue_seconds=60), work).batches) == 40


def test_who_comes_when_the_queue_takes_too_long_is_told_so_but_not_who_asks_whether_it_lives() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        await worker.ask(rows_for("a", ["first"]), 10, 10)
        worker._pace = 0.005  # seconds a token, whatever this machine took
        library.may.clear()
        going = asyncio.create_task(worker.ask(rows_for("a", ["going"]), 1, 10))
        await until(lambda: library.begun == 2)  # "going" is being computed, alone
        asked = [asyncio.create_task(worker.ask(rows_for("a", [str(i)]), 10, 10)) for i in range(3)]
        await until(lambda: len(worker._waiting) == 4)
        with pytest.raises(Refused) as refused:  # 31 tokens wait: more than 0.12 s
            await worker.ask(rows_for("a", ["late"]), 1, 10)
        assert refused.value.status == 429 and refused.value.headers["Retry-After"] == "1"
        canary = asyncio.create_task(worker.ask(rows_for("a", ["canary"]), 1, 10, goes_first=True))
        await until(lambda: len(worker._waiting) == 5)
        library.may.set()
        await asyncio.gather(going, canary, *asked)

    library = with_worker(Limits(queue_seconds=0.12), work)
    assert not any("late" in batch for batch in library.batches) and "canary" in library.batches[2]


def test_a_batch_is_as_large_as_it_may_take_seconds() -> None:
    async def work(worker: Worker, library: Slow) -> None:
        library.seconds = 0.05
        await worker.ask(rows_for("a", ["small"]), 1, 10)  # tells nothing
        assert worker._pace == 0.0
        await worker.ask(rows_for("a", ["first"]), 500, 10)
        assert worker._pace >= 0.0001  # seconds a token
        worker._pace = 0.0001
        await worker.ask(rows_for("a", [str(i) for i in range(40)]), 4_000, 10)

    library = with_worker(Limits(batch_seconds=0.1), work)
    assert len(library.batches[2]) == 10 and sum(map(len, library.batches)) == 42


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.001)
