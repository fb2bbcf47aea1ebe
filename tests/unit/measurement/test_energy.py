"""Energy and carbon, worked by hand.

The machine: 4 threads, 2 W a busy thread at least, 8 W an available thread at most. Training takes 3600 s
of wall time and 9000 s of processor time: low 9000 s x 2 W = 18 kJ = 0.005 kWh; high 4 x 3600 s x 8 W x 1.6 =
184.32 kJ = 0.0512 kWh. Evaluation takes 360 s and 720 s: low 0.0004 kWh, high 0.00512 kWh.
"""

import json
import socket
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.errors import RecipeError
from tunecard.evidence import Finding
from tunecard.measurement import (
    Counter,
    EnergyReading,
    MeteredStage,
    Meters,
    PowerModel,
    StageUsage,
    bundled,
    carbon,
    carbon_findings,
    energy_findings,
    find_grid,
    place_findings,
    recorded_energies,
)

POWER = PowerModel(4, 2.0, 8.0, "2 to 8 W")
TRAINING = StageUsage("training", 3600.0, 9000.0, 10)
EVALUATION = StageUsage("evaluation", 360.0, 720.0, 10)
NO_METER = Meters((), {"processor": "no RAPL"})
TRAINING_KWH = (0.005, 0.0512)
EVALUATION_KWH = (0.0004, 0.00512)


def codecarbon_countries() -> dict[str, dict]:
    """codecarbon's own table, read beside the code under test."""
    spec = find_spec("codecarbon")
    assert spec and spec.origin
    return json.loads((Path(spec.origin).parent / "data/private_infra/global_energy_mix.json").read_text())


def findings_of(region: str | None = None, stages=(TRAINING, EVALUATION), **rest) -> dict[str, Finding]:
    findings = energy_findings(stages, region, power=rest.pop("power", POWER), meters=NO_METER, **rest)
    return {finding.id: finding for finding in findings}


def test_range_without_a_meter_by_hand() -> None:
    found = findings_of()
    training, evaluation = found["energy.training_kwh"], found["energy.evaluation_kwh"]
    assert training.interval == pytest.approx(TRAINING_KWH)
    assert evaluation.interval == pytest.approx(EVALUATION_KWH)
    assert (training.status, training.value, training.unit, training.level) == ("derived", None, "kWh", None)
    for words in ("9000 s of processor time", "4 threads for 3600 s", "2 to 8 W", "PUE 1.0 to 1.6", "not added"):
        assert words in (training.method or "")


def test_meter_that_is_missing_says_why() -> None:
    finding = findings_of()["energy.meter"]
    assert (finding.status, finding.reason) == ("not measured", "no power meter is readable: no RAPL")


def test_meter_that_is_there_is_named() -> None:
    meters = Meters((Counter("RAPL package-0", "processor", lambda: 1.0),), {})
    finding = energy_findings([TRAINING], None, power=POWER, meters=meters)[0]
    assert (finding.id, finding.status, finding.value) == ("energy.meter", "measured", "RAPL package-0")


def test_metered_energy_is_measured_and_carbon_adds_the_overhead() -> None:
    found = findings_of("FRA", stages=(TRAINING,), readings={"training": EnergyReading(processor_kwh=0.02)})
    training = found["energy.training_kwh"]
    assert (training.status, training.value, training.interval) == ("measured", 0.02, None)
    factor = codecarbon_countries()["FRA"]["carbon_intensity"]
    assert found["co2.grams"].interval == pytest.approx((0.02 * factor, 0.02 * 1.6 * factor))


def test_a_counter_that_did_not_move_gives_no_zero() -> None:
    found = findings_of(stages=(TRAINING,), readings={"training": EnergyReading(processor_kwh=0.0)})
    assert found["energy.training_kwh"].interval == pytest.approx(TRAINING_KWH)


def test_metered_card_beside_an_assumed_processor_is_a_range() -> None:
    power = PowerModel(4, 2.0, 8.0, "2 to 8 W", (70.0, 700.0))
    reading = {"training": EnergyReading(accelerator_kwh=0.3)}
    finding = findings_of(stages=(TRAINING,), power=power, readings=reading)["energy.training_kwh"]
    assert finding.status == "derived"
    assert finding.interval == pytest.approx((0.005 + 0.3, (0.032 + 0.3) * 1.6))
    assert (finding.method or "").endswith("metered: accelerator")


def test_assumed_card_adds_its_range() -> None:
    power = PowerModel(4, 2.0, 8.0, "2 to 8 W", (70.0, 700.0))
    finding = findings_of(stages=(TRAINING,), power=power)["energy.training_kwh"]
    assert finding.interval == pytest.approx((0.005 + 0.07, (0.032 + 0.7) * 1.6))


