"""`examine` asks a finished folder again: the card holds what was found, `verify --deep` finds it again, or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import token_recipe

import tunecard
from tunecard.cli import main
from tunecard.errors import DataError, RecipeError
from tunecard.evidence import Finding, Findings, RunFolder, measured
from tunecard.examination import Subject
from tunecard.reproduction.deep_checks import DeepVerification

FORGED = {
    "examination.out_of_scope": "probability_auroc",
    "examination.faithfulness": "better_by",
    "examination.without_layer": "score_after",
    "examination.merging": "flip_rate",
}


def longest_text(subject: Subject, budget: int) -> list[Finding]:
    subject.predict(subject.sample(subject.rows, budget), "Rows of my own")
    return [measured("examination.own.longest", 7, name="Longest text", n=len(subject.rows), method="by hand")]


@pytest.fixture
def asked(pair_run: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(pair_run.path, tmp_path / "run")))


def test_probes_are_asked_again_and_a_forged_answer_is_caught(
    asked: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    base, data = str(tiny_base("bert")), str(pair_data)
    before = asked.read_findings()
    found = tunecard.examine(asked.path, probes=["membership", longest_text], budget=40, data=data, base=base)
    assert [(one.probe, one.spent) for one in found.answers] == [("membership", 20), ("longest_text", 20)]
    after = asked.read_findings()
    assert after.value("examination.own.longest") == 7 and "Longest text" in asked.card.read_text()
    assert after.value("examination.out_of_scope") == before.value("examination.out_of_scope")
    assert {one["probe"]: one["passes"] for one in after.value("examination.passes")}["membership"] == 20
    honest = tunecard.verify(asked.path, deep=True, data=data, base=base)
    (again,) = [check for check in honest.checks if check.name == "probes asked again"]
    assert again.ok is False and again.detail == "longest_text is no probe that is installed here"
    tunecard.examine(asked.path, data=data, base=base)
    kept = [one for one in asked.read_findings() if one.id != "examination.own.longest"]
    forged = Findings([_better(one) if one.id in FORGED else one for one in kept])
    checks = {check.name: check for check in DeepVerification(data, base)(asked, forged)}
    for id in FORGED:
        assert f"{id} is not what the probe finds again" in checks["probes asked again"].detail


def _better(finding: Finding) -> Finding:
    key = FORGED[finding.id]
    records = [{**one, key: one[key] + 0.1} for one in finding.value]
    return finding.model_copy(update={"value": records})


def test_other_rows_are_refused_and_nothing_is_written(
    asked: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(pair_data, tmp_path / "data"))
    lines = (other / "test.jsonl").read_text().splitlines()
    (other / "test.jsonl").write_text("\n".join(lines[1:]))
    manifest = asked.manifest.read_bytes()
    with pytest.raises(DataError, match="Probes ask about the rows that were scored"):
        tunecard.examine(asked.path, data=str(other), base=str(tiny_base("bert")))
    assert asked.manifest.read_bytes() == manifest and tunecard.verify(asked.path).ok


def test_the_command_tells_what_each_probe_spent(
    asked: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(pair_data), "--base", str(tiny_base("bert"))]
    command = ["examine", str(asked.path), "--probes", "update-sizes, membership", "--budget", "30", *where]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["budget"], told["spent"]) == (30, 30)
    assert {one["name"]: one["findings"] for one in told["probes"]}["membership"] == ["examination.membership"]
    assert main(["examine", str(asked.path), "--probes", "attribution-to-the-moon"]) == 2
    assert "must be names of probes" in capsys.readouterr().err


def test_a_forged_score_on_raw_text_is_not_found_again(
    token_run: RunFolder, tiny_base: Callable[[str], Path], token_data: Path
) -> None:
    findings = token_run.read_findings()
    (record,) = findings.value("examination.as_used")
    better = {**record, "on_raw_text": record["on_raw_text"] + 0.2, "difference": (record.get("difference") or 0) + 0.2}
    other = findings["examination.as_used"].model_copy(update={"value": [better]})
    forged = Findings([other if one.id == other.id else one for one in findings])
    deep = DeepVerification(str(token_data), str(tiny_base("roberta")))
    assert {check.name: check.ok for check in deep(token_run, findings)}["probes asked again"] is True
    checks = {check.name: check for check in deep(token_run, forged)}
    assert checks["probes asked again"].detail == "examination.as_used is not what the probe finds again"


def test_a_suite_is_asked_and_asked_again_by_its_name_in_the_recipe(
    asked: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests.jsonl").write_text(
        json.dumps({"premise": "Ada sings", "hypothesis": "Ada was seen", "label": "same", "capability": "names"})
    )
    base, data = str(tiny_base("bert")), str(pair_data)
    header = asked.recipe.read_text().splitlines()[0]
    with pytest.raises(RecipeError, match="asked by the probe suites, which is not among those named"):
        tunecard.examine(asked.path, probes=["membership"], data=data, base=base, suites=["tests.jsonl"])
    tunecard.examine(asked.path, probes=["suites"], data=data, base=base, suites=["tests.jsonl"])
    (found,) = asked.read_findings()["examination.suites"].value
    assert (found["capability"], found["cases"]) == ("names", 1)
    assert "path: tests.jsonl" in asked.recipe.read_text() and asked.recipe.read_text().startswith(header)
    assert tunecard.verify(asked.path).ok
    checks = {check.name: check for check in DeepVerification(data, base)(asked, asked.read_findings())}
    assert checks["probes asked again"].ok, checks["probes asked again"].detail


def test_an_adapter_that_does_nothing_is_said_to_be_no_other_than_the_base(
    tiny_base: Callable[[str], Path], pair_data: Path, small_run: Callable[[Any, Path], RunFolder], tmp_path: Path
) -> None:
    still = {"learning_rate": 1e-12, "head_learning_rate": 1e-12}
    folder = small_run(token_recipe(tiny_base("bert"), pair_data, training=still), tmp_path / "still")
    found = folder.read_findings()
    *layers, every = found.value("examination.without_layer")
    assert len(layers) == 2 and every["layers"] == "all"
    assert all(one["flips"] == 0 and one["distinguishable"] is False for one in [*layers, every])
    assert "**Not distinguishable from the base under the same head:**" in folder.card.read_text()
    assert found["difference.probe.test.moved"].n == every["rows"] == 24
