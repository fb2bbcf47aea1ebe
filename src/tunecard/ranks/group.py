"""What ranks exchange while they train: words of rank 0, bytes to rank 0, and sums that all of them get."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from tunecard.ranks.place import Place
from tunecard.ranks.presence import LEAVE, Presence


class Group:
    """The ranks of a run, joined. Every method but `place` and `presence` is called by all of them in one order.

    Any operation raises RankLost where a rank is gone or takes longer than the group's time limit.
    """

    def __init__(self, place: Place, presence: Presence) -> None:
        self.place, self.presence = place, presence
        self._has_left = False

    def say(self, word: Mapping[str, Any]) -> None:
        """Rank 0 to all others, who `hear` it."""
        self.spread(json.dumps(word).encode())

    def hear(self) -> dict[str, Any]:
        """What rank 0 says."""
        word: dict[str, Any] = json.loads(self.spread(None))
        return word

    def spread(self, content: bytes | None) -> bytes:
        """Bytes of rank 0 at all ranks.

        Args:
            content: of rank 0, not empty; None at the others.
        """
        with self._watched():
            size = torch.tensor([len(content or b"")])
            dist.broadcast(size, src=0)
            held = torch.empty(int(size), dtype=torch.uint8) if content is None else _as_tensor(content)
            dist.broadcast(held, src=0)
        return held.numpy().tobytes() if content is None else content

    def send_to_first(self, content: bytes) -> None:
        """Bytes, not empty, of another rank than 0, which `collect`s them."""
        with self._watched():
            dist.send(torch.tensor([len(content)]), dst=0)
            dist.send(_as_tensor(content), dst=0)

    def collect(self) -> list[bytes]:
        """At rank 0, what each of the others sends, in their order."""
        return [self._receive(number) for number in range(1, self.place.count)]

    def add_up(self, values: Tensor) -> None:
        """Puts the sum over all ranks in the place of `values`, the same to the bit at every rank."""
        with self._watched():
            dist.all_reduce(values)

    def leave(self) -> None:
        """Ends the group. Those who wait for rank 0's call hear that there will be none."""
        if self._has_left:
            return
        self._has_left = True
        if self.place.is_first:
            self.presence.call({LEAVE: True})
        self.presence.await_leaving()
        self.presence.close()
        dist.destroy_process_group()

    def _receive(self, number: int) -> bytes:
        with self._watched():
            size = torch.zeros(1, dtype=torch.int64)
            dist.recv(size, src=number)
            held = torch.empty(int(size), dtype=torch.uint8)
            dist.recv(held, src=number)
        return held.numpy().tobytes()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # each backend has its own; all mean that somebody is not there
            raise self.presence.loss() from error


def _as_tensor(content: bytes) -> Tensor:
    return torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy())
