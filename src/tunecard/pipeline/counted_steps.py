"""Steps of one training or of several as one count: whose step it was, of which epoch, at which loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tunecard.counted import Count, counted
from tunecard.pipeline.progress import ProgressListener

OnSeedStep = Callable[[int, int, int, float], None]


@contextmanager
def counted_steps(listener: ProgressListener, seeds: Sequence[int], epochs: int) -> Iterator[OnSeedStep]:
    """What takes the number of a training, its step, the number of its steps, and the loss of it.

    Args:
        seeds: of the trainings; their steps are counted together.
        epochs: that each of them has.
    """
    with ExitStack() as stack:
        steps = _Steps(stack, seeds, epochs)

        def tell(number: int, step: int, total: int, loss: float) -> None:
            listener.step(step, total, loss)
            steps.add(number, step, total, loss)

        yield tell


@dataclass
class _Steps:
    stack: ExitStack
    seeds: Sequence[int]
    epochs: int
    done: dict[int, int] = field(default_factory=dict)
    count: Count | None = None
    last: int = 0
    are_together: bool = False

    def add(self, number: int, step: int, total: int, loss: float) -> None:
        """Counts a step; how many there are is known with the first, and a resumed training begins further on."""
        self.are_together |= number < self.last
        self.last = number
        if self.count is None:
            everything = total * len(self.seeds)
            self.count = self.stack.enter_context(counted("Steps", everything, "", step))
        else:
            self.count.advance(step - self.done.get(number, 0))
        self.done[number] = step
        epoch = (step - 1) * self.epochs // total + 1
        self.count.tell(f"{self._who(number)}, epoch {epoch} of {self.epochs}, loss {loss:.3f}")

    def _who(self, number: int) -> str:
        many = len(self.seeds)
        if many == 1:
            return f"seed {self.seeds[0]}"
        one = f"seed {number + 1} of {many} (seed {self.seeds[number]})"
        return f"{many} seeds together" if self.are_together else one
