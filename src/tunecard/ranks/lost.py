"""What is raised where a process of the group is gone, or cannot do its part."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.errors import Interrupted, MachineError


class RankLost(Interrupted):
    """A rank does not answer any more. What was learned before is as it was; whoever trains saves it.

    Args:
        numbers: which ones, as far as that is known.
    """

    def __init__(self, problems: str | Sequence[str], numbers: Sequence[int] = ()) -> None:
        self.numbers = tuple(numbers)
        super().__init__(problems)


class RankFailed(MachineError):
    """Another rank has told that it cannot do its part, and why."""


class HandedOver(MachineError):
    """This rank cannot do its part. Rank 0 knows why, and tells it: nobody else does."""
