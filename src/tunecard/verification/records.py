"""Does the evidence hold the records that a run writes, all of them and no other?"""

from __future__ import annotations

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.catalogue import faults_of
from tunecard.verification.cards import of_another_version
from tunecard.verification.report import Check, judged

NAME = "records"


def check_records(folder: RunFolder, findings: Findings) -> Check:
    """Every record is one of the catalogue, known in a way that it allows, and none that must be there is missing."""
    other = of_another_version(NAME, findings)
    if other is not None:
        return other
    passed = f"{len(findings)} records: each of the catalogue, and none that must be there is missing"
    return judged(NAME, faults_of(findings), passed)
