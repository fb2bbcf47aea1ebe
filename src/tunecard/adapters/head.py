"""How many labels a saved adapter's head tells apart, read from the shapes in its file alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from tunecard.encoders.loading import OUTPUT_NAMES

# The last layer of a head: `classifier.weight`, or `classifier.out_proj.weight` where a head has several.
_OUTPUT = re.compile(rf"(?:^|\.)(?:{'|'.join(OUTPUT_NAMES)})\.(?:modules_to_save\.)?(?:out_proj\.)?weight$")


def head_width(tensors: Mapping[str, Tensor]) -> int | None:
    """Rows of the layer that gives the logits; None where the file holds no such layer."""
    widths = {len(tensor) for name, tensor in tensors.items() if _OUTPUT.search(name) and tensor.ndim > 1}
    return widths.pop() if len(widths) == 1 else None


def stored_parameters(tensors: Mapping[str, Tensor]) -> int:
    """Numbers in the file, each once.

    PEFT up to today saves the bias of a head three times under `bias: all`: by its name, inside its wrapper, and as the
    untrained original.
    """
    return sum(
        tensor.numel()
        for name, tensor in tensors.items()
        if ".original_module." not in name and not _is_copy(name, tensors)
    )


def _is_copy(name: str, tensors: Mapping[str, Tensor]) -> bool:
    return ".modules_to_save." in name and name.replace(".modules_to_save.", ".") in tensors
