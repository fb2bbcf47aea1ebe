"""How many labels a saved adapter's head tells apart, read from the shapes in its file alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tunecard.encoders.loading import OUTPUT_NAMES
from tunecard.evidence.adapter_file import SavedTensor

# The last layer of a head: `classifier.weight`, or `classifier.out_proj.weight` where a head has several.
_OUTPUT = re.compile(rf"(?:^|\.)(?:{'|'.join(OUTPUT_NAMES)})\.(?:modules_to_save\.)?(?:out_proj\.)?weight$")


def head_width(tensors: Mapping[str, SavedTensor]) -> int | None:
    """Rows of the layer that gives the logits; None where the file holds no such layer."""
    widths = {tensor.shape[0] for name, tensor in tensors.items() if _OUTPUT.search(name) and len(tensor.shape) > 1}
    return widths.pop() if len(widths) == 1 else None
