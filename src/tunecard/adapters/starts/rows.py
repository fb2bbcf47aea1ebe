"""What a start may read: batches of training rows, what is small when they are answered well, how a base is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from tunecard.adapters.fused.freezing import Storage


@dataclass(frozen=True)
class StartRows:
    """A sample of the training rows, in a seeded order.

    Attributes:
        batches: padded inputs of the rows' sequences by name: ids, mask and, where the base takes them, types, each
            (B, T).
        losses: of a model, to what training makes small, for one batch after the other: (), the mean over its labels.
        storage: how frozen layers will be stored and multiplied while the adapter learns.
    """

    batches: Sequence[dict[str, Tensor]]
    losses: Callable[[nn.Module], Iterator[Tensor]]
    storage: Storage = field(default_factory=Storage)

    def one_by_one(self) -> Iterator[dict[str, Tensor]]:
        """The inputs of each sequence alone, without padding."""
        for batch in self.batches:
            for row, mask in enumerate(batch["attention_mask"]):
                length = int(mask.sum())
                yield {name: values[row : row + 1, :length] for name, values in batch.items()}
