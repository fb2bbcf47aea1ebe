"""What the data at hand states of itself, its licence and annotators among it, beside what the evidence says."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.data.source_findings import statement_findings
from tunecard.evidence import Findings
from tunecard.evidence.comparing import disagreements, shown
from tunecard.rows.dataset import Dataset


def statement_problems(dataset: Dataset, findings: Findings) -> Iterator[str]:
    """A sentence for each statement that the data at hand does not make, or makes otherwise.

    Data that states nothing is not asked: its rows may have been copied without what lay beside them. What is recorded
    as not declared and is declared by now is no fault either.
    """
    if not dataset.declared:
        return
    at_hand = {finding.id: finding for finding in statement_findings(dataset)}
    declared = {id: finding.value for id, finding in at_hand.items() if finding.status == "declared"}
    told = {id for id in at_hand if (finding := findings.get(id)) is not None and finding.status == "declared"}
    yield from disagreements(findings, {id: declared[id] for id in declared.keys() & told}, "the data at hand")
    for id in sorted(told - declared.keys()):
        yield f"{id} is {shown(findings.value(id))}, the data at hand declares nothing of the kind"


def statements_told(dataset: Dataset) -> str:
    """What a passed check says of the statements."""
    return "" if dataset.declared else "; what it states of itself was not compared: no metadata lies beside it"