def test_card_and_processor_metered_are_measured() -> None:
    power = PowerModel(4, 2.0, 8.0, "2 to 8 W", (70.0, 700.0))
    reading = {"training": EnergyReading(processor_kwh=0.1, accelerator_kwh=0.3)}
    finding = findings_of(stages=(TRAINING,), power=power, readings=reading)["energy.training_kwh"]
    assert (finding.status, finding.value) == ("measured", pytest.approx(0.4))


def test_card_of_unknown_power_leaves_no_figure() -> None:
    power = PowerModel(4, 2.0, 8.0, "2 to 8 W", None, "the power limit cannot be read")
    found = findings_of("FRA", stages=(TRAINING,), power=power)
    assert found["energy.training_kwh"].reason == (
        "the power limit cannot be read, and the processor alone would mislead"
    )
    assert found["co2.grams"].reason == "the energy is not known: see energy.training_kwh"


def test_stage_without_time_is_not_measured() -> None:
    found = findings_of(stages=(StageUsage("training", 0.0, 0.0, 1),))
    assert found["energy.training_kwh"].reason == "the stage training took no measurable time"
    assert found["environment.cpu_utilisation"].status == "not measured"


def test_idle_stage_still_costs() -> None:
    found = findings_of(stages=(StageUsage("training", 3600.0, 0.0, 1),))
    assert found["energy.training_kwh"].interval == pytest.approx((0.1 * 2 / 1000, 0.0512))


@given(
    seconds=st.floats(1e-3, 1e6),
    share=st.floats(0, 40),
    threads=st.floats(0.1, 512),
    low=st.floats(0.1, 20),
    factor=st.floats(1, 5),
)
def test_a_range_is_never_zero_and_never_a_point(
    seconds: float, share: float, threads: float, low: float, factor: float
) -> None:
    stage = StageUsage("training", seconds, seconds * share, 1)
    found = findings_of("POL", stages=(stage,), power=PowerModel(threads, low, low * factor, "x"))
    for id in ("energy.training_kwh", "co2.grams"):
        interval = found[id].interval
        assert interval is not None and 0 < interval[0] < interval[1]


def test_utilisation_by_hand() -> None:
    assert findings_of()["environment.cpu_utilisation"].value == pytest.approx(9720 / (3960 * 4))


@pytest.mark.parametrize("region", ["FRA", "fra", "FR", "France", " france ", "europe-west9"])
def test_grams_for_a_declared_region(region: str) -> None:
    country = codecarbon_countries()["FRA"]
    finding = findings_of(region)["co2.grams"]
    low = (TRAINING_KWH[0] + EVALUATION_KWH[0]) * country["carbon_intensity"]
    high = (TRAINING_KWH[1] + EVALUATION_KWH[1]) * country["carbon_intensity"]
    assert finding.interval == pytest.approx((low, high))
    assert (finding.status, finding.unit, finding.value) == ("derived", "g CO2eq", None)
    for words in ("France 56 g CO2eq/kWh (2023)", "Our World in Data (Ember)", "codecarbon 3", "of training and eval"):
        assert words in (finding.method or "")
    assert "co2.table" not in findings_of(region)


def test_undeclared_region_gives_a_table_instead_of_grams() -> None:
    found = findings_of(None)
    assert found["co2.grams"].status == "not measured"
    assert (found["co2.grams"].reason or "").startswith("region not declared: set `card.region`")
    table = found["co2.table"].value
    assert set(table) == {"FRA", "DEU", "USA", "POL"}
    for code, (low, high) in table.items():
        factor = codecarbon_countries()[code]["carbon_intensity"]
        assert (low, high) == pytest.approx((0.0054 * factor, 0.05632 * factor))


@pytest.mark.parametrize(("region", "hint"), [("Germny", "Germany"), ("europe-west99", "europe-west9"), ("Qqq", "")])
def test_unknown_region_is_an_error_of_the_recipe(region: str, hint: str) -> None:
    with pytest.raises(RecipeError) as error:
        find_grid(region)
    message = str(error.value)
    assert message.startswith("card.region must be a country whose grid intensity is known")
    assert f"Got {region!r}." in message
    assert message.endswith(f" Did you mean '{hint}'?") if hint else "Did you mean" not in message


def test_without_codecarbon_grams_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carbon, "load_grids", dict)
    found = findings_of("Atlantis")
    assert found["co2.grams"].reason == (
        "no table of grid intensities: install codecarbon (tunecard[train]) and run again"
    )
    assert found["energy.training_kwh"].interval == pytest.approx(TRAINING_KWH)
    assert find_grid("Atlantis", {}) is None


