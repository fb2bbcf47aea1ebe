"""A run in a few lines, whatever is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stand_ins import run_findings

from tunecard.cli.summary import summary_lines
from tunecard.evidence import Findings, RunFolder, measured, not_measured
from tunecard.verification import Check, Report

FINE = Report((Check("files", True, ""), Check("scores", True, ""), Check("signature", None, "")))


def lines(tmp_path: Path, report: Report = FINE, **changed: object) -> list[str]:
    folder = RunFolder(tmp_path)
    folder.write_findings(Findings(run_findings(**changed)))  # type: ignore[arg-type]
    return summary_lines(folder, report)


def test_a_score_that_is_not_measured_gives_its_reason(tmp_path: Path) -> None:
    gap = not_measured("results.test.f1", section="results", name="F1", reason="undefined: no entity in the split")
    assert "  Strict F1: not measured (undefined: no entity in the split)" in lines(tmp_path, f1=gap)


def test_no_scored_split_gives_the_headlines_reason(tmp_path: Path) -> None:
    gap = not_measured("results.headline", section="results", name="Headline", reason="no split has labels")
    other = measured("run.name", "x")
    assert "  Strict F1: not measured (no split has labels)" in lines(tmp_path, headline=gap, f1=other)


def test_a_score_without_interval_or_difference_is_told_without(tmp_path: Path) -> None:
    bare = measured("results.test.f1", 0.5, section="results", name="F1", n=812, split="test")
    other = measured("run.name", "x")
    said = lines(tmp_path, f1=bare, gain=other)
    assert "  Strict F1, test        0.500  no interval  n = 812 entities" in said
    assert "  Frequent-tag baseline  0.450" in said


def test_failed_checks_are_named(tmp_path: Path) -> None:
    report = Report((Check("files", False, ""), Check("scores", False, ""), Check("card", True, "")))
    assert "NOT verified: 2 of 3 checks failed: files, scores" in lines(tmp_path, report)


def test_commands_can_be_pasted_whatever_the_folder_is_called(tmp_path: Path) -> None:
    said = lines(tmp_path / "a folder; rm -rf x")
    quoted = f"'{tmp_path}/a folder; rm -rf x'"
    assert any(line.startswith(f"  tunecard verify {quoted}  ") for line in said)
    assert any(line.startswith(f"  tunecard predict {quoted} -  ") for line in said)


def test_a_simple_thing_that_is_not_beaten_is_named(tmp_path: Path) -> None:
    gap = measured("difference.majority.test.f1", 0.01, name="Gap", interval=(-0.02, 0.04), n=812, split="test")
    assert "  Not shown to be better than the frequent-tag baseline" in lines(tmp_path, gain=gap)
    assert not any("better than" in line for line in lines(tmp_path))


def test_the_longest_stages_are_told_where_they_are_known(tmp_path: Path) -> None:
    assert not any(line.startswith("Took") for line in lines(tmp_path))
    stages = [{"stage": "optimisation", "seconds": 40.2}, {"stage": "pictures", "seconds": 3.1}]
    known = [measured("run.seconds", 61.0), measured("run.stages", [*stages, {"stage": "validation", "seconds": 1.0}])]
    folder = RunFolder(tmp_path / "told")
    folder.path.mkdir()
    folder.write_findings(Findings([*run_findings(), *known]))
    assert "Took 61 s after loading libraries: optimisation 40 s, pictures 3.1 s, ..." in summary_lines(folder, FINE)


@pytest.mark.parametrize(
    ("task", "is_pair", "said"),
    [
        ("text-classification", False, "tunecard predict {path} -        reads a text a line"),
        ("text-classification", True, "tunecard predict {path} ROWS.csv  reads two texts of each row"),
        ("question-answering", False, "tunecard predict {path} ROWS.csv  reads question and context of each row"),
        ("multiple-choice", False, "tunecard predict {path} ROWS.csv  reads question and choices of each row"),
        ("sentence-embedding", True, "tunecard predict {path} -        reads a text a line"),
    ],
)
def test_the_next_step_is_one_that_the_task_can_do(tmp_path: Path, task: str, is_pair: bool, said: str) -> None:
    told = {"task": measured("task.name", task), "pairs": measured("task.is_pair", is_pair)}
    found = [line for line in lines(tmp_path, **told) if line.startswith("  tunecard predict")]
    assert [line.split() for line in found] == [said.format(path=tmp_path).split()]
