"""A replica without Ray around it: who may ask, when it is well, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tiny_adapters import TEXTS, make_adapter
from tunecard.errors import MachineError, RecipeError, TunecardError
from tunecard.inference import load
from tunecard.serve_ray.arguments import read_arguments
from tunecard.serving import state as server_state

pytest.importorskip("ray.serve", reason="the extra `ray` is not installed")

from tunecard.serve_ray import figures
from tunecard.serve_ray.replica import Replica

TOKEN = "t" * 24


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("replicas")
    make_adapter(home / "a", tiny_base("bert"), "text-classification", evidence={"task.is_pair": False})
    return {"folders": [str(home)], "base": str(tiny_base("bert"))}


def with_replica(args: dict[str, Any], work: Callable[[Replica, Any], Awaitable[None]]) -> Replica:
    """`work` with a replica as Ray would start it, and its application."""

    async def run() -> Replica:
        replica = Replica(read_arguments(args))
        await work(replica, replica.__serve_build_asgi_app__())
        replica.__del__()
        return replica

    return asyncio.run(run())


def client(app: Any, peer: str = "127.0.0.1", name: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(peer, 40_000)), base_url=f"http://{name}")


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, float]]:
    """What the replica tells Ray, kept here."""
    told: list[dict[str, float]] = []

    def tell(self: Any, families: Any) -> None:
        told.append({sample.name: sample.value for family in families for sample in family.samples})

    monkeypatch.setattr(figures.Figures, "tell", tell)
    return told


def test_it_is_the_servers_application(told: dict[str, Any], silent: list[dict[str, float]]) -> None:
    expected = load(Path(told["folders"][0]) / "a", told["base"]).predict(TEXTS[:2])

    async def work(replica: Replica, app: Any) -> None:
        async with client(app) as here:
            assert (await here.get("/readyz")).json() == {"ready": True}
            found = (await here.post("/predict", json={"inputs": TEXTS[:2]})).json()
            assert [one[0]["label"] for one in found] == [own["label"] for own in expected]
            refused = await here.post("/predict", json={"inputs": "x", "adapter": "b"})
            assert refused.status_code == 404 and refused.json()["error"]["type"] == "adapter"
        await replica.check_health()

    replica = with_replica(told, work)
    assert silent and "tunecard_rows_total" in silent[0]
    assert replica._held.state.is_draining and not replica._held.state.worker._thread.is_alive()


def test_without_a_token_another_machine_is_refused(told: dict[str, Any], silent: Any) -> None:
    async def work(replica: Replica, app: Any) -> None:
        async with client(app, peer="10.0.0.7") as there:
            refused = await there.get("/livez")
            assert refused.status_code == 403 and refused.json()["error"]["type"] == "peer"
        async with client(app, name="attacker.example") as page:
            assert (await page.get("/adapters")).status_code == 403

    with_replica(told, work)


def test_with_a_token_whoever_shows_it_is_answered(told: dict[str, Any], tmp_path: Path, silent: Any) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")

    async def work(replica: Replica, app: Any) -> None:
        async with client(app, peer="10.0.0.7", name="cluster.example") as there:
            assert (await there.get("/adapters")).status_code == 401
            shown = {"Authorization": f"Bearer {TOKEN}"}
            assert (await there.get("/adapters", headers=shown)).status_code == 200
            assert (await there.get("/readyz")).status_code == 200

    with_replica(told | {"token_file": str(file)}, work)
    file.write_text("short")
    with pytest.raises(RecipeError, match="16 printable"):
        Replica(read_arguments(told | {"token_file": str(file)}))


def test_health_tells_busy_from_broken(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, silent: Any) -> None:
    monkeypatch.setattr(server_state, "CANARY_SECONDS", 0.2)
    may = threading.Event()

    async def work(replica: Replica, app: Any) -> None:
        library = replica._held.state.worker.library
        predict = type(library).predict
        monkeypatch.setattr(type(library), "predict", lambda self, rows: [{"error": "broken"} for _ in rows])
        with pytest.raises(MachineError, match="does not answer"):
            await replica.check_health()
        monkeypatch.setattr(type(library), "predict", lambda self, rows: may.wait(5) and predict(self, rows))
        with pytest.raises(MachineError):  # nothing moves
            await replica.check_health()
        monkeypatch.setattr(replica._held, "rows_computed", lambda: 9.0)
        await replica.check_health()  # behind others, whose rows go on
        may.set()

    with_replica(told, work)


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TunecardError):
            Replica(read_arguments({"folders": [str(folder)]}))
