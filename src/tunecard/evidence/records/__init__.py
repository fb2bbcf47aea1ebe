"""Every record that evidence can hold, by family."""

from tunecard.evidence.records.adapter import ADAPTER
from tunecard.evidence.records.data import DATA
from tunecard.evidence.records.declared import DECLARATIONS
from tunecard.evidence.records.evaluated import EVALUATED
from tunecard.evidence.records.examination import EXAMINATION
from tunecard.evidence.records.machine import MACHINE
from tunecard.evidence.records.results import RESULTS
from tunecard.evidence.records.training import TRAINING

RECORDS = (*ADAPTER, *DATA, *TRAINING, *RESULTS, *EXAMINATION, *MACHINE, *DECLARATIONS, *EVALUATED)

__all__ = ["RECORDS"]
