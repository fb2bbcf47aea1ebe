"""The notebook in examples/ runs from its first cell to its last, offline, and is stored without outputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import tunecard

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_there_is_one() -> None:
    assert [path.name for path in NOTEBOOKS] == ["first_card.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_it_is_stored_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.slow
def test_it_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(tunecard.__file__).parents[1]))
    for name in ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    notebook = read(NOTEBOOKS[0])
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output["data"] for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
             if output.output_type == "execute_result"]  # fmt: skip
    html = [data["text/html"] for data in shown if "text/html" in data]
    texts = [data["text/plain"] for data in shown]
    assert texts[0].startswith("RunFolder(") and "on test)" in texts[0]
    assert any(text.startswith("Report(consistent: ") for text in texts)
    assert any("44 of 44 fields filled" in text for text in texts)
    assert any(text.startswith("Predictor(") for text in texts)
    assert sum('class="tunecard"' in said for said in html) == 4
    answers = next(said for said in html if "<th>entities</th>" in said)
    assert "Marta Ruiz joined Siemens" in answers and "<th>id</th>" in answers
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", []))
