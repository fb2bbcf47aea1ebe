"""What was found: findings, the run folder that holds them, and the rows that scores come from.

This room knows names and shapes of files; it must not know how a value was measured nor how a card looks.
"""

from tunecard.evidence.finding import Finding, Findings, Source
from tunecard.evidence.ledger import RunFolder
from tunecard.evidence.predictions import Predictions, read_predictions, write_predictions
from tunecard.evidence.recording import declared, derived, measured, not_measured

__all__ = [
    "Finding",
    "Findings",
    "Predictions",
    "RunFolder",
    "Source",
    "declared",
    "derived",
    "measured",
    "not_measured",
    "read_predictions",
    "write_predictions",
]
