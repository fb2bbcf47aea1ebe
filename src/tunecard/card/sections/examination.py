"""What probes found: how large the adapter's updates are, module by module, and what any other probe recorded."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.by_shape import block_of
from tunecard.card.markdown import code, table
from tunecard.card.numbers import count, plain_number
from tunecard.card.pictures import picture
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings
from tunecard.evidence.records.examination import UPDATE_SIZES

NORMS = "examination.update_norms"
SHOWN = 8
NOTE = "This says where the adapter acts, not why it answers as it does; attributions to words were not computed."


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_examination`: the sizes of the updates, then whatever other probes recorded."""
    known = [finding for finding in _of_other_probes(findings) if finding.status != "not measured"]
    parts = _sizes(findings)
    is_known = bool(parts or known)
    parts = parts or [gap(findings.get(NORMS))]
    parts += [block_of(findings, finding) for finding in _of_other_probes(findings)]
    parts += [picture(findings, "curves"), NOTE if is_known else ""]
    text = "\n\n".join(part for part in parts if part)
    return {"model_examination": Answer(text, "measured" if is_known else "not measured")}


def _of_other_probes(findings: Findings) -> list[Finding]:
    own = {record.pattern for record in UPDATE_SIZES}
    return [finding for finding in findings.under("examination") if finding.id not in own]


def _sizes(findings: Findings) -> list[str]:
    """The largest updates; nothing where none is known."""
    records = facts.records_of(findings, NORMS)
    norms = [record for record in records if isinstance(record.get("relative_norm"), int | float)]
    if not norms:
        return []
    largest = sorted(norms, key=lambda r: (-r["relative_norm"], str(r.get("module"))))[:SHOWN]
    rows = [
        [
            code(record.get("module", "?"), 80),
            cite(findings, NORMS, f"{record['relative_norm']:.3f}"),
            cite(findings, NORMS, _number(record.get("effective_rank"))),
            cite(findings, NORMS, _number(record.get("rank"))),
        ]
        for record in largest
    ]
    number = cite(findings, NORMS, count(len(norms)))
    which = f"The largest of {number} updates" if len(norms) > len(rows) else f"All {number} updates"
    lead = f"{which}, each as ‖ΔW‖ / ‖W‖ (Frobenius): how far the adapter moves a frozen matrix."
    shown = table(["module", "relative size", "effective rank", "rank"], rows)
    return [lead, shown, picture(findings, "spectra")]


def _number(value: object) -> str:
    return plain_number(float(value)) if isinstance(value, int | float) else "not recorded"
