"""Probe: what the adapter changed in the frozen base.

This room reads weights. It must not know how they were trained, what they score or how a card looks.
"""

from tunecard.examination.adapter import examine_adapter
from tunecard.examination.update import LoraUpdate, UpdateSize, measure_update

__all__ = ["LoraUpdate", "UpdateSize", "examine_adapter", "measure_update"]
