"""Tables that the codecarbon package carries, read as files: no tracker starts, nothing is written, nothing is fetched.

codecarbon is found, not imported: importing it would load its tracker.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DESIGN_POWERS = "hardware/cpu_power.csv"
COUNTRIES = "private_infra/global_energy_mix.json"
CLOUD_REGIONS = "cloud/impact.csv"
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def codecarbon_release() -> str | None:
    """ "codecarbon 3.3.2", or None when it is not installed."""
    try:
        return f"codecarbon {version('codecarbon')}"
    except PackageNotFoundError:
        return None


@cache
def read_design_powers() -> tuple[tuple[str, float], ...]:
    """(processor name, design power in watts); empty without codecarbon. A few rows of the table hold no number."""
    rows = ((row["Name"], row["TDP"]) for row in _read_rows(DESIGN_POWERS))
    return tuple((name, float(watts)) for name, watts in rows if NUMBER.fullmatch(watts))


@cache
def read_countries() -> dict[str, dict[str, Any]]:
    """ISO 3166 alpha-3 code to a record with `country_name`, `carbon_intensity` (g CO2eq/kWh) and `year`."""
    path = _table(COUNTRIES)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path else {}


@cache
def read_cloud_regions() -> dict[str, str]:
    """Cloud region, e.g. "europe-west9", to the ISO 3166 alpha-3 code of its country."""
    return {row["region"]: row["countryIsoCode"] for row in _read_rows(CLOUD_REGIONS)}


def _read_rows(name: str) -> list[dict[str, str]]:
    path = _table(name)
    if path is None:
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _table(name: str) -> Path | None:
    found = importlib.util.find_spec("codecarbon")
    folders = found.submodule_search_locations if found else None
    paths = [Path(folder) / "data" / name for folder in folders or []]
    return next((path for path in paths if path.is_file()), None)
