"""The one thread that computes: whatever waits goes through the models together, as much as a batch may hold."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.refusals import draining, full
from tunecard.serving.shelf import Answer, Library, Row

GATHERING_SHARE = 0.15
QUIET_SECONDS = 0.004
TELLING_TOKENS = 256  # a smaller batch takes its time for other things than tokens, and tells nothing of larger ones
PACE_SHARE = 0.3  # of the last batch in what a token is expected to take


@dataclass
class Job:
    """Rows of one request.

    Attributes:
        rows: with the name of their adapter each.
        tokens: about how many they are.
        done: is given the answers, in the loop that asked.
        until: the clock's time after which nobody waits for it.
    """

    rows: list[Row]
    tokens: int
    done: asyncio.Future[list[Answer]]
    until: float
    answers: list[Answer] = field(default_factory=list)


class Worker:
    """Takes jobs in the order in which they came; those that are no longer waited for are left out.

    A long job goes in parts, so that a short one behind it waits for one batch and not for all of them. When
    several were answered together, they get a moment to come again: clients that ask one after another would else split
    into parts, each of which waits for the batches of the others. Who is alone waits for nobody.
    """

    def __init__(self, library: Library, limits: Limits, measures: Measures) -> None:
        self.library, self._limits, self._measures = library, limits, measures
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._rows = self._tokens = 0
        self._is_open = True
        self._pace = self._last_seconds = 0.0  # seconds a token; of the last batch
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)

    def start(self) -> None:
        """Begins to compute."""
        self._thread.start()

    def close(self) -> None:
        """Takes no more jobs; what waits is computed."""
        with self._changed:
            self._is_open = False
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Waits until what was taken is computed, so long at most."""
        self._thread.join(seconds)

    async def ask(self, rows: list[Row], tokens: int, seconds: float, *, goes_first: bool = False) -> list[Answer]:
        """The answers to rows.

        Args:
            goes_first: before all that waits, however much that is: whoever asks wants to know whether anything is
                answered at all.
        Raises: Refused: the queue is full, or closed. TimeoutError: not in time.
        """
        loop = asyncio.get_running_loop()
        job = Job(rows, tokens, loop.create_future(), time.monotonic() + seconds)
        self._take(job, goes_first)
        return await asyncio.wait_for(job.done, seconds)

    def _take(self, job: Job, goes_first: bool) -> None:
        with self._changed:
            if not self._is_open:
                raise draining()
            if not goes_first and self._waiting and self._is_full_for(job):
                raise full(max(1, round(self._tokens * self._pace)))
            (self._waiting.appendleft if goes_first else self._waiting.append)(job)
            self._count(job, 1)
            self._changed.notify()

    def _is_full_for(self, job: Job) -> bool:
        limits, most = self._limits, self._batch_tokens()
        if self._rows + len(job.rows) > limits.queue_rows or self._tokens + job.tokens > limits.queue_tokens:
            return True
        # A long job has one batch before it is the others' turn.
        return sum(min(one.tokens, most) for one in self._waiting) * self._pace > limits.queue_seconds

    def _batch_tokens(self) -> int:
        """What may go at once, so that whoever comes next waits for no long batch."""
        most = self._limits.batch_tokens
        return min(most, int(self._limits.batch_seconds / self._pace)) if self._pace else most

    def _count(self, job: Job, sign: int) -> None:
        self._rows += sign * len(job.rows)
        self._tokens += sign * job.tokens
        self._measures.queue(self._rows, self._tokens)

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._compute(batch)

    def _next(self) -> list[tuple[Job, int]] | None:
        """Jobs with how many of their rows go now; None where no more will come."""
        with self._changed:
            while not self._waiting and self._is_open:
                self._changed.wait()
            if not self._waiting:
                return None
            self._gather()
            return self._choose()

    def _gather(self) -> None:
        """Waits while jobs keep coming, for a share of what the last batch took, until they fill a batch."""
        until = time.monotonic() + GATHERING_SHARE * self._last_seconds
        while self._is_open and self._tokens < self._batch_tokens():
            rows, left = self._rows, until - time.monotonic()
            if left <= 0 or not self._changed.wait(min(QUIET_SECONDS, left)) or self._rows <= rows:
                return

    def _choose(self) -> list[tuple[Job, int]]:
        """From every job in turn as many rows as fit; the first always gives one."""
        chosen: list[tuple[Job, int]] = []
        left, now = self._batch_tokens(), time.monotonic()
        for job in list(self._waiting):
            if job.done.cancelled() or now > job.until:
                self._waiting.remove(job)
                self._count(job, -1)
                continue
            remaining = len(job.rows) - len(job.answers)
            each = max(1, job.tokens // len(job.rows))
            count = min(remaining, max(left // each, 0 if chosen else 1))
            if count:
                chosen.append((job, count))
                left -= count * each
            if left <= 0:
                break
        return chosen

    def _compute(self, batch: list[tuple[Job, int]]) -> None:
        rows = [row for job, count in batch for row in job.rows[len(job.answers) : len(job.answers) + count]]
        began = time.monotonic()
        try:
            answers = self.library.predict(rows)
        except Exception:  # noqa: BLE001 - a fault of ours must not end the thread: whoever waits is told, the others go on
            answers = [{"error": "the row could not be predicted: a fault of the server."} for _ in rows]
        seconds = time.monotonic() - began
        self._measures.batch(len(rows), seconds)
        at = 0
        with self._changed:
            for job, count in batch:
                job.answers += answers[at : at + count]
                at += count
            tokens = sum(job.tokens * count // len(job.rows) for job, count in batch)
            if tokens >= TELLING_TOKENS:
                pace = seconds / tokens
                self._pace += (pace - self._pace) * (PACE_SHARE if self._pace else 1.0)
            for job, _ in batch:
                self._waiting.remove(job)
                if len(job.answers) < len(job.rows):
                    self._waiting.append(job)  # behind the others, who have had nothing yet
                    continue
                self._count(job, -1)
                job.done.get_loop().call_soon_threadsafe(_give, job)
            self._last_seconds = seconds if len(batch) > 1 or self._waiting else 0.0


def _give(job: Job) -> None:
    if not job.done.done():
        job.done.set_result(job.answers)


def rows_for(name: str, rows: list[Any]) -> list[Row]:
    """Rows with their adapter."""
    return [(name, row) for row in rows]
