"""How many grams a kilowatt-hour costs, country by country, from the table that codecarbon carries.

The table is Our World in Data's (life-cycle intensity, from Ember), one year a country.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from tunecard.errors import RecipeError, nearest
from tunecard.measurement.bundled import codecarbon_release, read_cloud_regions, read_countries

EXAMPLE_GRIDS = ("FRA", "USA", "DEU", "POL")
KEY = "card.region"


@dataclass(frozen=True)
class Grid:
    """Carbon intensity of a country's electricity.

    Attributes:
        code: ISO 3166 alpha-3.
        country: English name.
        grams_per_kwh: grams of CO2 equivalent, over the life cycle.
        year: the year the figure is for.
    """

    code: str
    country: str
    grams_per_kwh: float
    year: int

    @property
    def sentence(self) -> str:
        """The figure with its year, for a method."""
        return f"{self.country} {self.grams_per_kwh:.0f} g CO2eq/kWh ({self.year})"


def load_grids() -> dict[str, Grid]:
    """Every country with a known intensity, by its code; empty without codecarbon."""
    return {
        code: Grid(code, record["country_name"], float(record["carbon_intensity"]), int(record["year"]))
        for code, record in read_countries().items()
        if record.get("carbon_intensity")  # one country has none, and 0 would be an invention
    }


def grid_source() -> str:
    """Where the factors come from, for a method."""
    return f"Our World in Data (Ember), life cycle, as carried by {codecarbon_release()}"


def find_grid(region: str, grids: dict[str, Grid] | None = None) -> Grid | None:
    """The grid of a declared region: an ISO 3166 code of two or three letters, an English name, or a cloud region.

    Returns: None when codecarbon's table is not installed, so that nothing can be looked up.
    Raises: RecipeError: the region is not known; names `card.region` and the nearest country.
    """
    known = load_grids() if grids is None else grids
    if not known:
        return None
    wanted = region.strip()
    code = _code_of(wanted, known)
    if code in known:
        return known[code]
    names = [grid.country for grid in known.values()] + list(read_cloud_regions())
    raise RecipeError(
        f"{KEY} must be a country whose grid intensity is known (ISO 3166 code or English name, such as FRA or France) "
        f"or a cloud region (such as europe-west9). Got {region!r}.{nearest(wanted, names)}"
    )


def _code_of(region: str, grids: dict[str, Grid]) -> str | None:
    if region.upper() in grids:
        return region.upper()
    by_name = {grid.country.casefold(): code for code, grid in grids.items()}
    if region.casefold() in by_name:
        return by_name[region.casefold()]
    return read_cloud_regions().get(region.lower()) or _iso_code(region)


def _iso_code(region: str) -> str | None:
    """Two-letter codes and official names, where pycountry (which codecarbon brings) is installed."""
    if importlib.util.find_spec("pycountry") is None:
        return None
    import pycountry

    try:
        return str(pycountry.countries.lookup(region).alpha_3)
    except LookupError:
        return None
