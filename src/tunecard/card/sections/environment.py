"""What it cost: machine, hours, a range of energy; grams only where the region is known. Stage by stage."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, declared_answer, declared_text, gap, status_of
from tunecard.card.markdown import escape, listing, prose
from tunecard.card.numbers import count, duration, energy, percent, plain_number, significant, size, span
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

TOTAL, OTHERS = "energy.total_kwh", "environment.others_share"
RANKS, SHARES = "training.ranks", "training.rank_shares"
NAMES = {"failed": "stages cut short by an interruption or an error"}


def answers(findings: Findings) -> dict[str, Answer]:
    """`hardware_type`, `hours_used`, `cloud_provider`, `cloud_region`, `co2_emitted`."""
    return {
        "hardware_type": _hardware(findings),
        "hours_used": _hours(findings),
        "cloud_provider": declared_answer(findings, "cloud_provider", declared_text(findings, "cloud_provider")),
        "cloud_region": declared_answer(findings, "region", declared_text(findings, "region")),
        "co2_emitted": _carbon(findings),
    }


def machine(findings: Findings) -> str | None:
    """The processor or accelerator in a few words."""
    accelerator = findings.value("environment.accelerator")
    if accelerator and accelerator != "none":
        return cite(findings, "environment.accelerator", escape(accelerator, 80))
    processor, cores = findings.value("environment.processor"), facts.value_of(findings, "environment.cores")
    if processor is None and cores is None:
        return None
    named = "a processor that was not named"
    if processor:
        named = cite(findings, "environment.processor", escape(processor, 80))
    if cores is None:
        return named
    return f"{cite(findings, 'environment.cores', plain_number(cores))} thread{'s' if cores != 1 else ''} of {named}"


def energy_total(findings: Findings) -> tuple[str, str] | None:
    """(energy of all stages, how it is known); None where it is not."""
    finding = findings.get(TOTAL)
    shown = _energy(findings, finding)
    return (shown, finding.status) if finding is not None and shown is not None else None


def _hardware(findings: Findings) -> Answer:
    said = machine(findings)
    if said is None:
        return Answer(gap(findings.get("environment.processor")), "not measured")
    more = []
    if (memory := facts.quoted(findings, "environment.memory_bytes", size)) is not None:
        more.append(f"{memory} of memory")
    if findings.value("environment.accelerator") == "none":
        more.append(cite(findings, "environment.accelerator", "no accelerator"))
    if virtual := findings.value("environment.virtualisation"):
        more.append(f"virtualisation: {cite(findings, 'environment.virtualisation', escape(virtual, 80))}")
    return Answer(", ".join([said, *more]) + _training_machine(findings) + trained_together(findings), "measured")


def trained_together(findings: Findings) -> str:
    """How many processes shared the training, and on what; "" where it was one."""
    told, shares = facts.quoted(findings, RANKS), findings.value(SHARES)
    if told is None or not isinstance(shares, list):
        return ""
    lines = [share for share in shares if isinstance(share, dict)]
    hardware = [str(share.get("hardware")) for share in lines]
    counted = [escape(f"{hardware.count(one)} x {one}", 120) for one in dict.fromkeys(hardware)]
    tokens = [share["tokens"] for share in lines if isinstance(share.get("tokens"), int)]
    each = f"{count(min(tokens))} to {count(max(tokens))} tokens each" if tokens else ""
    on = cite(findings, SHARES, "; ".join(filter(None, [*counted, each])))
    own = "memory, processor time and estimated energy are of the first alone"
    return f"; trained by {told} processes that shared every batch ({on}); {own}"


def _training_machine(findings: Findings) -> str:
    """What is told of the machine that trained an adapter made elsewhere: the figures here are of another."""
    if not facts.is_from_elsewhere(findings):
        return ""
    told = findings.get("training.hardware")
    if told is None or told.value is None:
        return ": the machine of this evaluation; on what it was trained is not known"
    said = cite(findings, told.id, f"{escape(told.value, 160)} ({escape(told.method, 120)})")
    return f": the machine of this evaluation. It was trained on {said}"


def others_told(findings: Findings, stage: str = "") -> str:
    """That others kept the processor busy in a stage, or in the busiest one; "" where they did not."""
    shares = {k: v for k, v in facts.mapping_of(findings, OTHERS).items() if isinstance(v, int | float)}
    share = shares.get(stage, 0.0) if stage else max(shares.values(), default=0.0)
    if share <= facts.BUSY_SHARE:
        return ""
    most = "" if stage else "up to "
    return f" (other processes used {most}{cite(findings, OTHERS, percent(share))} of the processor meanwhile)"


def _hours(findings: Findings) -> Answer:
    finding = findings.get("environment.hours")
    hours = facts.number_of(finding)
    if finding is None or hours is None:
        return Answer(gap(finding), "not measured")
    short = f" ({duration(hours * 3600)})" if hours < 1 else ""
    said = cite(findings, finding.id, f"{significant(hours, 2)} hours{short}")
    used = facts.value_of(findings, "environment.cpu_utilisation")
    if used is not None and used <= 1:
        said += f", processor {cite(findings, 'environment.cpu_utilisation', f'{used * 100:.0f} %')} busy"
    said += f" ({prose(finding.method, 160)})" if finding.method else ""
    known = {stage: facts.quoted(findings, f"environment.{stage}_hours", _hours_words) for stage in _stages(findings)}
    apart = listing([f"{NAMES.get(stage, stage)} {time}" for stage, time in known.items() if time is not None])
    told = [f"Of it {apart}."] if apart else []
    return Answer(" ".join([f"{said}.", *told, *_attempts(findings)]), status_of(finding))


def _hours_words(hours: float) -> str:
    return duration(hours * 3600)


def _attempts(findings: Findings) -> list[str]:
    """How many attempts at the run ended early: what they used is told as the stage `failed`."""
    attempts = facts.value_of(findings, "environment.failed_attempts")
    if not attempts:
        return []
    return [f"Attempts that ended before their end: {cite(findings, 'environment.failed_attempts', count(attempts))}."]


def _stages(findings: Findings) -> list[str]:
    """The stages whose energy was asked for, in the order of the run."""
    asked = [finding.id for finding in findings.under("energy") if finding.id.endswith("_kwh") and finding.id != TOTAL]
    return [id.removeprefix("energy.").removesuffix("_kwh") for id in asked]


def _energy(findings: Findings, finding: Finding | None) -> str | None:
    """A meter's value or a derived range."""
    if finding is None:
        return None
    value = facts.number_of(finding)
    ends = (value, value) if value is not None else finding.interval
    return None if ends is None else cite(findings, finding.id, energy(ends))


