"""Which probes did not run, why, and what to type so that they do: by what probes spent and what they left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tunecard.card import facts
from tunecard.card.markdown import code, listing
from tunecard.evidence import Finding, Findings
from tunecard.evidence.catalogue import records_by_probe
from tunecard.evidence.records.examination import NO_SUITE

PASSES = "examination.passes"
EXAMINE = "tunecard examine DIR"
SHOWN = 40
Why = Literal["not asked", "too few passes", "no suite named", "does not apply"]


@dataclass(frozen=True)
class Gap:
    """A probe that has nothing to say.

    Attributes:
        why: whether it was asked, had too little to spend or to ask about, or does not apply to these rows.
        reason: as it told itself; "" where it was not asked.
        passes: forward passes of a full answer; 0 where that is not known.
    """

    probe: str
    why: Why
    reason: str = ""
    passes: int = 0


def probes_left_out(findings: Findings) -> list[Gap]:
    """Every probe that comes with tunecard and left no answer, in the order of the catalogue."""
    spending = {str(one.get("probe")): one for one in facts.records_of(findings, PASSES)}
    found = [_gap(findings, probe, spending.get(probe), records) for probe, records in records_by_probe().items()]
    return [gap for gap in found if gap is not None]


def commands(findings: Findings) -> list[tuple[Why, list[str], str]]:
    """(why, probes, what runs them) for all that were not asked or had too little; one line for each why."""
    gaps = probes_left_out(findings)
    found: list[tuple[Why, list[str], str]] = []
    whys: tuple[Why, ...] = ("not asked", "too few passes", "no suite named")
    for why in whys:
        told = [gap for gap in gaps if gap.why == why]
        if told:
            found.append((why, [gap.probe for gap in told], _command(told)))
    return found


def told(findings: Findings) -> list[str]:
    """The same as sentences of the card, and which of those that were asked do not apply."""
    said = [f"{_probes(names)} {SAYS[why]}: {code(line, 200)}" for why, names, line in commands(findings)]
    not_fit = [gap.probe for gap in probes_left_out(findings) if gap.why == "does not apply"]
    found = [f"**Probes not run:** {'; '.join(said)}."] if said else []
    if not_fit:
        found.append(f"**Asked, and not applicable here:** {_probes(not_fit)}; why stands under Model Examination.")
    return found


SAYS: dict[Why, str] = {
    "not asked": "(not in `evaluation.probes`)",
    "too few passes": "(`evaluation.budget` left too few forward passes)",
    "no suite named": "(no file in `evaluation.suites`)",
}


def _gap(findings: Findings, probe: str, spent: dict[str, Any] | None, records: list[Any]) -> Gap | None:
    left = [one for record in records if (one := findings.get(record.pattern)) is not None]
    if any(one.status != "not measured" for one in left):
        return None
    if spent is None:
        return Gap(probe, "not asked")
    reason, full = _reason(left), int(facts.amount(spent.get("full")))
    if reason == NO_SUITE:
        return Gap(probe, "no suite named", reason)
    is_short = full > facts.amount(spent.get("allowed")) and not spent.get("passes")
    return Gap(probe, "too few passes" if is_short else "does not apply", reason, full)


def _reason(left: list[Finding]) -> str:
    return next((one.reason for one in left if one.reason), "")


def _command(gaps: list[Gap]) -> str:
    line = f"{EXAMINE} --probes {','.join(gap.probe for gap in gaps)}"
    if gaps[0].why == "too few passes":
        return f"{line} --budget {sum(gap.passes for gap in gaps)}"
    return f"{line} --suite FILE" if gaps[0].why == "no suite named" else line


def _probes(names: list[str]) -> str:
    return listing([code(name, 40) for name in names], SHOWN)
