"""A run whose rows come in groups: from the recipe to the card, and what verify says of a folder that hides them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import pair_rows, token_recipe, write_splits

from tiny_folders import Run
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


def grouped_rows(count: int, seed: int) -> list[dict[str, str]]:
    return [row | {"document": f"{seed}-{place // 4}"} for place, row in enumerate(pair_rows(count, seed))]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("grouped"), grouped_rows, {"train": 240})


@pytest.fixture(scope="module")
def finished(data: Path, tiny_base: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    recipe = token_recipe(tiny_base("bert"), data, evaluation={"cluster": "document"})
    return run(recipe, out=tmp_path_factory.mktemp("run") / "out")


def test_the_card_tells_the_groups_and_verify_reads_them_again(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path]
) -> None:
    findings = finished.read_findings()
    groups = findings.value("data.test.clusters")
    assert groups == {"groups": 9, "largest": 4}
    assert findings.value("data.cluster_overlap.train.test") == 0
    stored = finished.read_predictions("test").clusters
    assert stored is not None and stored[:5] == [0, 0, 0, 0, 1]
    card = finished.card.read_text(encoding="utf-8")
    assert "belong together and are drawn as one" in card and "what other groups of test rows" in card
    report = verify(finished.path, DeepVerification(str(data), str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]


def forged(finished: RunFolder, to: Path) -> Run:
    return Run(RunFolder(Path(shutil.copytree(finished.path, to / "copy"))))


def test_groups_taken_out_of_the_predictions_are_named(finished: RunFolder, tmp_path: Path) -> None:
    forger = forged(finished, tmp_path)
    for split in ("validation", "test"):
        stored = forger.folder.read_predictions(split)
        forger.folder.write_predictions(replace(stored, clusters=None), split)
    forger.trust_predictions()
    forger.render()
    report = verify(forger.folder.path)
    assert "has no column cluster, `data.cluster` says otherwise" in forger.check(report, "rows").detail


def test_groups_taken_out_of_everything_but_the_recipe_are_named(finished: RunFolder, tmp_path: Path) -> None:
    forger = forged(finished, tmp_path)
    for split in ("validation", "test"):
        stored = forger.folder.read_predictions(split)
        forger.folder.write_predictions(replace(stored, clusters=None), split)
    hidden = ("data.cluster", "data.train.clusters", "data.validation.clusters", "data.test.clusters")
    forger.change_findings(lambda record: None if record["id"].startswith(hidden) else record)
    forger.trust_predictions()
    forger.render()
    report = verify(forger.folder.path)
    assert "data.cluster is not recorded" in forger.check(report, "settings").detail


def test_rows_moved_to_other_groups_do_not_pass_a_second_go(
    finished: RunFolder, data: Path, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    forger = forged(finished, tmp_path)
    stored = forger.folder.read_predictions("test")
    assert stored.clusters is not None
    mixed = [stored.clusters[(place * 7) % len(stored)] for place in range(len(stored))]
    forger.folder.write_predictions(replace(stored, clusters=mixed), "test")
    forger.trust_predictions()
    forger.render()
    report = verify(forger.folder.path, DeepVerification(str(data), str(tiny_base("bert"))))
    detail = forger.check(report, "predicted again").detail
    assert "rows belong to another group than in the data" in detail
