"""What probes found: how large the adapter's updates are, module by module, and what any other probe recorded."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.by_shape import blocks_of
from tunecard.card.markdown import code, listing, table
from tunecard.card.numbers import count, plain_number
from tunecard.card.pictures import picture
from tunecard.card.record_links import cite
from tunecard.card.scope_tables import scope_block
from tunecard.card.where_it_acts import layers_told, merging_told
from tunecard.evidence import Finding, Findings
from tunecard.evidence.records.examination import MERGING, MISTAKEN_TEXTS, UPDATE_SIZES, WITHOUT_LAYER

NORMS = "examination.update_norms"
SHOWN, NAMED = 8, 2
TOLD = ((WITHOUT_LAYER[0], layers_told), (MERGING[0], merging_told))
ATTRIBUTIONS = "examination.attributions"
NOTE = "Sizes say where the adapter acts, not why it answers as it does."
EXPLAINED = "Attributions say which words a score rises with, going by its gradients, and not that a word is a reason."
UNEXPLAINED = "Attributions to words were not asked for: `tunecard examine DIR --probes attributions` does."


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_examination`: the sizes of the updates, then whatever other probes recorded."""
    known = [finding for finding in _of_other_probes(findings) if finding.status != "not measured"]
    parts = _sizes(findings)
    is_known = bool(parts or known)
    parts = parts or ([] if is_known and NORMS not in findings else [gap(findings.get(NORMS))])
    parts += blocks_of(findings, _of_other_probes(findings), _block)
    parts += [picture(findings, "curves"), _note(findings) if is_known else ""]
    text = "\n\n".join(part for part in parts if part)
    return {"model_examination": Answer(text, "measured" if is_known else "not measured")}


def _block(findings: Findings, finding: Finding) -> str:
    """In the words of its probe, where it has some; else by its shape."""
    told = {record.pattern: tell for record, tell in TOLD}.get(finding.id)
    return (told(findings) if told else "") or scope_block(findings, finding)


def _note(findings: Findings) -> str:
    finding = findings.get(ATTRIBUTIONS)
    if finding is None:
        return f"{NOTE} {UNEXPLAINED}"
    return NOTE if finding.status == "not measured" else f"{NOTE} {EXPLAINED}"


def _of_other_probes(findings: Findings) -> list[Finding]:
    own = {record.pattern for record in (*UPDATE_SIZES, *MISTAKEN_TEXTS)}  # the latter stand in the results
    return [finding for finding in findings.under("examination") if finding.id not in own]


def sizes_table(findings: Findings) -> str:
    """The largest updates, a row each; "" where none is known."""
    largest = _largest(findings)[:SHOWN]
    rows = [
        [
            code(record.get("module", "?"), 80),
            f"{record['relative_norm']:.3f}",
            _number(record.get("effective_rank")),
            _number(record.get("rank")),
        ]
        for record in largest
    ]
    headings = [cite(findings, NORMS, told) for told in ("relative size", "effective rank", "rank")]
    return table(["module", *headings], rows) if rows else ""


def _largest(findings: Findings) -> list[dict[str, Any]]:
    """The records of all updates, the largest first."""
    known = [one for one in facts.records_of(findings, NORMS) if isinstance(one.get("relative_norm"), int | float)]
    return sorted(known, key=lambda one: (-one["relative_norm"], str(one.get("module"))))


def _sizes(findings: Findings) -> list[str]:
    """How many updates there are, how large, and the largest ones; nothing where none is known."""
    updates = _largest(findings)
    if not updates:
        return []
    number = cite(findings, NORMS, count(len(updates)))
    ends = [cite(findings, NORMS, f"{one['relative_norm']:.3f}") for one in (updates[-1], updates[0])]
    largest = listing([code(one.get("module", "?"), 80) for one in updates[:NAMED]])
    lead = (
        f"Each of {number} updates moves its frozen matrix by {ends[0]} to {ends[1]} of that matrix's size "
        f"(‖ΔW‖ / ‖W‖), most {largest}."
    )
    return [lead, picture(findings, "spectra")]


def _number(value: object) -> str:
    return plain_number(float(value)) if isinstance(value, int | float) else "not recorded"