def test_absent_package_gives_empty_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled.importlib.util, "find_spec", lambda name: None)
    for read in (bundled.read_countries, bundled.read_design_powers, bundled.read_cloud_regions):
        assert not read.__wrapped__()


def test_no_socket_is_opened_and_no_file_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for read in (bundled.read_countries, bundled.read_design_powers, bundled.read_cloud_regions):
        read.cache_clear()
    energy_findings([TRAINING], "Germany")
    assert list(tmp_path.iterdir()) == []


def test_place_is_declared_or_says_which_key_to_set() -> None:
    found = {
        finding.id: finding
        for finding in place_findings("FRA", None, run_seconds=5400.0, declared_as="declared in recipe.yaml")
    }
    hours, region, provider = (found[f"environment.{name}"] for name in ("hours", "region", "cloud_provider"))
    assert (hours.value, hours.unit, hours.status) == (1.5, "hours", "measured")
    assert (region.value, region.status, region.method) == ("FRA", "declared", "declared in recipe.yaml")
    assert provider.reason == "not declared: set `card.cloud_provider` in the recipe"


def test_all_stages_together_by_hand() -> None:
    failed = StageUsage("failed", 360.0, 720.0, 10)
    found = findings_of("FRA", stages=(TRAINING, EVALUATION, failed))
    assert found["energy.total_kwh"].interval == pytest.approx((0.005 + 2 * 0.0004, 0.0512 + 2 * 0.00512))
    assert found["energy.failed_kwh"].name == "Energy of stages cut short by an interruption or an error"
    factor = codecarbon_countries()["FRA"]["carbon_intensity"]
    apart = [found[f"co2.{stage}_grams"].interval for stage in ("training", "evaluation", "failed")]
    assert apart[2] == pytest.approx((0.0004 * factor, 0.00512 * factor))
    whole = found["co2.grams"].interval
    assert whole == pytest.approx(tuple(sum(ends) for ends in zip(*apart, strict=True)))  # type: ignore[misc,arg-type]
    assert found["environment.failed_hours"].value == pytest.approx(0.1)


def test_metered_stages_sum_to_a_metered_whole() -> None:
    readings = {"training": EnergyReading(processor_kwh=0.02), "evaluation": EnergyReading(processor_kwh=0.005)}
    total = findings_of(readings=readings)["energy.total_kwh"]
    assert (total.status, total.value, total.interval) == ("measured", pytest.approx(0.025), None)


def test_the_overhead_is_added_to_what_was_metered_before_it_joins_a_range() -> None:
    total = findings_of(readings={"training": EnergyReading(processor_kwh=0.02)})["energy.total_kwh"]
    assert total.interval == pytest.approx((0.02 + 0.0004, 0.02 * 1.6 + 0.00512))
    assert "PUE 1.0 to 1.6 added to what was metered" in (total.method or "")


def test_a_stage_of_unknown_energy_leaves_no_sum() -> None:
    total = findings_of(stages=(TRAINING, StageUsage("evaluation", 0.0, 0.0, 1)))["energy.total_kwh"]
    assert total.reason == "the energy is not known: see energy.evaluation_kwh"
    assert findings_of(stages=())["energy.total_kwh"].reason == "no stage was metered"


def test_grams_follow_from_recorded_energy_alone() -> None:
    found = findings_of("DEU")
    again = {finding.id: finding for finding in carbon_findings(recorded_energies(found.values()), "DEU")}
    assert again["co2.grams"] == found["co2.grams"]
    assert again["co2.training_grams"] == found["co2.training_grams"]


def test_a_stage_under_its_meters_tells_both() -> None:
    count = iter([0.0, 7.2e6])
    meters = Meters((Counter("RAPL package-0", "processor", lambda: next(count)),), {})
    with MeteredStage("training", meters) as stage:
        pass
    assert stage.reading == EnergyReading(processor_kwh=2.0)
    assert stage.usage.name == "training" and stage.usage.seconds > 0


def test_signs_of_life_come_when_a_stage_begins_and_while_it_runs() -> None:
    """Whoever is killed before the first beat has begun an attempt all the same."""
    told: list[StageUsage] = []
    with MeteredStage("training", NO_METER, lambda usage, _: told.append(usage), beat_seconds=0.01):
        assert len(told) >= 1
        patience = time.monotonic() + 60
        while len(told) < 3 and time.monotonic() < patience:
            time.sleep(0.01)
    assert len(told) >= 3 and told[0].seconds <= told[1].seconds <= told[2].seconds
