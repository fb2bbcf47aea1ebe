"""A run on joined data that starts from the adapter of an earlier run, beside a published score: to a verified card."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import token_recipe, token_rows, write_splits

from tiny_folders import Run
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")
SIZES = {"train": 80, "validation": 24, "test": 24}
TARGET = {"metric": "f1", "split": "test", "value": 0.9, "protocol": "held-out", "by": "somebody", "source": "a paper"}


def mails(count: int, seed: int) -> list[dict[str, Any]]:
    return token_rows(count, seed)


def web(count: int, seed: int) -> list[dict[str, Any]]:
    return token_rows(count, seed + 10)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lineage")
    write_splits(folder / "mails", mails, SIZES)
    write_splits(folder / "web", web, SIZES)
    (folder / "web" / "metadata.json").write_text('{"license": "cc-by-4.0"}')
    return folder


@pytest.fixture(scope="module")
def finished(place: Path, tiny_base: Callable[[str], Path]) -> RunFolder:
    base, settings = tiny_base("bert"), {"rank": 4, "target_modules": ["query", "value"]}
    blocks = {"training": {"epochs": 1, "train_batch_size": 16, "warm_start": "none"}}
    run(token_recipe(base, place / "mails", adapter=settings, **blocks), out=place / "first")
    recipe = token_recipe(base, place / "mails", **blocks,
                          adapter={"start_from": "first"}, evaluation={"targets": [TARGET]})  # fmt: skip
    content = recipe.model_copy(update={"data": recipe.data.model_copy(update={"source": ["mails", "web"]})})
    return run(content, out=place / "second", base_folder=place)


def test_the_card_tells_lineage_sources_and_target(finished: RunFolder, place: Path) -> None:
    findings = finished.read_findings()
    start = findings.value("adapter.start_from")
    first = RunFolder(place / "first").read_findings()
    assert (start["name"], start["compared_by"], start["head"]) == ("first", "weights", "taken")
    assert (start["data"], start["rows"]) == ("mails", 80)
    assert start["rows_sha256"] == first.value("data.train.sha256")
    assert finished.read_json(finished.adapter_config)["r"] == 4  # as the earlier one has it
    assert [one["source"] for one in findings.value("data.sources")] == ["mails", "web"]
    ours = findings.value("results.test.f1")
    assert findings.value("target.1.difference") == pytest.approx(ours - 0.9)
    card = finished.card.read_text(encoding="utf-8")
    assert "`first`" in card and "which had learned from [80 rows of mails]" in card
    assert "mails + web" in card and "| source: web |" in card
    assert "no proof that both are equal" in card


def test_it_is_verified_also_with_data_and_base_at_hand(
    finished: RunFolder, place: Path, tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    report = verify(finished.path, DeepVerification(base=str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    assert not [check for check in report.checks if check.ok is None and check.tier == "deep"]


@pytest.mark.parametrize(
    ("id", "change"),
    [
        ("target.1", lambda value: value | {"value": 0.1}),
        ("target.1.difference", lambda value: value + 0.5),
        ("adapter.start_from", lambda value: value | {"name": "other"}),
        ("data.sources", lambda value: [value[0] | {"rows": {"train": 1, "validation": 24, "test": 24}}, value[1]]),
    ],
)
def test_a_forged_record_is_named(finished: RunFolder, tmp_path: Path, id: str, change: Any) -> None:
    forger = Run(RunFolder(Path(shutil.copytree(finished.path, tmp_path / "copy"))))
    forger.set(id, value=change(finished.read_findings().value(id)))
    assert not verify(forger.folder.path).ok
