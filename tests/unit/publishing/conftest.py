"""A small run folder that verify finds consistent, and a Hub on loopback to push it to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_stand_in import TOKEN, HubStandIn
from PIL import Image

from tunecard import card, push
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder, declared, measured
from tunecard.evidence.files import sha256_of
from tunecard.publishing import Published

LABELS = ["good", "bad"]
HEADER = json.dumps({"__metadata__": {"format": "pt"}}).encode()


def rows(seed: int) -> Predictions:
    chance = np.random.default_rng(seed)
    labels = [LABELS[i % 2] for i in range(20)]
    guesses = [LABELS[int(chance.integers(2))] for _ in labels]
    likely = [[0.9 if name == guess else 0.1 for name in LABELS] for guess in guesses]
    return Predictions(list(range(20)), labels, guesses, likely, {"length": ["1-8 words", "9-16 words"] * 10})


def build(folder: RunFolder) -> RunFolder:
    """Writes every kind of file that a run leaves."""
    folder.write_predictions(rows(0), "test")
    folder.adapter_weights.write_bytes(len(HEADER).to_bytes(8, "little") + HEADER + bytes(range(256)))
    ids = {str(index): label for index, label in enumerate(LABELS)}
    folder.model_config.write_text(
        json.dumps({"id2label": ids, "label2id": {label: int(index) for index, label in ids.items()}})
    )
    folder.recipe.write_text("base_model: tiny\ncard:\n  contact: null\n")
    folder.figures.mkdir()
    Image.new("RGB", (2, 2)).save(folder.figures / "scores.png")
    facts = {
        "run.name": "tiny",
        "run.renderer_version": card.RENDERER_VERSION,
        "task.name": "text-classification",
        "task.labels": LABELS,
        "data.test.rows": 20,
        "base_model.id": "sentence-transformers/all-MiniLM-L6-v2",
        "adapter.sha256": sha256_of(folder.adapter_weights),
        "adapter.bytes": folder.adapter_weights.stat().st_size,
    }
    findings = Findings(
        measured(id, value, section="model_description", name=id, method="t") for id, value in facts.items()
    )
    findings.extend([declared("results.protocol", "held-out", section="results", name="Protocol", method="recipe")])
    findings.extend(evaluate(folder, "text-classification", LABELS, ["test"]))
    folder.write_findings(findings)
    folder.checkpoints.mkdir()
    (folder.checkpoints / "state.json").write_text('{"path": "/home/ada/secret"}')
    return seal(folder)


def seal(folder: RunFolder) -> RunFolder:
    """Cards from the evidence and the manifest from the files, as after a run."""
    findings = folder.read_findings()
    card.write_cards(folder, findings)
    folder.write_manifest()
    return folder


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(RunFolder(tmp_path_factory.mktemp("publishing") / "run"))


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
