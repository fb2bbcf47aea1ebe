"""What a container leaves of the machine, on small trees of both control group versions."""

import os
from pathlib import Path

import psutil
import pytest

from tunecard.measurement.available_resources import available_memory_bytes, available_threads

TOTAL = psutil.virtual_memory().total
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_without_groups_the_machine_is_the_limit(tmp_path: Path) -> None:
    assert available_memory_bytes(tmp_path) == TOTAL
    assert available_threads(tmp_path) == THREADS


def test_version_2_takes_the_tightest_limit_on_the_way_up(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "proc/self/cgroup": "0::/team/job\n",
            "sys/fs/cgroup/team/job/cpu.max": "max 100000\n",
            "sys/fs/cgroup/team/cpu.max": "50000 100000\n",
            "sys/fs/cgroup/team/job/memory.max": "max\n",
            "sys/fs/cgroup/team/memory.max": "1048576\n",
        },
    )
    assert available_threads(tmp_path) == 0.5
    assert available_memory_bytes(tmp_path) == 1048576


def test_version_2_in_a_container_that_sees_only_its_own_root(tmp_path: Path) -> None:
    groups = {"proc/self/cgroup": "0::/docker/abc\n", "sys/fs/cgroup/memory.max": "2000000\n"}
    assert available_memory_bytes(plant(tmp_path, groups)) == 2000000


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_version_1(tmp_path: Path, mount: str) -> None:
    plant(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/box\n1:cpu,cpuacct:/box\n",
            f"sys/fs/cgroup/{mount}/box/cpu.cfs_quota_us": "25000\n",
            f"sys/fs/cgroup/{mount}/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "3000000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert available_threads(tmp_path) == 0.25
    assert available_memory_bytes(tmp_path) == 3000000


def test_no_quota_and_no_limit_cut_nothing(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n1:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert available_threads(tmp_path) == THREADS
    assert available_memory_bytes(tmp_path) == TOTAL
