"""What ranks know of each other outside of training: who lives, who has failed, who was asked to stop, what comes next.

All of it lies in the store that the group was made with, so that a rank may wait for as long as rank 0 needs: no
operation of the group is open meanwhile, and none runs out of time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tunecard.errors import Interrupted, TunecardError
from tunecard.ranks.lost import RankFailed, RankLost
from tunecard.ranks.place import Place

BEAT = 0.5  # seconds between two signs of life
WATCHED = 6 * BEAT  # without one for so long a rank is named as lost, once something has broken
SILENT = 60.0  # without one for so long rank 0 is given up by those who wait for it
ASKED_EVERY = 0.1
LEAVE = "leave"


class Presence:
    """One rank's voice and ears. Signs of life are given by a thread of its own until `close`.

    Args:
        store: of torch.distributed, that all ranks share.
        asks_to_stop: whether this process was asked to stop; rank 0 hears of it.
    """

    def __init__(self, store: Any, place: Place, asks_to_stop: Callable[[], bool]) -> None:
        self.place, self._store, self._asks_to_stop = place, store, asks_to_stop
        self._calls, self._ended, self._is_stop_asked = 0, threading.Event(), False
        self._thread = threading.Thread(target=self._beat, args=(store.clone(),), daemon=True)
        self._thread.start()

    def is_stop_asked(self) -> bool:
        """Whether any rank was asked to stop."""
        return self._is_stop_asked or self._asks_to_stop()

    def introduce(self, words: str) -> None:
        """Tells what this rank computes on."""
        self._store.set(f"words/{self.place.number}", words)

    def introductions(self) -> list[str]:
        """What every rank computes on; waits for all to have told."""
        return [self._store.get(f"words/{number}").decode() for number in range(self.place.count)]

    def call(self, what: Mapping[str, Any]) -> None:
        """Tells the other ranks what comes next; each hears every call once, in order."""
        self._store.set(f"call/{self._calls}", json.dumps(what))
        self._calls += 1

    def next_call(self) -> dict[str, Any]:
        """The next call of rank 0; waits for as long as it lives.

        Raises: RankLost: it does not. Interrupted: this process was asked to stop.
        """
        key, last, since = f"call/{self._calls}", -1, time.monotonic()
        with _store_of_first():
            while not self._store.check([key]):
                if self._asks_to_stop():
                    raise Interrupted("stopped while rank 0 was preparing. Go on with --resume.")
                beats = self._beats(0)
                if beats != last:
                    last, since = beats, time.monotonic()
                elif time.monotonic() - since > SILENT:
                    raise RankLost(_lost([0], self.place.count), [0])
                time.sleep(ASKED_EVERY)
            self._calls += 1
            heard: dict[str, Any] = json.loads(self._store.get(key))
            return heard

    def tell_failure(self, error: BaseException) -> bool:
        """Leaves word of why this rank ends. Returns: whether it could be left."""
        told = f"{type(error).__name__}: {error}"
        with suppress(RuntimeError):
            self._store.set(f"failed/{self.place.number}", told)
            return True
        return False

    def failure(self) -> RankFailed | None:
        """What other ranks have told of why they ended; None where none has."""
        with suppress(RuntimeError):
            numbers = [number for number in self._others() if self._store.check([f"failed/{number}"])]
            told = [f"rank {number}: {self._store.get(f'failed/{number}').decode()}" for number in numbers]
            return RankFailed(told) if told else None
        return None

    def loss(self) -> TunecardError:
        """What to raise where the group has broken: which rank failed and why, or which gives no sign of life."""
        try:
            before = {number: self._beats(number) for number in self._others()}
            for _ in range(round(WATCHED / ASKED_EVERY)):
                time.sleep(ASKED_EVERY)
                failure = self.failure()
                if failure is not None:
                    return RankLost(failure.problems)
            lost = [number for number, beats in before.items() if self._beats(number) == beats]
        except RuntimeError:  # the store went with whoever held it
            lost = [0] if self.place.number else []
        return RankLost(_lost(lost, self.place.count), lost)

    def close(self) -> None:
        """Ends the signs of life."""
        self._ended.set()
        self._thread.join(timeout=WATCHED)

    def await_leaving(self) -> None:
        """Tells that this rank has heard the last call; at rank 0 waits a moment for all to have: the store may lie in
        this process, and go with it."""
        with suppress(RuntimeError):
            left, until = self._store.add("left", 1), time.monotonic() + WATCHED
            while self.place.is_first and left < self.place.count and time.monotonic() < until:
                time.sleep(ASKED_EVERY)
                left = self._store.add("left", 0)

    def _others(self) -> Iterable[int]:
        return [number for number in range(self.place.count) if number != self.place.number]

    def _beats(self, number: int) -> int:
        return int(self._store.add(f"beat/{number}", 0))

    def _beat(self, store: Any) -> None:
        has_told = False
        with suppress(RuntimeError):  # where the store is gone there is nobody to tell
            while not self._ended.is_set():
                store.add(f"beat/{self.place.number}", 1)
                if self._asks_to_stop() and not has_told:
                    has_told = bool(store.add("stop", 1))
                self._is_stop_asked = store.add("stop", 0) > 0
                self._ended.wait(BEAT)


@contextmanager
def _store_of_first() -> Iterator[None]:
    """Inside, a store that is gone means that rank 0 is."""
    try:
        yield
    except RuntimeError as error:
        raise RankLost(_lost([0], 0), [0]) from error


def _lost(numbers: Iterable[int], count: int) -> str:
    named = [str(number) for number in numbers]
    who = {0: "a rank", 1: f"rank {named[0] if named else ''}"}.get(len(named), f"ranks {', '.join(named)}")
    of = f" of {count}" if count else ""
    gives = "give no sign of life" if len(named) > 1 else "gives no sign of life"
    return f"{who}{of} {gives} any more: it was ended, or its machine cannot be reached."
