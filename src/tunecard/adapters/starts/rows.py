"""Training rows as a start reads them: batches, what is small when they are answered well, and nothing of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class StartRows:
    """A sample of the training rows, in a seeded order.

    Attributes:
        batches: padded inputs by name: ids, mask and, where the base takes them, types, each (B, T).
        labels: of each batch, as the loss takes them.
        loss: of logits and labels, (): their mean.
    """

    batches: Sequence[dict[str, Tensor]]
    labels: Sequence[Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]

    def one_by_one(self) -> Iterator[dict[str, Tensor]]:
        """The inputs of each row alone, without padding."""
        for batch in self.batches:
            for row, mask in enumerate(batch["attention_mask"]):
                length = int(mask.sum())
                yield {name: values[row : row + 1, :length] for name, values in batch.items()}

    def losses(self, model: nn.Module) -> Iterator[Tensor]:
        """The loss of each batch."""
        for batch, labels in zip(self.batches, self.labels, strict=True):
            yield self.loss(model(**batch).logits, labels)
