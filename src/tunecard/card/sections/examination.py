"""What the adapter changed in the base: how large its update is, module by module."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import code, table
from tunecard.card.numbers import count, plain_number
from tunecard.card.pictures import picture
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

NORMS = "examination.update_norms"
SHOWN = 8


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_examination`."""
    records = facts.records_of(findings, NORMS)
    norms = [record for record in records if isinstance(record.get("relative_norm"), int | float)]
    if not norms:
        return {"model_examination": Answer(gap(findings.get(NORMS)), "not measured")}
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
    note = "This says where the adapter acts, not why it answers as it does; attributions to words were not computed."
    parts = [lead, shown, picture(findings, "spectra"), note]
    return {"model_examination": Answer("\n\n".join(part for part in parts if part), "measured")}


def _number(value: object) -> str:
    return plain_number(float(value)) if isinstance(value, int | float) else "not recorded"
