"""Texts that belong together, from rows to a folder: verified, and read by sentence-transformers to the same vectors."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import PEOPLE, PLACES, VERBS, answers_that_changed, compared_exports, token_recipe, write_splits

from tunecard import load
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")
TEXTS = ["Marta Ruiz joined the group in Madrid", "she likes the river", "I"]


def triples(count: int, seed: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(count):
        who, where, does = PEOPLE[number % 5], PLACES[number % 4], VERBS[(number + seed) % 5]
        rows.append(
            {
                "anchor": f"{who} {does} the group {number} in {where}",
                "positive": f"the group {number} of {where}",
                "negative": f"the river {number}",
            }
        )
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("triples"), triples, {"train": 40, "validation": 24, "test": 24})


@pytest.fixture(scope="module")
def base(tiny_base: Callable[[str], Path]) -> Path:
    return tiny_base("bert")


@pytest.fixture(scope="module")
def finished(data: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    training = {"epochs": 1, "learning_rate": 1e-2, "keep": "last"}
    return run(token_recipe(base, data, training=training), out=tmp_path_factory.mktemp("run") / "out")


def test_the_folder_is_whole_and_verified(finished: RunFolder, data: Path, base: Path) -> None:
    findings = finished.read_findings()
    assert findings.value("task.name") == "sentence-embedding" and findings.value("model.head_parameters") == 0
    assert findings.value("results.test.candidates") == 24 and findings.value("results.test.mrr") > 0
    assert {"baseline.frozen.test.mrr", "baseline.tfidf.test.mrr", "difference.frozen.test.mrr"} <= {
        finding.id for finding in findings
    }
    assert answers_that_changed(finished, data / "test.jsonl", base) == 0
    report = verify(finished.path, DeepVerification(str(data), str(base)))
    assert report.ok, [check for check in report.checks if check.ok is False]


def test_verify_holds_the_files_of_other_libraries_to_the_evidence(finished: RunFolder, tmp_path: Path) -> None:
    forged = RunFolder(Path(shutil.copytree(finished.path, tmp_path / "run")))
    pooling = forged.path / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("mean_tokens", "cls_token"))
    forged.write_manifest()
    failed = [check.name for check in verify(forged.path).checks if check.ok is False]
    assert failed == ["files for other libraries"]


def test_texts_are_vectors_and_pairs_their_cosine(finished: RunFolder, base: Path) -> None:
    adapter = load(finished.path, base=base)
    vectors = np.array([row["embedding"] for row in adapter.predict(TEXTS)])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    pair = adapter.predict([(TEXTS[0], TEXTS[1])])[0]
    assert pair["cosine"] == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)


def test_sentence_transformers_gives_the_same_vectors(
    finished: RunFolder, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    ours = np.array([row["embedding"] for row in load(finished.path, base=base).predict(TEXTS)])
    untouched = load_base_vectors(base)
    place = Path(shutil.copytree(finished.path, tmp_path / "run"))
    (tmp_path / str(finished.read_findings().value("base_model.id"))).symlink_to(base)
    monkeypatch.chdir(tmp_path)  # where the adapter's name of its base leads to it
    theirs = sentence_transformers.SentenceTransformer(place.name).encode(TEXTS)
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.abs(ours - untouched).max() > 1e-3  # it has learned something


def load_base_vectors(base: Path) -> np.ndarray:
    """What the base says without the adapter, by stock transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModel.from_pretrained(base).eval()
    with torch.no_grad():
        means = [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0) for text in TEXTS]
    return torch.nn.functional.normalize(torch.stack(means), dim=-1).numpy()


def test_exports_give_the_same(finished: RunFolder, data: Path, base: Path, tmp_path: Path) -> None:
    assert set(compared_exports(finished, data, base, tmp_path)) == {(0, True)}
