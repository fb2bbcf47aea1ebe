"""Do time, energy and carbon fit each other? Stages in the run, watts times seconds, sums, and grams of a grid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from tunecard.errors import RecipeError
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.evidence.conditions import was_completed
from tunecard.measurement.energy_words import PUE_HIGH, PUE_LOW, busy_seconds, covered_seconds, read_assumptions
from tunecard.measurement.grids import find_grid, grid_source, load_grids
from tunecard.measurement.stage_seconds import DIGITS, EARLIER
from tunecard.verification.report import Check, judged

NAME = "costs"
SUM, GRAMS, TABLE, UTILISATION = "energy.total_kwh", "co2.grams", "co2.table", "environment.cpu_utilisation"
TOLD = 0.06  # relative: methods tell watts to two digits and seconds to four
EXACT = 1e-6
STAGES, STEPS = "run.stages", "optimisation"
TOLD_SECONDS = 10.0**-DIGITS  # to which each stage is told
SLACK_SECONDS = 1.0  # a stage that a kill cut short is known up to its last sign of life
_STAGE = re.compile(r"(energy|environment|co2)\.([a-z]+)_(?:kwh|hours|grams)")
Range = tuple[float, float]


def check_costs(folder: RunFolder, findings: Findings) -> Check:
    """Hours of stages fit into the run, and energy and carbon follow from hours, power and factors."""
    problems = [
        *_hours(findings),
        *_seconds(findings),
        *_energies(findings),
        *_total(findings),
        *_utilisation(findings),
        *_carbon(findings),
    ]
    families = [f.id for family in ("energy", "co2") for f in _of_stages(findings, family).values()]
    follow = [id for id in (SUM, GRAMS, TABLE, UTILISATION, *families) if id in findings]
    covered = {id for id in follow if findings[id].status == "derived"}
    return judged(NAME, problems, "hours, energy and carbon fit each other", covered)


def _of_stages(findings: Findings, family: str) -> dict[str, Finding]:
    """Stage to its record of one family; totals are none, nor is a training that took place elsewhere."""
    left_out = {"total", *(["training"] if was_completed(findings) else [])}
    found = ((_STAGE.fullmatch(finding.id), finding) for finding in findings)
    return {m[2]: finding for m, finding in found if m and m[1] == family and m[2] not in left_out}


def _hours(findings: Findings) -> Iterator[str]:
    stages = {name: _number(f.value) or 0.0 for name, f in _of_stages(findings, "environment").items()}
    whole, seconds = _number(findings.value("run.seconds")), _number(findings.value("training.seconds"))
    total = sum(stages.values()) * 3600
    if whole is not None and total > whole + SLACK_SECONDS:
        yield f"the stages took {total:.5g} s together, and `run.seconds` is {whole:.5g}"
    trained = (stages.get("training", 0.0) + stages.get("failed", 0.0)) * 3600
    if seconds is not None and "training" in stages and seconds > trained + SLACK_SECONDS:
        yield f"training.seconds is {seconds:.5g}, and environment.training_hours are {trained:.5g} s"


def _seconds(findings: Findings) -> Iterator[str]:
    """The seconds of all stages are those of the run, and the steps of the training that is shipped are among them."""
    table, whole = findings.value(STAGES), _number(findings.value("run.seconds"))
    if table is None or whole is None:
        return
    rows = table if isinstance(table, list) else [table]
    known = [(str(row.get("stage")), _number(row.get("seconds"))) for row in rows if isinstance(row, Mapping)]
    told = {name: seconds for name, seconds in known if seconds is not None and seconds >= 0}
    if not rows or len(told) < len(rows):
        yield f"{STAGES} is no table of stages, each once and with its seconds"
        return
    total = sum(told.values())
    if abs(total - whole) > TOLD_SECONDS * len(told):
        yield f"the stages of {STAGES} took {total:.5g} s together, and `run.seconds` is {whole:.5g}"
    seconds, stepped = _number(findings.value("training.seconds")), told.get(STEPS, 0.0) + told.get(EARLIER, 0.0)
    slack = SLACK_SECONDS if EARLIER in told else TOLD_SECONDS
    if seconds is not None and not was_completed(findings) and seconds > stepped + slack:
        yield f"training.seconds is {seconds:.5g}, and {STAGES} has {stepped:.5g} s of steps"


def _energies(findings: Findings) -> Iterator[str]:
    """Each range beside the figures of its own method, and those beside the hours of the stage."""
    hours = _of_stages(findings, "environment")
    for stage, energy in _of_stages(findings, "energy").items():
        told = read_assumptions(energy.method or "")
        if energy.interval is None or told is None:
            continue
        if not _is_near(energy.interval, told.range_kwh(), TOLD):
            low, high = told.range_kwh()
            yield f"{energy.id} is {shown(energy.interval)}, its method gives {low:.3g} to {high:.3g}"
        lasted = _number(hours[stage].value) if stage in hours else None
        if lasted is not None and not _is_near((lasted * 3600,), (told.seconds,), TOLD):
            yield f"{energy.id} is for {told.seconds:g} s, environment.{stage}_hours are {lasted * 3600:.4g} s"
        busy = busy_seconds(hours[stage].method or "") if stage in hours else None
        if busy is not None and not _is_near((busy,), (told.busy_seconds,), TOLD):
            spent = f"{told.busy_seconds:g} s of processor time"
            yield f"{energy.id} is of {spent}, environment.{stage}_hours of {busy:g} s"


def _total(findings: Findings) -> Iterator[str]:
    total, energies = findings.get(SUM), list(_of_stages(findings, "energy").values())
    if total is None or not energies:
        return
    hours, told = _of_stages(findings, "environment"), covered_seconds(total.method or "")
    seconds = sum(
        (_number(stage.value) or 0.0) * 3600 for name, stage in hours.items() if f"energy.{name}_kwh" in findings
    )
    if told is not None and not _is_near((told,), (seconds,), TOLD):
        yield f"{SUM} is said to be of {told:g} s, the hours of its stages are {seconds:.4g} s"
    known = [energy for energy in energies if _ends(energy)]
    if total.status == "not measured":
        if len(known) == len(energies):
            yield f"{SUM} is not measured, and every stage's energy is known"
        return
    if len(known) < len(energies):
        yield f"{SUM} is known, and the energy of {next(e.id for e in energies if not _ends(e))} is not"
        return
    if total.interval is None and all(energy.value is not None for energy in energies):
        wanted: Sequence[float] = (sum(_number(energy.value) or 0.0 for energy in energies),)
        given: Sequence[float] = (_number(total.value) or 0.0,)
    else:
        wanted, given = _sum_of(energies), total.interval or ()
    if not _is_near(given, wanted, EXACT):
        yield f"{SUM} is {shown(total.interval or total.value)}, the stages give {shown(tuple(wanted))}"


def _sum_of(energies: Sequence[Finding]) -> Range:
    ends = [ends for ends in map(_ends, energies) if ends]
    return sum(low for low, _ in ends), sum(high for _, high in ends)


def _utilisation(findings: Findings) -> Iterator[str]:
    share, stages = _number(findings.value(UTILISATION)), _of_stages(findings, "environment")
    threads = re.search(r"over ([\d.]+) threads", _method(findings, UTILISATION))
    busy = [busy_seconds(stage.method or "") for stage in stages.values()]
    seconds = sum((_number(stage.value) or 0.0) * 3600 for stage in stages.values())
    if share is None or threads is None or not seconds or None in busy:
        return
    wanted = sum(one or 0.0 for one in busy) / (seconds * float(threads[1]))
    if not _is_near((share,), (wanted,), TOLD):
        yield f"{UTILISATION} is {share:.4g}, the stages give {wanted:.4g}"


def _carbon(findings: Findings) -> Iterator[str]:
    """Grams beside energy times the grid's factor: from the table where the same is at hand, else from the method."""
    total = findings.get(SUM)
    energies = {f"co2.{name}_grams": energy for name, energy in _of_stages(findings, "energy").items()}
    energies |= {GRAMS: total} if total is not None else {}
    for id, energy in energies.items():
        grams, ends = findings.get(id), _ends(energy)
        if grams is None or grams.interval is None or ends is None:
            continue
        factor, tolerance = _factor(findings, grams.method or "")
        if factor is not None and not _is_near(grams.interval, [end * factor for end in ends], tolerance):
            yield f"{id} is {shown(grams.interval)}, {energy.id} times {factor:g} g/kWh give another figure"
    yield from _table(findings, total)


