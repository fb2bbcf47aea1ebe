"""What it cost: machine, hours, a range of energy; grams only where the region is known."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, declared_text, gap, mark_of, undeclared
from tunecard.card.markdown import escape, listing, prose
from tunecard.card.numbers import duration, energy, plain_number, significant, size, span
from tunecard.evidence import Finding, Findings

ENERGY = ("energy.training_kwh", "energy.evaluation_kwh")


def answers(findings: Findings) -> dict[str, Answer]:
    """`hardware_type`, `hours_used`, `cloud_provider`, `cloud_region`, `co2_emitted`."""
    return {
        "hardware_type": _hardware(findings),
        "hours_used": _hours(findings),
        "cloud_provider": _declared(findings, "environment.cloud_provider", "cloud_provider"),
        "cloud_region": _declared(findings, "environment.region", "region"),
        "co2_emitted": _carbon(findings),
    }


def machine(findings: Findings) -> str | None:
    """The processor or accelerator in a few words."""
    accelerator = findings.value("environment.accelerator")
    if accelerator and accelerator != "none":
        return escape(accelerator, 80)
    processor, cores = findings.value("environment.processor"), facts.value_of(findings, "environment.cores")
    if processor is None and cores is None:
        return None
    named = escape(processor, 80) if processor else "a processor that was not named"
    return named if cores is None else f"{plain_number(cores)} thread{'s' if cores != 1 else ''} of {named}"


def _hardware(findings: Findings) -> Answer:
    said = machine(findings)
    if said is None:
        return Answer(gap(findings.get("environment.processor")), "not measured")
    more = []
    if (memory := facts.value_of(findings, "environment.memory_bytes")) is not None:
        more.append(f"{size(memory)} of memory")
    accelerator = findings.value("environment.accelerator")
    if accelerator == "none":
        more.append("no accelerator")
    if virtual := findings.value("environment.virtualisation"):
        more.append(f"virtualisation: {escape(virtual, 80)}")
    return Answer(", ".join([said, *more]), "measured")


def _hours(findings: Findings) -> Answer:
    finding = findings.get("environment.hours")
    hours = facts.number_of(finding)
    if finding is None or hours is None:
        return Answer(gap(finding), "not measured")
    used = facts.value_of(findings, "environment.cpu_utilisation")
    busy = f", processor {used:.0%} busy".replace("%", " %") if used is not None and used <= 1 else ""
    how = f" ({prose(finding.method, 160)})" if finding.method else ""
    short = f" ({duration(hours * 3600)})" if hours < 1 else ""
    return Answer(f"{significant(hours, 2)} hours{short}{busy}{how}", mark_of(finding))


def _declared(findings: Findings, id: str, key: str) -> Answer:
    text = declared_text(findings, key)
    if text is not None:
        return Answer(text, "declared")
    finding = findings.get(id)
    if finding is not None and finding.value is not None:
        return Answer(escape(finding.value, 120), mark_of(finding))
    return Answer(undeclared(key), "not declared")


def energy_text(finding: Finding) -> str | None:
    """A meter's value or a derived range."""
    value = facts.number_of(finding)
    if value is not None:
        return energy((value, value))
    return None if finding.interval is None else energy(finding.interval)


def energy_total(findings: Findings) -> tuple[str, str] | None:
    """(range of the whole run, how it is known): the sum of training and evaluation."""
    known = [f for f in map(findings.get, ENERGY) if f is not None and energy_text(f) is not None]
    if not known:
        return None
    ends = [f.interval or (facts.number_of(f) or 0.0,) * 2 for f in known]
    low, high = sum(e[0] for e in ends), sum(e[1] for e in ends)
    status = "measured" if all(f.status == "measured" for f in known) else "derived"
    return energy((low, high)), status


def _carbon(findings: Findings) -> Answer:
    grams = findings.get("co2.grams")
    used = _energy_sentences(findings)
    if grams is not None and grams.interval is not None:
        how = f" ({prose(grams.method, 300)})" if grams.method else ""
        return Answer(f"{span(grams.interval)} g CO2eq{how}. {used}".rstrip(), "derived")
    reason = gap(grams) if grams is not None else f"Not measured: {undeclared('region')}"
    return Answer(" ".join(part for part in (reason, used, _example_grids(findings)) if part), "not measured")


def _example_grids(findings: Findings) -> str:
    """What the same energy would cost elsewhere: a reader in one of these places need not compute."""
    ranges = {
        code: pair
        for code, pair in facts.mapping_of(findings, "co2.table").items()
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int | float) for end in pair)
    }
    shown = listing([f"{escape(code, 20)} {span((pair[0], pair[1]))} g" for code, pair in ranges.items()])
    return f"The same energy from example grids: {shown} CO2eq." if shown else ""


def _energy_sentences(findings: Findings) -> str:
    said = []
    for id, what in zip(ENERGY, ("training", "evaluation"), strict=True):
        finding = findings.get(id)
        text = energy_text(finding) if finding is not None else None
        if finding is not None and text is not None:
            said.append(f"Energy of {what}: {text}, {finding.status}.")
    method = next((f.method for f in map(findings.get, ENERGY) if f is not None and f.method), None)
    return " ".join(said) + (f" How: {prose(method, 400).rstrip('.')}." if said and method else "")
