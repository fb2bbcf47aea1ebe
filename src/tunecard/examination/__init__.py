"""Probe: what the adapter changed in the frozen base.

This room reads weights. It must not know how they were trained, what they score or how a card looks.
"""

from tunecard.examination.low_rank import UpdateSize, measure_update
from tunecard.examination.update_size import examine_adapter

__all__ = ["UpdateSize", "examine_adapter", "measure_update"]
