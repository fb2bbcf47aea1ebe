"""`serve run deploy/ray-serve.yaml`: two replicas answer as `predict` does, and one that is killed is missed by nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from tiny_adapters import TEXTS, make_adapter
from tunecard.inference import load

ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")

ROOT = Path(__file__).parents[2]
TEXT, ENTITIES = "text-classification", "token-classification"
ADAPTERS = {"news": (TEXT, 1), "sport": (TEXT, 2), "people": (ENTITIES, 3), "places": (ENTITIES, 4)}
WAIT = 240.0  # seconds, on a machine that others use, too


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> Path:
    home = tmp_path_factory.mktemp("replicated")
    for name, (task, seed) in ADAPTERS.items():
        make_adapter(home / name, tiny_base("bert"), task, seed=seed, evidence={"task.is_pair": False})
    return home


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Ray on two processors of this machine, and its address."""
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(ROOT / "src")}
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as temporary:  # sockets' paths must be short
        context = ray.init(
            num_cpus=2, object_store_memory=200 * 2**20, include_dashboard=False, log_to_driver=False,
            _temp_dir=temporary,
        )  # fmt: skip
        yield context.address_info["address"]
        ray.shutdown()


@pytest.fixture(scope="module")
def url(cluster: str, folders: Path, tiny_base: Callable[[str], Path], tmp_path_factory: Any) -> Iterator[str]:
    """Where the shipped file answers, with folders and a port of this test."""
    content = yaml.safe_load((ROOT / "deploy" / "ray-serve.yaml").read_text(encoding="utf-8"))
    port = content["http_options"]["port"] = free_port()
    content["applications"][0]["args"] = {"folders": [str(folders)], "base": str(tiny_base("bert"))}
    file = tmp_path_factory.mktemp("serve") / "serve.yaml"
    file.write_text(yaml.safe_dump(content))
    command = [str(Path(sys.executable).parent / "serve"), "run", "--address", cluster, str(file)]
    with (file.parent / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    until(lambda: len(replicas()) == 2 and asked(f"{address}/readyz") == 200)
    yield address
    running.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):  # it may be deaf inside a call of Ray; the cluster ends below in any case
        running.wait(60)
    running.kill()
    running.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def asked(address: str) -> int:
    try:
        return httpx.get(address, timeout=10).status_code
    except httpx.HTTPError:
        return 0


def until(holds: Callable[[], bool]) -> None:
    late = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < late
        time.sleep(0.3)


def replicas() -> list[int]:
    """Process ids of those that this test's Ray runs, once they have loaded their adapters."""
    titles = {one.pid: " ".join(one.cmdline()) for one in children()}
    return [pid for pid, title in titles.items() if title.startswith("ray::ServeReplica")]


def children() -> Iterator[psutil.Process]:
    for one in psutil.Process().children(recursive=True):
        try:
            one.cmdline()
        except psutil.Error:
            continue
        yield one


def asked_again(url: str, name: str) -> tuple[Any, int]:
    """An adapter's answers to TEXTS as a client gets them that asks again where it must, and how often it had to."""
    for times in range(200):
        try:
            answer = httpx.post(f"{url}/adapters/{name}/predict", json={"inputs": TEXTS}, timeout=60)
        except httpx.HTTPError:
            continue
        if answer.status_code == 200:
            return answer.json(), times
        assert answer.status_code in (429, 500, 503), answer.text
        time.sleep(0.2)
    raise AssertionError("never answered")


def is_right(found: Any, name: str, folder: Path, base: str) -> bool:
    """Whether answers over HTTP are those of `predict`."""
    expected = load(folder, base).predict(TEXTS)
    if ADAPTERS[name][0] == TEXT:
        scores = [{one["label"]: one["score"] for one in row} for row in found]
        return scores == [pytest.approx(own["probabilities"], abs=1e-5) for own in expected]
    spans = [[(one["entity_group"], one["start"], one["end"]) for one in row] for row in found]
    return spans == [[(one["label"], one["start"], one["end"]) for one in own["entities"]] for own in expected]


def test_replicas_answer_as_predict_does_and_one_that_dies_is_replaced(
    url: str, folders: Path, tiny_base: Callable[[str], Path]
) -> None:
    base = str(tiny_base("bert"))
    right = {}
    for name in ADAPTERS:
        right[name], _ = asked_again(url, name)
        assert is_right(right[name], name, folders / name, base), name
    assert any(row for row in right["people"]), "no entity in any text: nothing was compared"
    refused = httpx.post(f"{url}/predict", json={"inputs": "x", "adapter": "nwes"})
    assert refused.status_code == 404 and "Did you mean 'news'" in refused.json()["error"]["message"]
    assert httpx.get(f"{url}/livez", headers={"Host": "attacker.example"}).status_code == 403

    before = replicas()
    os.kill(before[0], signal.SIGKILL)
    for _ in range(3):
        for name in ADAPTERS:
            answers, _ = asked_again(url, name)
            assert answers == right[name], name
    until(lambda: len(replicas()) == 2 and before[0] not in replicas())
    until(lambda: asked(f"{url}/readyz") == 200)

    # Ray's own port tells the figures of both, for Prometheus.
    port = ray.nodes()[0]["MetricsExportPort"]
    figure = "ray_tunecard_adapters{"
    until(
        lambda: any(
            line.startswith(figure) and line.endswith(" 4.0")
            for line in httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
        )
    )
