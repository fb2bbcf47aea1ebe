"""`tunecard evaluate`: rows of a reader's own beside the author's, and a run folder that stays as it is."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from sklearn.metrics import accuracy_score
from small_runs import pair_rows, token_rows

import tunecard
from tunecard.cli import main
from tunecard.evidence import RunFolder
from tunecard.evidence.evaluation_folder import ROWS, EvaluationFolder
from tunecard.evidence.files import sha256_of
from tunecard.publishing.upload_files import pack

pytestmark = pytest.mark.usefixtures("warm_processes")

KNOWN = pair_rows(80, 0)[:5]  # rows that the run of pairs has learned from, or chosen by


@pytest.fixture
def pairs(pair_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A copy of a finished run; nothing that its recipe names is at hand in the working directory."""
    monkeypatch.chdir(tmp_path)
    return RunFolder(Path(shutil.copytree(pair_run.path, tmp_path / "run")))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as file:
        rows = csv.DictWriter(file, ["premise", "hypothesis", "label", "site"])
        rows.writeheader()
        for place, row in enumerate([*pair_rows(30, 7), *KNOWN]):
            rows.writerow(row | {"site": f"site-{place % 12}"})
    return path


def hashes(folder: RunFolder) -> dict[str, str]:
    files = [path for path in folder.path.rglob("*") if path.is_file() and folder.evaluations not in path.parents]
    return {path.relative_to(folder.path).as_posix(): sha256_of(path) for path in files}


def said(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def test_own_rows_are_scored_and_nothing_of_the_author_changes(
    pairs: RunFolder, mine: Path, tiny_base: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(pairs)
    base = tiny_base("bert")
    assert said(pairs.path, "--data", mine, "--factor", "site", "--base", base, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["data", "n", "scores", "author", "differences"]
    assert (found["data"], found["n"]) == ("mine.csv", 35)
    kept = EvaluationFolder(pairs.evaluations / "mine")
    stored = kept.read_predictions(ROWS)
    scores = {one["id"]: one for one in found["scores"]}
    right = accuracy_score(stored.labels, stored.predictions)
    assert scores["results.test.accuracy"]["value"] == pytest.approx(right)
    author = {one["id"]: one for one in found["author"]}
    recorded = pairs.read_findings()["results.test.accuracy"]
    assert author["results.test.accuracy"] == recorded.model_dump(mode="json")
    gap = next(one for one in found["differences"] if one["id"] == "difference.author.test.accuracy")
    assert gap["value"] == pytest.approx(right - float(str(recorded.value))) and gap["interval"][0] < gap["value"]
    findings = kept.read_findings()
    assert {"results.test.ece", "results.test.class.same.f1", "results.test.slice.site=site-3.accuracy"} <= {
        one.id for one in findings
    }
    reason = findings["data.overlap.train.test"].reason
    assert reason is not None and "whether any was learned from is open" in reason  # the data is not at hand
    assert hashes(pairs) == before
    assert tunecard.verify(pairs.path).ok
    assert not any("evaluations" in name for name in pack(pairs, with_predictions=True).files)


def test_at_a_terminal_it_fits_80_columns_and_what_was_learned_from_is_counted(
    pairs: RunFolder, mine: Path, pair_data: Path, tiny_base: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(pair_data, pairs.path.parent / pair_data.name)  # the recipe names it by the last part of its path
    base = tiny_base("bert")
    assert said(pairs.path, "--data", mine, "--base", base, "--cluster", "site") == 0
    lines = capsys.readouterr().out.splitlines()
    told = " ".join(" ".join(lines).split())
    assert [line for line in lines if len(line) > 80 and not line.startswith("Kept in")] == []
    assert "mine.csv: 35 pairs beside the author's test split" in told
    assert "Rows come in 12 groups, which intervals draw as one each." in told
    kept = EvaluationFolder(pairs.evaluations / "mine").read_findings()
    assert kept.value("data.overlap.train.test") >= 4  # five known rows, some of which validation may have taken
    assert "results.test.slice.overlap=found in train.accuracy" in kept
    assert f"{kept.value('data.overlap.train.test')} of the rows stand in the author's training rows, too" in told
    page = (pairs.evaluations / "mine" / "comparison.md").read_text()
    assert page.startswith("# Evaluation on mine.csv\n") and "](evidence.json#L" in page

    again = tunecard.evaluate(pairs.path, base=base)
    assert again.path == pairs.evaluations / "again" and again.findings.value("author.changed_answers") == 0
    assert [one.value for one in again.differences if one.value is not None] == pytest.approx([0.0] * 2, abs=1e-6)
    assert repr(again).startswith("Evaluation(") and "24 rows, Accuracy" in repr(again)
    assert "difference" in again._repr_html_()
    same = tunecard.evaluate(pairs.path, pair_data / "test.jsonl", base=base)  # the same rows under another name
    assert same.findings.value("author.same_rows") is True and same.is_distinguishable is None


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("premise,hypothesis\na,b\n", [], "has no labels to score against"),
        ("premise,hypothesis,label\na,b,odd\n", [], "the data has labels that the adapter does not: odd."),
        ("foo,bar,label\na,b,same\n", [], "Say --column text=NAME"),
        ("", [], "the file is empty"),
        ("premise,hypothesis,label\na,b,same\n", ["--name", "../up"], "--name takes letters"),
        ("premise,hypothesis,label\na,b,same\n", ["--name", "taken"], "Use --overwrite to replace it"),
    ],
)
def test_what_does_not_fit_is_one_message_and_leaves_nothing(
    pairs: RunFolder, tmp_path: Path, rows: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (pairs.evaluations / "taken").mkdir(parents=True)
    (tmp_path / "mine.csv").write_text(rows)
    assert said(pairs.path, "--data", tmp_path / "mine.csv", *options) == 2
    told = capsys.readouterr()
    assert message in told.err and told.out == ""
    assert [path.name for path in pairs.evaluations.iterdir()] == ["taken"]


def test_a_folder_that_is_no_run_and_rows_that_nobody_has_are_told(
    pairs: RunFolder, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(mine, "--data", pairs.path) == 2
    assert f"tunecard evaluate {pairs.path} --data {mine}" in capsys.readouterr().err
    assert said(mine.parent / "nowhere", "--data", mine) == 2
    assert said(pairs.path) == 2
    assert f"Say which rows: tunecard evaluate {pairs.path} --data ROWS" in capsys.readouterr().err
    assert said(pairs.path, "--factor", "site") == 2
    assert "--factor: for rows of your own. Say which: --data ROWS." in capsys.readouterr().err
    assert not pairs.evaluations.exists()


def test_entities_in_the_form_of_another_file(
    token_run: RunFolder, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(token_run.path, tmp_path / "run"))
    rows: list[dict[str, Any]] = token_rows(20, 5)
    text = "\n\n".join("\n".join(map("\t".join, zip(row["tokens"], row["tags"], strict=True))) for row in rows)
    (tmp_path / "mine.conll").write_text(text + "\n")
    found = tunecard.evaluate(folder, tmp_path / "mine.conll", base=tiny_base("roberta"), name="conll")
    stored = EvaluationFolder(found.path).read_predictions(ROWS)
    expected = f1_score(stored.labels, stored.predictions, mode="strict", scheme=IOB2)
    assert found.findings.value("results.test.f1") == pytest.approx(expected)
    assert found.n == 20 and {"author.results.test.type.PER.f1", "difference.author.test.f1"} <= {
        one.id for one in found.findings
    }
