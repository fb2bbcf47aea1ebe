"""In what an adapter's frozen layers are multiplied where it predicts, and what is known of answers that changes."""

from __future__ import annotations

import torch

from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.fused.frozen_weight import Stored
from tunecard.adapters.fused.int8_products import why_no_int8_products
from tunecard.errors import MachineError, nearest
from tunecard.evidence import Findings
from tunecard.evidence.folder_words import other_answers_in_words
from tunecard.kernels import multiplies_here

FP32, INT8 = "fp32", "int8"
PRECISIONS = (FP32, INT8)
STORED_AS: Stored = "int8-products"


def storage_for(precision: str, device: str) -> Storage:
    """How linear layers inside blocks are stored and multiplied, and what lies between them; norms, sums and heads are
    in fp32 either way.

    Raises: MachineError: a precision that there is none of, or that the device does not compute.

    >>> storage_for("fp32", "cpu")
    Storage(compute=torch.float32, stored='full')
    """
    if precision not in PRECISIONS:
        raise MachineError(
            f"precision must be {' or '.join(PRECISIONS)}. Got {precision!r}.{nearest(precision, PRECISIONS)}"
        )
    if precision == FP32:
        return Storage()
    reason = why_no_int8_products(torch.device(device))
    if reason:
        raise MachineError(f"precision must be fp32 here: {reason}. Got int8.")
    return Storage(_between(device), STORED_AS)


def _between(device: str) -> torch.dtype:
    """What lies between products in int8 is a tenth as rounded in bf16 (docs/log.md), and half as long in memory."""
    return torch.bfloat16 if device == "cpu" and multiplies_here(torch.bfloat16) else torch.float32


def what_int8_changes(findings: Findings, place: str) -> str:
    """A sentence on how many answers become others in int8: as the run counted, or how to count it."""
    counted = other_answers_in_words(findings, STORED_AS)
    if counted:
        return f"products in int8: {counted}"
    return (
        "products in int8: nobody counted how many answers of this adapter become others. "
        f"`tunecard evaluate {place} --precision int8` asks about its author's own rows again and does"
    )
