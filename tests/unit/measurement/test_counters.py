"""RAPL on a small powercap tree, NVML on a stand-in: what is read, what is left out, and wrap-around."""

import sys
import time
import types
from pathlib import Path

import pytest
import torch

from tunecard.measurement import Counter, EnergyMeter, Meters, find_meters
from tunecard.measurement.energy_meter import gained_joules

SPAN_MICROJOULES = 262_143_000_000


def plant_domain(root: Path, folder: str, name: str, joules: float) -> Path:
    path = root / folder
    path.mkdir(parents=True)
    (path / "name").write_text(name + "\n")
    (path / "max_energy_range_uj").write_text(f"{SPAN_MICROJOULES}\n")
    count(path, joules)
    return path


def count(domain: Path, joules: float) -> None:
    (domain / "energy_uj").write_text(f"{round(joules * 1e6)}\n")


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    plant_domain(tmp_path, "intel-rapl:0", "package-0", 1000)
    plant_domain(tmp_path, "intel-rapl:0:0", "core", 300)
    plant_domain(tmp_path, "intel-rapl:0:1", "dram", 50)
    plant_domain(tmp_path, "intel-rapl:1", "package-1", 2000)
    plant_domain(tmp_path, "intel-rapl:2", "psys", 9000)
    plant_domain(tmp_path, "intel-rapl-mmio:0", "package-0", 1000)
    (tmp_path / "dtpm").mkdir()
    return tmp_path


def test_packages_and_their_memory_are_counted_once(powercap: Path) -> None:
    meters = find_meters(powercap=powercap)
    assert [counter.name for counter in meters.counters] == ["RAPL package-0", "RAPL dram", "RAPL package-1"]
    assert meters.has("processor") and not meters.has("accelerator") and meters.reasons == {}


def test_energy_of_a_stage_in_kwh(powercap: Path) -> None:
    with EnergyMeter(find_meters(powercap=powercap)) as meter:
        count(powercap / "intel-rapl:0", 1000 + 3600)
        count(powercap / "intel-rapl:0:1", 50 + 360)
        count(powercap / "intel-rapl:1", 2000 + 7200)
        count(powercap / "intel-rapl:2", 9000 + 99999)
    assert meter.reading.processor_kwh == pytest.approx((3600 + 360 + 7200) / 3.6e6)
    assert meter.reading.accelerator_kwh is None


def test_wrap_around_between_two_readings(powercap: Path) -> None:
    domain = powercap / "intel-rapl:0"
    span = SPAN_MICROJOULES / 1e6
    count(domain, span - 100)
    with EnergyMeter(find_meters(powercap=powercap)) as meter:
        count(domain, 60)
    assert meter.reading.processor_kwh == pytest.approx(160 / 3.6e6)


def test_several_wraps_are_caught_by_sampling(powercap: Path) -> None:
    domain = powercap / "intel-rapl:0"
    span = SPAN_MICROJOULES / 1e6
    count(domain, span - 10)
    with EnergyMeter(find_meters(powercap=powercap)) as meter:
        for joules in (span / 2, span - 5, 20):  # 10 + span/2, then span/2 - 5, then 5 + 20
            count(domain, joules)
            meter.sample()
    assert meter.reading.processor_kwh == pytest.approx((span + 30) / 3.6e6)


def test_the_sampling_thread_reads_by_itself(powercap: Path) -> None:
    domain = powercap / "intel-rapl:0"
    span = SPAN_MICROJOULES / 1e6
    with EnergyMeter(find_meters(powercap=powercap), sample_seconds=0.01) as meter:
        for joules in (span - 10, 1000):
            count(domain, joules)
            deadline = time.monotonic() + 5
            wanted = (span - 1010 if joules > 1000 else span) / 3.6e6
            while meter.reading.processor_kwh != pytest.approx(wanted) and time.monotonic() < deadline:
                time.sleep(0.005)
    assert meter.reading.processor_kwh == pytest.approx(span / 3.6e6)


def test_gained_joules() -> None:
    assert gained_joules(5.0, 8.0, 100.0) == 3.0
    assert gained_joules(95.0, 8.0, 100.0) == 13.0
    assert gained_joules(95.0, 8.0, None) == 0.0


def test_one_socket_shown_by_every_die_is_counted_once(tmp_path: Path) -> None:
    for die in range(4):
        plant_domain(tmp_path, f"intel-rapl:{die}", f"package-0-die-{die}", 5000 + die / 1000)
    assert len(find_meters(powercap=tmp_path).counters) == 1


def test_a_counter_that_may_not_be_read_is_a_reason(powercap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def refuse(path: Path, *args: object, **kwargs: object) -> str:
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_text", refuse)
    meters = find_meters(powercap=powercap)
    assert meters.counters == ()
    assert meters.reasons == {"processor": "RAPL counters are there but only the administrator may read them"}


def test_no_powercap_is_a_reason(tmp_path: Path) -> None:
    meters = find_meters(powercap=tmp_path / "absent")
    assert meters.counters == ()
    assert meters.reasons["processor"].startswith("the system offers no RAPL counter (Linux powercap)")
    with EnergyMeter(meters) as meter:
        pass
    assert meter.reading.processor_kwh is None


def test_a_counter_that_fails_midway_is_not_metered() -> None:
    answers = iter([1.0, OSError("gone"), 5.0])

    def read_joules() -> float:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    with EnergyMeter(Meters((Counter("RAPL package-0", "processor", read_joules, 10.0),), {})) as meter:
        meter.sample()
    assert meter.reading.processor_kwh is None


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Stands in for NVML with one card of UUID GPU-b; torch's cuda:1 is that card."""

    class NVMLError(Exception):
        pass

    def handle_of(uuid: str) -> str:
        if uuid != "GPU-b":
            raise NVMLError("not found")
        return "handle of b"

    fake = types.SimpleNamespace(
        __spec__=types.SimpleNamespace(),
        NVMLError=NVMLError,
        millijoules=5000,
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID=handle_of,
        nvmlDeviceGetName=lambda handle: "Card",
        nvmlDeviceGetEnforcedPowerLimit=lambda handle: 700_000,
    )
    fake.nvmlDeviceGetTotalEnergyConsumption = lambda handle: fake.millijoules
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda index: types.SimpleNamespace(uuid="ab"[index]), raising=True
    )
    return fake


def test_graphics_card_is_found_by_uuid_and_read_in_kwh(nvml: types.SimpleNamespace, tmp_path: Path) -> None:
    meters = find_meters("cuda:1", powercap=tmp_path / "absent")
    assert [counter.name for counter in meters.counters] == ["NVML Card"]
    with EnergyMeter(meters) as meter:
        nvml.millijoules += 7_200_000
    assert meter.reading.accelerator_kwh == pytest.approx(7200 / 3.6e6)
    assert meter.reading.processor_kwh is None


def test_graphics_card_without_an_answer_is_a_reason(nvml: types.SimpleNamespace, tmp_path: Path) -> None:
    meters = find_meters("cuda:0", powercap=tmp_path / "absent")
    assert meters.reasons["accelerator"] == "the graphics card's energy counter cannot be read (not found)"
