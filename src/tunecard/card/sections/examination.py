"""What the adapter changed in the base: how large its update is, module by module."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import code, table
from tunecard.card.numbers import plain_number
from tunecard.evidence import Findings

SHOWN = 8


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_examination`."""
    records = facts.records_of(findings, "examination.update_norms")
    norms = [record for record in records if isinstance(record.get("relative_norm"), int | float)]
    if not norms:
        return {"model_examination": Answer(gap(findings.get("examination.update_norms")), "not measured")}
    largest = sorted(norms, key=lambda r: (-r["relative_norm"], str(r.get("module"))))[:SHOWN]
    rows = [
        [
            code(record.get("module", "?"), 80),
            f"{record['relative_norm']:.3f}",
            _number(record.get("effective_rank")),
            _number(record.get("rank")),
        ]
        for record in largest
    ]
    which = f"The {len(rows)} largest of {len(norms)} updates" if len(norms) > len(rows) else f"All {len(rows)} updates"
    lead = f"{which}, each as ‖ΔW‖ / ‖W‖ (Frobenius): how far the adapter moves a frozen matrix."
    shown = table(["module", "relative size", "effective rank", "rank"], rows)
    note = "This says where the adapter acts, not why it answers as it does; attributions to words were not computed."
    return {"model_examination": Answer(f"{lead}\n\n{shown}\n\n{note}", "measured")}


def _number(value: object) -> str:
    return plain_number(float(value)) if isinstance(value, int | float) else "not recorded"
