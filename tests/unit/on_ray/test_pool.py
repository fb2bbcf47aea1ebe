"""Workers and threads: no processor twice, a GPU for each worker where there are any."""

from __future__ import annotations

import pytest

from tunecard.on_ray.pool import Pool, pool_for


@pytest.mark.parametrize(
    ("machines", "shards", "device", "wanted"),
    [
        ([{"CPU": 2}], 100, "auto", Pool(2, 1, 0)),
        ([{"CPU": 1}], 100, "auto", Pool(1, 1, 0)),
        ([{"CPU": 8}], 100, "auto", Pool(2, 4, 0)),
        ([{"CPU": 64}, {"CPU": 16}, {}], 100, "cpu", Pool(20, 4, 0)),
        ([{"CPU": 64}, {"CPU": 4}], 100, "cpu", Pool(34, 2, 0)),
        ([{"CPU": 64}], 3, "cpu", Pool(3, 4, 0)),
        ([{"CPU": 16, "GPU": 2}, {"CPU": 16, "GPU": 4}], 100, "auto", Pool(6, 1, 1)),
        ([{"CPU": 16, "GPU": 2}], 100, "cpu", Pool(4, 4, 0)),
    ],
)
def test_workers_fill_the_machines_and_no_more(
    machines: list[dict[str, float]], shards: int, device: str, wanted: Pool
) -> None:
    assert pool_for(machines, shards, device) == wanted
