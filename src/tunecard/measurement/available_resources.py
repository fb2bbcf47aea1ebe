"""What the process may use, which in a container is less than what the machine has: threads and memory.

`os.cpu_count()` and the total of the memory are the host's figures; affinity masks and control groups (both versions)
cut them down. Every reader takes the root of the file system, so that a test can hand it a small tree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def available_threads(root: Path = ROOT) -> float:
    """Hardware threads this process may use: the affinity mask, cut by a control group's quota; may be a fraction."""
    quotas = list(_processor_quotas(root))
    return min([float(_allowed_threads()), *quotas])


def available_memory_bytes(root: Path = ROOT) -> int:
    """Bytes of memory this process may use: the machine's total, cut by the limits of its control groups."""
    import psutil

    total = int(psutil.virtual_memory().total)
    return min([total, *_memory_limits(root)])


def _allowed_threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor_quotas(root: Path) -> Iterator[float]:
    for folder in _group_folders(root, ""):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit() and int(period) > 0:
            yield int(quota) / int(period)
    for folder in _group_folders(root, "cpu"):
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(period) > 0:  # "-1" means no quota
            yield int(quota) / int(period)


def _memory_limits(root: Path) -> Iterator[int]:
    names = [(folder, "memory.max") for folder in _group_folders(root, "")]
    names += [(folder, "memory.limit_in_bytes") for folder in _group_folders(root, "memory")]
    for folder, name in names:
        limit = _read(folder / name)
        if limit.isdigit() and int(limit) > 0:  # "max" means no limit; version 1 writes a number beyond any machine
            yield int(limit)


def _group_folders(root: Path, controller: str) -> list[Path]:
    """Folders of this process's group for a controller ("" is version 2), from its own up to the top."""
    mounts = {"": ["sys/fs/cgroup", "sys/fs/cgroup/unified"]}.get(
        controller, [f"sys/fs/cgroup/{controller}", "sys/fs/cgroup/cpu,cpuacct"]
    )
    parts = _group_path(root, controller).strip("/").split("/")
    # A container may see only part of the path, so every folder on the way up is tried.
    steps = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
    return [folder for mount in mounts for step in steps if (folder := root / mount / step).is_dir()]


def _group_path(root: Path, controller: str) -> str:
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path
    return "/"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # absent or forbidden: this source then sets no limit
        return ""
