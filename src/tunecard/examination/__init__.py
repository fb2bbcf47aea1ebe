"""Probes: what the adapter changed in the frozen base, and what its answers hang on. One file a probe.

This room reads what was saved. It must not know how it was trained, what it scores or how a card looks.
"""

from tunecard.examination.examining import PASSES, Answer, ask, examine, passes_finding, told
from tunecard.examination.low_rank import UpdateSize, measure_update
from tunecard.examination.probe import Probe
from tunecard.examination.registry import known_probes, probe_faults, probes_named
from tunecard.examination.subject import Passes, Subject
from tunecard.examination.update_size import UpdateSizes, examine_adapter

__all__ = [
    "PASSES",
    "Answer",
    "Passes",
    "Probe",
    "Subject",
    "UpdateSize",
    "UpdateSizes",
    "ask",
    "examine",
    "examine_adapter",
    "known_probes",
    "measure_update",
    "passes_finding",
    "probe_faults",
    "probes_named",
    "told",
]
