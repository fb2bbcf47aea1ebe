"""`tunecard predict --ray` with a real Ray: the bytes of `tunecard predict`, whatever is killed meanwhile."""

from __future__ import annotations

import csv
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tiny_adapters import make_adapter
from tunecard.counted import Uncounted, watched_by
from tunecard.inference import Predictor, load, predict_stream

pytest.importorskip("ray", reason="the extra ray is not installed")
import ray

from tunecard.bulk.predicting import predict_by_ray
from tunecard.bulk.shards import whole_shards
from tunecard.bulk.wish import Wish
from tunecard.on_ray.session import ray_session

WORDS = ["Marta", "Ruiz", "joined", "Siemens", "in", "Madrid", "and", "the", "river", "Danube", "is", "long"]
WORKER = "ray::MapWorker"


@dataclass(frozen=True)
class Adapter:
    folder: Path
    base: Path
    predictor: Predictor


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """One Ray for all tests, with one processor: one worker at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunecard.on_ray.session.available_threads", lambda: 1.0)
        with ray_session(None):
            yield ray.get_runtime_context().gcs_address


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> dict[str, Adapter]:
    base = tiny_base("bert")
    found = {}
    for name, evidence in (("text-classification", {"task.is_pair": False}), ("token-classification", {})):
        run = make_adapter(tmp_path_factory.mktemp("run"), base, name, evidence=evidence)
        found[name] = Adapter(run.path, base, load(run.path, base))
    return found


def write_rows(path: Path, rows: int, seed: int = 0) -> Path:
    """Rows with ids, a number, and an empty text among a thousand."""
    draw = random.Random(seed)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "n"])
        for row in range(rows):
            text = "" if row % 1000 == 7 else " ".join(draw.choices(WORDS, k=draw.randint(1, 4)))
            writer.writerow([f"r{row}", text, row])
    return path


def workers() -> list[psutil.Process]:
    """Processes of this machine that predict for a Ray that this process started."""
    every = psutil.process_iter(["cmdline"])
    return [process for process in every if (process.info["cmdline"] or [""])[0].startswith(WORKER)]


class KillsAWorker:
    """A watcher that kills the worker when the first shard is done."""

    def __init__(self) -> None:
        self.killed: list[int] = []

    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Any:
        return nullcontext(self if title == "Predicting" and unit == "rows" else Uncounted())

    def advance(self, n: int = 1) -> None:
        for worker in [] if self.killed else workers():
            os.kill(worker.pid, signal.SIGKILL)
            self.killed.append(worker.pid)

    def tell(self, text: str) -> None: ...


def test_texts_in_parts_and_a_killed_worker(address: str, adapters: dict[str, Adapter], tmp_path: Path) -> None:
    adapter, folder = adapters["text-classification"], tmp_path / "in"
    folder.mkdir()
    for number, rows in enumerate([0, 1, 6_001, 1]):
        write_rows(folder / f"part-{number}.csv", rows, number)
    wish = Wish(adapter.folder, folder, tmp_path / "all.parquet", base=str(adapter.base))
    with watched_by(watcher := KillsAWorker()):
        report = predict_by_ray(wish)
    assert len(watcher.killed) == 1
    assert (report.rows, report.computed, report.errors) == (6_003, 6_003, 6)
    import pyarrow.parquet as pq

    found = pq.read_table(wish.out)
    assert found["row"].to_pylist() == list(range(6_003))
    predict_stream(adapter.predictor, folder / "part-2.csv", tmp_path / "alone.parquet")
    alone = pq.read_table(tmp_path / "alone.parquet")
    assert found.slice(1, 6_001).drop(["row"]).equals(alone.drop(["row"]))


def test_entities_and_a_killed_command(address: str, adapters: dict[str, Adapter], tmp_path: Path) -> None:
    adapter, source, out = (
        adapters["token-classification"],
        write_rows(tmp_path / "in.csv", 6_500),
        tmp_path / "out.csv",
    )
    command = [sys.executable, "-m", "tunecard", "predict", str(adapter.folder), str(source), "--out", str(out)]
    command += ["--base", str(adapter.base), "--ray", address]
    began = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    shards = tmp_path / "out.csv_shards"
    await_until(lambda: any(shards.glob("0*.csv")), began)
    began.send_signal(signal.SIGKILL)
    began.wait()
    await_until(lambda: not workers())
    before = whole_shards(shards)
    written = {shard.number: shard.path.stat().st_ino for shard in before.values()}
    assert 0 < len(before) < 4 and not out.exists()
    report = predict_by_ray(Wish(adapter.folder, source, out, base=str(adapter.base)))
    assert report.computed == 6_500 - sum(shard.rows for shard in before.values())
    assert written and report.errors == 7
    predict_stream(adapter.predictor, source, tmp_path / "alone.csv")
    assert out.read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert not shards.exists()
    assert predict_by_ray(Wish(adapter.folder, source, out, base=str(adapter.base))).computed == 0


def await_until(holds: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    ends = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < ends
        assert process is None or process.poll() is None, process.communicate()[1]
        time.sleep(0.05)


def test_nothing_to_predict_needs_no_worker(adapters: dict[str, Adapter], tmp_path: Path) -> None:
    adapter = adapters["text-classification"]
    wish = Wish(adapter.folder, write_rows(tmp_path / "in.csv", 0), tmp_path / "out.csv", base=str(adapter.base))
    assert predict_by_ray(wish).rows == 0
    predict_stream(adapter.predictor, wish.source, tmp_path / "alone.csv")
    assert wish.out.read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_an_address_where_nobody_answers_is_one_message() -> None:
    """In processes of their own: this one has a Ray."""
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{bound.getsockname()[1]}"
        script = f"""
from tunecard.on_ray.session import ray_session
from tunecard.errors import MachineError
for address in ({nobody!r}, "ray://{nobody}", "nonsense"):
    try:
        with ray_session(address):
            raise SystemExit("answered")
    except MachineError as error:
        print(error)
"""
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    first, second, third = said.splitlines()
    assert first.startswith(f"no Ray answers at {nobody} (") and second.startswith(
        f"no Ray answers at ray://{nobody} ("
    )
    assert "`ray start --head`" in first
    assert third == "--ray must be HOST:PORT, auto, or nothing for this machine alone. Got 'nonsense'."