def _carbon(findings: Findings) -> Answer:
    grams = findings.get("co2.grams")
    used = _energy_sentences(findings)
    if grams is not None and grams.interval is not None:
        how = f" ({cite(findings, grams.id, prose(grams.method, 300))})" if grams.method else ""
        said = f"{cite(findings, grams.id, f'{span(grams.interval)} g CO2eq')}{_grams_apart(findings)}{how}."
        return Answer(" ".join([said, *used]), "derived")
    reason = gap(grams) if grams is not None else "Not measured: the region is not declared."
    return Answer(" ".join([reason, *used, *_example_grids(findings)]), "not measured")


def _grams_apart(findings: Findings) -> str:
    known = {stage: findings.get(f"co2.{stage}_grams") for stage in _stages(findings)}
    shown = [
        f"{NAMES.get(stage, stage)} {cite(findings, finding.id, span(finding.interval))}"
        for stage, finding in known.items()
        if finding is not None and finding.interval is not None
    ]
    return f": {listing(shown)}" if len(shown) > 1 else ""


def _energy_sentences(findings: Findings) -> list[str]:
    """Each stage with how its energy is known, the sum, and how it was come by."""
    known = {stage: findings.get(f"energy.{stage}_kwh") for stage in _stages(findings)}
    shown = {stage: _energy(findings, finding) for stage, finding in known.items()}
    statuses = {finding.status for finding in known.values() if finding is not None}
    alike = len(statuses) == 1
    said = [
        f"{NAMES.get(stage, stage)} {shown[stage]}" + ("" if alike else f" ({finding.status})")
        for stage, finding in known.items()
        if finding is not None and shown[stage] is not None
    ]
    if not said:
        return []
    total = energy_total(findings)
    how = findings[TOTAL].method if total else None
    covers = f" ({cite(findings, TOTAL, prose(how, 300))})" if how else ""
    how_known = f" ({', '.join(statuses)})" if alike else ""
    sentences = [f"Energy of {listing(said)}{how_known}" + (f"; of all, {total[0]}{covers}." if total else ".")]
    meter = findings.get("energy.meter")
    if meter is not None and meter.value is not None:
        sentences.append(f"Meter: {cite(findings, meter.id, escape(meter.value, 120))}.")
    unknown = [f for f in known.values() if f is not None and f.status == "not measured"]
    sentences += [
        cite(findings, f.id, f"{escape(f.name, 60)} is not known") + f": {prose(f.reason, 160)}." for f in unknown
    ]
    first = next((f for f in known.values() if f is not None and f.method and f.status != "not measured"), None)
    if first is not None:
        sentences.append(f"Assumptions: {cite(findings, first.id, 'the record')}.")
    return sentences


def _example_grids(findings: Findings) -> list[str]:
    """What the same energy would cost elsewhere: a reader in one of these places need not compute."""
    ranges = {
        code: pair
        for code, pair in facts.mapping_of(findings, "co2.table").items()
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int | float) for end in pair)
    }
    shown = listing([f"{escape(code, 20)} {span((pair[0], pair[1]))} g" for code, pair in ranges.items()])
    return [f"The same energy from example grids: {cite(findings, 'co2.table', f'{shown} CO2eq')}."] if shown else []
