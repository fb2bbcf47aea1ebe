"""The records beside a card: what the catalogue does not know, and what is missing, is told with the metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.auditing import audit_cards
from tunecard.evidence import Finding, Findings, RunFolder, measured
from tunecard.version import RENDERER_VERSION


def errors(path: Path) -> list[str]:
    return [error for error in audit_cards([path]).cards[0].metadata_errors if error.startswith("evidence.json: ")]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "README.md").write_text("# A card\n")
    return RunFolder(tmp_path)


def write(folder: RunFolder, version: int) -> None:
    invented = Finding(id="results.test.brilliance", section="results", name="Brilliance", status="measured", value=1.0)
    folder.write_findings(Findings([measured("run.renderer_version", version), invented]))


def test_unknown_and_missing_records_are_told(folder: RunFolder) -> None:
    write(folder, RENDERER_VERSION)
    told = errors(folder.path)
    assert "evidence.json: results.test.brilliance is no record that tunecard writes." in told
    assert "evidence.json: task.name must be recorded and is missing." in told
    assert told[-1].startswith("evidence.json: and ")


def test_what_another_version_recorded_is_left_alone(folder: RunFolder) -> None:
    write(folder, RENDERER_VERSION + 1)
    assert errors(folder.path) == []


def test_a_card_without_evidence_has_no_such_errors(folder: RunFolder) -> None:
    assert errors(folder.path) == []


def test_broken_evidence_is_told(folder: RunFolder) -> None:
    folder.evidence.write_text("{")
    assert errors(folder.path) == ["evidence.json: cannot be read as evidence of a run."]
