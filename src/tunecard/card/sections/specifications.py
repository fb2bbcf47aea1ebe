"""Architecture, objective, the machine and the software it was made with, and the least that runs it."""

from __future__ import annotations

from tunecard.card import facts, to_run
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import bullets, code, escape, prose
from tunecard.card.numbers import count, percent, significant, size, span
from tunecard.card.record_links import cite
from tunecard.card.sections.environment import machine, trained_together
from tunecard.evidence import Finding, Findings

LIBRARIES = {
    "python": "Python",
    "tunecard": "tunecard",
}
# The last section of the card, as PEFT and Trainer write it.
FRAMEWORKS = {
    "peft": "PEFT",
    "transformers": "Transformers",
    "torch": "PyTorch",
    "datasets": "Datasets",
    "tokenizers": "Tokenizers",
}
OTHERS = "; frameworks at the end of this card, all others in [card.html](card.html) and [bom.json](bom.json)"


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_specs`, `compute_infrastructure`, `hardware_requirements`, `software`."""
    return {
        "model_specs": _specs(findings),
        "compute_infrastructure": _infrastructure(findings),
        "hardware_requirements": _requirements(findings),
        "software": _software(findings),
    }


def framework_versions(findings: Findings) -> str:
    """The last section, as PEFT and Trainer write it."""
    versions = _versions(findings)
    items = [" ".join(versions[package]) for package in FRAMEWORKS if package in versions]
    return "### Framework versions\n\n" + (bullets(items) if items else "Not measured (not recorded).")


def _specs(findings: Findings) -> Answer:
    items = []
    if (architecture := findings.value("base_model.architecture")) is not None:
        kind = findings.value("base_model.model_type")
        items.append(f"Base: {code(architecture)}" + (f" ({escape(kind)})" if kind else ""))
    for id, what in (("layers", "layers"), ("hidden_size", "hidden size")):
        if (value := facts.quoted(findings, f"base_model.{id}")) is not None:
            items.append(f"{what.capitalize()}: {value}")
    items += _parameters(findings)
    if (tokens := facts.quoted(findings, "base_model.max_tokens")) is not None:
        items.append(f"Longest input of the base: {tokens} tokens")
    weights = findings.value("training.class_weights")
    if findings.value("task.name") is not None and not facts.is_from_elsewhere(findings):
        weighted = f", class weights {escape(weights, 120)}" if weights not in (None, "none") else ""
        items.append(f"Objective: {facts.task_of(findings).words.objective}{weighted}")
    start = {
        "probe": "a linear probe on the frozen base",
        "random": "random weights",
        "earlier adapter": "that of an earlier adapter",
    }
    head = findings.value("adapter.head_start")
    if head is not None and findings.value("model.head_parameters") != 0:
        items.append(f"The head started from {start.get(str(head), escape(head, 60))}")
    return Answer(bullets(items), "measured") if items else Answer(gap(None), "not measured")


def _parameters(findings: Findings) -> list[str]:
    """Those of the base, what became of its pooler, and those of the head."""
    base, head = (facts.quoted(findings, id) for id in ("base_model.parameters", "model.head_parameters"))
    if base is None:
        return []
    pooler = findings.value("base_model.pooler")
    told = f" (pooler: {cite(findings, 'base_model.pooler', escape(pooler, 80))})" if pooler else ""
    return [f"Parameters of the base: {base}{told}" + (f"; of the head: {head}" if head is not None else "")]


def _infrastructure(findings: Findings) -> Answer:
    said = machine(findings)
    if said is None:
        return Answer(gap(findings.get("environment.processor")), "not measured")
    together = trained_together(findings)
    parts = [f"{'The machine of the first process' if together else 'One machine'}: {said}"]
    if (system := findings.value("environment.os")) is not None:
        parts.append(cite(findings, "environment.os", escape(system, 120)))
    if (threads := facts.value_of(findings, "environment.threads")) is not None:
        shown = cite(findings, "environment.threads", count(threads))
        parts.append(f"{shown} thread{'s' if threads != 1 else ''} used by PyTorch")
    return Answer(", ".join(parts) + together + ".", "measured")


def _requirements(findings: Findings) -> Answer:
    memory = facts.quoted(findings, "prediction.peak_memory_bytes", size)
    latency = findings.get("prediction.latency_ms")
    speed = facts.quoted(findings, "prediction.rows_per_second", lambda value: significant(value, 2))
    items = []
    if memory is not None:
        items.append(f"Memory: {memory} at most while predicting, base included")
    items += [*to_run.memory_lines(findings), *to_run.loading_line(findings)]
    timed = to_run.speed_table(findings)
    if not timed and latency is not None and (value := facts.number_of(latency)) is not None:
        spread = f" (5th to 95th percentile {span(latency.interval)})" if latency.interval else ""
        rows = f", n={count(latency.n)}" if latency.n else ""
        items.append(f"One row at a time: {cite(findings, latency.id, f'{significant(value, 2)} ms{spread}{rows}')}")
    if not timed and speed is not None:
        items.append(f"In batches: {speed} rows a second")
    items += _timed_how(findings, latency)
    if items and latency is None:
        items.append(f"Time of a call and least memory: not measured here; {to_run.ASK}")
    if not items and not timed:
        said = gap(latency) if latency is not None else f"Not measured: {to_run.ASK}."
        return Answer(said, "not measured")
    where = "the machine above" if machine(findings) else "a machine that was not recorded"
    without = "; no graphics card is needed" if findings.value("environment.accelerator") == "none" else ""
    return Answer(
        f"To run it, measured on {where}{without}:\n\n{bullets(items)}" + (f"\n\n{timed}" if timed else ""), "measured"
    )


def _timed_how(findings: Findings, latency: Finding | None) -> list[str]:
    """What was inside the time, and how busy others kept the processor."""
    said = []
    if latency is not None and latency.method and latency.value is not None:
        said.append(f"How: {cite(findings, latency.id, prose(latency.method, 240))}")
    share = facts.value_of(findings, "prediction.others_share")
    if share is None:
        return said
    others = cite(findings, "prediction.others_share", percent(share))
    used = f"Other processes used {others} of the processor while it was timed"
    is_busy = share > facts.BUSY_SHARE
    return [*said, f"{used}: a busy machine, which slows it down" if is_busy else used]


def _software(findings: Findings) -> Answer:
    versions = _versions(findings)
    if not versions:
        return Answer(gap(None), "not measured")
    named = {package: pair for package, pair in versions.items() if package in LIBRARIES}
    listed = ", ".join(f"{name} {version}" for name, version in named.values())
    listed += OTHERS if len(named) < len(versions) else ""
    if not facts.is_from_elsewhere(findings):
        return Answer(f"{listed}.", "measured")
    told = findings.get("training.software") or findings.get("adapter.peft_version")
    known = told is not None and told.value is not None
    said = cite(findings, told.id, escape(told.value, 160)) if told is not None and known else "not known"
    return Answer(f"Of this evaluation: {listed}. Of the training: {said}.", "measured")


def all_software(findings: Findings) -> str:
    """Every package with its version, a list."""
    return bullets(f"{name} {version}" for name, version in _versions(findings).values())


def _versions(findings: Findings) -> dict[str, tuple[str, str]]:
    """package -> (name as a reader knows it, version)."""
    found = {}
    for finding in findings.under("software"):
        package = finding.id.removeprefix("software.")
        if finding.value is not None:
            found[package] = (
                (LIBRARIES | FRAMEWORKS).get(package, escape(package, 40)),
                cite(findings, finding.id, escape(finding.value, 60)),
            )
    return found
