"""Grams of CO2: only for a grid that somebody declared; else what the same energy would cost on four example grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.evidence import Finding, derived, not_measured
from tunecard.measurement.energy import SECTION, StageEnergy
from tunecard.measurement.grids import EXAMPLE_GRIDS, KEY, Grid, find_grid, grid_source, load_grids

ABOUT: dict[str, Any] = {"section": SECTION, "name": "Carbon emitted", "unit": "g CO2eq"}


def carbon_findings(energies: Sequence[StageEnergy | Finding], region: str | None) -> list[Finding]:
    """`co2.grams` for a declared region, else `co2.grams` not measured and `co2.table` over example grids.

    Raises: RecipeError: the region is not known.
    """
    grids = load_grids()
    if not grids:
        reason = "no table of grid intensities: install codecarbon (tunecard[train]) and run again"
        return [not_measured("co2.grams", reason=reason, **ABOUT)]
    grid = find_grid(region, grids) if region else None
    missing = [energy.id for energy in energies if isinstance(energy, Finding)]
    if missing or not energies:
        reason = f"the energy is not known: see {', '.join(missing)}" if missing else "no stage was metered"
        return [not_measured("co2.grams", reason=reason, **ABOUT)]
    known = [energy for energy in energies if isinstance(energy, StageEnergy)]
    if grid is None:
        reason = f"region not declared: set `{KEY}` in the recipe to the country where the machine stands"
        return [not_measured("co2.grams", reason=reason, **ABOUT), _table_finding(known, grids)]
    method = f"{_energy_words(known)} x {grid.sentence}; {grid_source()}; offsets not subtracted"
    return [derived("co2.grams", None, interval=_grams(known, grid), method=method, **ABOUT)]


def _table_finding(energies: Sequence[StageEnergy], grids: dict[str, Grid]) -> Finding:
    shown = [grids[code] for code in EXAMPLE_GRIDS if code in grids]
    return derived(
        "co2.table",
        {grid.code: list(_grams(energies, grid)) for grid in shown},
        section=SECTION,
        name="Carbon if the same energy were drawn from these grids",
        unit="g CO2eq",
        method=f"{_energy_words(energies)} x {', '.join(grid.sentence for grid in shown)}; {grid_source()}; examples, "
        "not where the run took place",
    )


def _grams(energies: Sequence[StageEnergy], grid: Grid) -> tuple[float, float]:
    low = sum(energy.low_kwh for energy in energies) * grid.grams_per_kwh
    return low, sum(energy.high_kwh for energy in energies) * grid.grams_per_kwh


def _energy_words(energies: Sequence[StageEnergy]) -> str:
    low, high = sum(energy.low_kwh for energy in energies), sum(energy.high_kwh for energy in energies)
    stages = " and ".join(energy.stage for energy in energies)
    return f"{low:.2g} to {high:.2g} kWh of {stages} (PUE 1.0 to 1.6 included)"
