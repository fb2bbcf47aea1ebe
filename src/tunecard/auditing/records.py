"""Whether the evidence beside a card, where there is any, holds the records that tunecard writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tunecard.auditing.wording import printable
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.catalogue import faults_of
from tunecard.evidence.ledger import CARD
from tunecard.version import RENDERER_VERSION

LARGEST = 100_000_000  # bytes; the evidence of a thousand classes takes a few million
_SHOWN = 10


def record_errors(card: Path) -> Iterator[str]:
    """What the record catalogue holds against evidence.json in the folder of a README.md, a sentence each.

    Evidence of another version of the renderer had other records and is left alone.
    """
    folder = RunFolder(card.parent)
    if card.name != CARD or not folder.evidence.is_file():
        return
    findings = _read(folder)
    if isinstance(findings, str):
        yield f"evidence.json: {findings}"
    elif findings.value("run.renderer_version") in (None, RENDERER_VERSION):
        faults = faults_of(findings)
        yield from (f"evidence.json: {printable(fault)}." for fault in faults[:_SHOWN])
        if len(faults) > _SHOWN:
            yield f"evidence.json: and {len(faults) - _SHOWN} more records."


def _read(folder: RunFolder) -> Findings | str:
    """The records, or why they cannot be read."""
    if folder.evidence.stat().st_size > LARGEST:
        return f"is larger than {LARGEST // 1_000_000} MB and was not read."
    try:
        return folder.read_findings()
    except (RunFolderError, RecursionError, OSError):
        return "cannot be read as evidence of a run."