def _factor(findings: Findings, method: str) -> tuple[float | None, float]:
    """Grams a kWh of the declared region, and how exactly they are known."""
    region = findings.value("environment.region") or findings.value("declared.region")
    if isinstance(region, str) and (grid_source() in method) and (grids := load_grids()):
        try:
            grid = find_grid(region, grids)
        except RecipeError:
            grid = None
        if grid is not None:
            return grid.grams_per_kwh, EXACT
    told = re.search(r"(\d+) g CO2eq/kWh", method)
    return (float(told[1]), 0.5 / max(float(told[1]), 1.0) + EXACT) if told else (None, 0.0)


def _table(findings: Findings, total: Finding | None) -> Iterator[str]:
    table, ends = findings.value(TABLE), _ends(total) if total is not None else None
    grids = load_grids() if grid_source() in _method(findings, TABLE) else {}
    if not isinstance(table, Mapping) or ends is None:
        return
    for code, grams in table.items():
        if code in grids and not _is_near(grams, [end * grids[code].grams_per_kwh for end in ends], EXACT):
            factor = f"{grids[code].grams_per_kwh:g} g/kWh"
            yield f"{TABLE}: {code} is {shown(grams)}, {SUM} times {factor} give another figure"


def _ends(energy: Finding) -> Range | None:
    """(low, high) kWh with the building's overhead, which a range has in it already."""
    if energy.interval is not None:
        return energy.interval
    value = _number(energy.value)
    return None if value is None else (value * PUE_LOW, value * PUE_HIGH)


def _is_near(found: Sequence[float], wanted: Sequence[float], tolerance: float) -> bool:
    pairs = zip(found, wanted, strict=False)
    return len(found) == len(wanted) and all(abs(a - b) <= tolerance * abs(b) + 1e-12 for a, b in pairs)


def _method(findings: Findings, id: str) -> str:
    finding = findings.get(id)
    return (finding.method or "") if finding is not None else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
