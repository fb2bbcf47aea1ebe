"""What the last linear layer of a head reads of each sequence while it is predicted: one vector a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import TracebackType
from typing import Any

import numpy as np
from torch import Tensor, nn

from tunecard.encoders import inner_model
from tunecard.encoders.loading import OUTPUT_NAMES


def layers_of_head(model: nn.Module) -> list[nn.Linear]:
    """Linear layers of the head that gives the logits; none of a model without one."""
    return [
        module
        for name, module in inner_model(model).named_modules()
        if isinstance(module, nn.Linear) and any(part in OUTPUT_NAMES for part in name.split("."))
    ]


class HeadInputs:
    """Looks, while it is entered, at what the head's last linear layer is given; the answers stay what they are.

    Where the layer reads tokens, a sequence has the mean of its tokens.

    Attributes:
        vectors: (L,) of each sequence a vector, in the order of their numbers.
    """

    def __init__(self, model: nn.Module, sequences: int) -> None:
        self.vectors: list[np.ndarray] = [np.empty(0)] * sequences
        self._layers = layers_of_head(model)
        self._latest: Tensor | None = None
        self._hooks: list[Any] = []

    def __enter__(self) -> HeadInputs:
        self._hooks = [layer.register_forward_pre_hook(self._look) for layer in self._layers]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _look(self, layer: nn.Module, given: tuple[Any, ...]) -> None:
        self._latest = given[0]  # of several layers the one that is called last stays

    def keep_packed(self, sequences: Sequence[int], starts: Sequence[int]) -> None:
        """Keeps what was just read of a packed batch.

        Args:
            sequences: their numbers, in the order of the batch.
            starts: the first token of each, and where the last one ends.
        """
        self._keep(sequences, list(pairwise(starts)))

    def keep_padded(self, sequences: Sequence[int], lengths: Sequence[int], width: int) -> None:
        """Keeps what was just read of a padded batch.

        Args:
            lengths: tokens of each.
            width: tokens of each with padding; a learned prompt in front comes on top and is left out.
        """
        lines = 0 if self._latest is None else self._latest.shape[:-1].numel() // len(sequences)
        begins = [place * lines + lines - width for place in range(len(sequences))]
        self._keep(sequences, [(begin, begin + length) for begin, length in zip(begins, lengths, strict=True)])

    def _keep(self, sequences: Sequence[int], tokens: Sequence[tuple[int, int]]) -> None:
        if self._latest is None:
            return
        lines = self._latest.detach().float().reshape(-1, self._latest.shape[-1])
        for place, sequence in enumerate(sequences):
            begin, end = (place, place + 1) if len(lines) == len(sequences) else tokens[place]
            self.vectors[sequence] = lines[begin:end].mean(dim=0).cpu().numpy()
