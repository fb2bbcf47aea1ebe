"""Grams of CO2: only for a grid that somebody declared; else what the same energy would cost on four example grids.

Everything follows from recorded energies, so that a region declared after the run still gives grams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tunecard.evidence import Finding, Findings, derived, not_measured
from tunecard.measurement.energy import ends_of, named, stage_of, total_finding
from tunecard.measurement.grids import EXAMPLE_GRIDS, KEY, Grid, find_grid, grid_source, load_grids

TOTALS = ("energy.total_kwh",)


def recorded_energies(findings: Iterable[Finding]) -> list[Finding]:
    """The `energy.{stage}_kwh` findings among others, without their sum."""
    ids = ("energy.", "_kwh")
    return [f for f in findings if f.id.startswith(ids[0]) and f.id.endswith(ids[1]) and f.id not in TOTALS]


def carbon_findings(energies: Sequence[Finding], region: str | None) -> list[Finding]:
    """`co2.grams` and `co2.{stage}_grams` for a declared region, else `co2.grams` not measured and `co2.table`.

    Args:
        energies: `energy.{stage}_kwh` of every stage, as recorded.
        region: the declared `card.region`, or None: then the table tells the sum on example grids.
    Raises: RecipeError: the region is not known.
    """
    grids = load_grids()
    if not grids:
        reason = "no table of grid intensities: install codecarbon (tunecard[train]) and run again"
        return [not_measured("co2.grams", reason=reason)]
    grid = find_grid(region, grids) if region else None
    total = total_finding(energies)
    if total.status == "not measured":
        return [not_measured("co2.grams", reason=total.reason or "")]
    if grid is None:
        reason = f"region not declared: set `{KEY}` in the recipe to the country where the machine stands"
        return [not_measured("co2.grams", reason=reason), _table_finding(energies, total, grids)]
    stages = [_stage_finding(energy, grid) for energy in energies]
    method = f"{_energy_words(energies, total)} x {grid.sentence}; {grid_source()}; offsets not subtracted"
    return [derived("co2.grams", None, interval=_grams(total, grid), method=method), *stages]


def renewed_carbon(findings: Findings, before: str | None, region: str | None) -> Findings:
    """The findings with `co2.*` as the declared region has it.

    Grams that are on record for this region stay: whoever renders a card again need not have the table of grids.

    Args:
        before, region: what was declared until now, and what is.
    Raises: RecipeError: the region is not known.
    """
    energies = recorded_energies(findings)
    if "energy.total_kwh" not in findings and energies:
        findings = Findings([*findings, total_finding(energies)])
    grams = findings.get("co2.grams")
    is_known = grams is not None and grams.status == "derived"
    if region == before and (is_known or region is None):
        return findings
    others = [finding for finding in findings if not finding.id.startswith("co2.")]
    return Findings([*others, *carbon_findings(energies, region)])


def _stage_finding(energy: Finding, grid: Grid) -> Finding:
    stage = stage_of(energy)
    return derived(
        f"co2.{stage}_grams",
        None,
        interval=_grams(energy, grid),
        method=f"{energy.id} (PUE 1.0 to 1.6 included) x {grid.sentence}; {grid_source()}",
    )


def _table_finding(energies: Sequence[Finding], total: Finding, grids: dict[str, Grid]) -> Finding:
    shown = [grids[code] for code in EXAMPLE_GRIDS if code in grids]
    return derived(
        "co2.table",
        {grid.code: list(_grams(total, grid)) for grid in shown},
        method=f"{_energy_words(energies, total)} x {', '.join(grid.sentence for grid in shown)}; {grid_source()}; "
        "examples, not where the run took place",
    )


def _grams(energy: Finding, grid: Grid) -> tuple[float, float]:
    low, high = _known_ends(energy)
    return low * grid.grams_per_kwh, high * grid.grams_per_kwh


def _energy_words(energies: Sequence[Finding], total: Finding) -> str:
    low, high = _known_ends(total)
    stages = " and ".join(named(stage_of(energy)) for energy in energies)
    return f"{low:.2g} to {high:.2g} kWh of {stages} (PUE 1.0 to 1.6 included)"


def _known_ends(energy: Finding) -> tuple[float, float]:
    ends = ends_of(energy)
    if ends is None:
        raise ValueError(f"{energy.id} is not known: ask the sum first")
    return ends
