"""A small run folder that verify finds consistent, and a Hub on loopback to push it to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_stand_in import TOKEN, HubStandIn
from rendered_once import rendering_once
from tiny_folders import text_folder
from tunecard import push
from tunecard.evidence import RunFolder
from tunecard.publishing import Published


@pytest.fixture(autouse=True, scope="module")
def _cards_rendered_once() -> Iterator[None]:
    """Every push renders again what it is about to send."""
    with rendering_once():
        yield


def build(path: Path) -> RunFolder:
    """A finished folder with every kind of file that a run leaves, and a path of the author's in a checkpoint."""
    folder: RunFolder = text_folder(path).folder
    state = next(folder.checkpoints.rglob("state.json"))
    state.write_text('{"path": "/home/ada/secret"}')
    return folder


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(tmp_path_factory.mktemp("publishing") / "run")


@pytest.fixture
def folder(original: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(shutil.copytree(original.path, tmp_path / "run"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """The stand-in is the only host that can be asked; waiting between retries costs no time."""
    from huggingface_hub import constants

    stand_in = HubStandIn()
    monkeypatch.setattr(constants, "ENDPOINT", stand_in.endpoint)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", stand_in.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    yield stand_in
    stand_in.close()


@pytest.fixture
def send(hub: HubStandIn, folder: RunFolder) -> Callable[..., Published]:
    """`send("ada/tiny")` pushes the folder to the stand-in."""
    from huggingface_hub import HfApi

    def pushed(repo: str = "ada/tiny", token: str | bool = TOKEN, **rest: object) -> Published:
        return push(folder.path, repo, api=HfApi(hub.endpoint, token), **rest)  # type: ignore[arg-type]

    return pushed
