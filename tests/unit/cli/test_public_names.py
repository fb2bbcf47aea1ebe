"""`import tunecard`: the names that are promised, found when they are asked for."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tunecard
from tunecard import api
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.evidence import RunFolder

RECIPE = {"data": {"source": "data/reviews.csv"}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    import tunecard.pipeline

    calls: list[dict[str, Any]] = []

    def run(recipe: Any, **rest: Any) -> RunFolder:
        calls.append({"recipe": recipe, **rest})
        return RunFolder(rest["out"])

    monkeypatch.setitem(vars(tunecard.pipeline), "run", run)
    monkeypatch.chdir(tmp_path)
    return calls


def test_promised_names() -> None:
    assert tunecard.__all__ == [
        "CardCallback", "Recipe", "RunFolder", "TrainingRecorder", "__version__", "audit", "compare", "complete", "evaluate", "examine", "export", "export_space", "load", "load_many", "predict_by_ray", "push",
        "run", "shown_progress", "sign", "sweep", "verify",
    ]  # fmt: skip
    assert set(tunecard.__all__) <= set(dir(tunecard))
    with pytest.raises(AttributeError, match=r"module 'tunecard' has no attribute 'trian'"):
        _ = tunecard.trian  # type: ignore[attr-defined]


@pytest.mark.parametrize("before", ["", "import tunecard.auditing", "import tunecard.api"])
def test_audit_needs_no_torch_whatever_was_imported_before(before: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Model Card for Tagger\n")
    script = (
        f"{before}\nimport tunecard\nprint(tunecard.audit('README.md').cards[0].filled)\n"
        "print(tunecard.audit(['README.md', 'README.md'], require=['measured']).cards[0].filled)\n"
        "import tunecard.auditing.cards, tunecard.api\nprint(tunecard.audit is tunecard.api.audit)\n"
        "import sys\nprint('torch' in sys.modules)"
    )
    source = Path(tunecard.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": str(source)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n0\nTrue\nFalse\n", "")


def test_functions_are_promised_with_what_they_take_give_and_refuse() -> None:
    blocks = {"shown_progress"}  # which only shows what the functions within it do
    functions = [getattr(tunecard, name) for name in tunecard.__all__ if name[0].islower() and name not in blocks]
    assert len(functions) == 15
    for function in functions:
        assert inspect.isfunction(function) and function.__module__ == "tunecard.api"
        for part in ("Args:", "Returns:", "Raises:", *(f"{name}" for name in inspect.signature(function).parameters)):
            assert part in (function.__doc__ or ""), f"{function.__name__} does not tell of {part}"


def test_verify_refuses_wishes_for_deep_checks_alone(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="deep=True"):
        tunecard.verify(tmp_path, data="rows.csv")


def test_run_takes_a_file(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/reviews.yaml").write_text("data: {source: rows.csv}\n")
    assert tunecard.run("sub/reviews.yaml").path == Path("runs/reviews")
    assert asked[0]["base_folder"] == Path("sub") and asked[0]["recipe"].data.source == "rows.csv"


def test_run_takes_a_mapping_or_a_recipe(asked: list[dict[str, Any]]) -> None:
    assert tunecard.run(RECIPE, out="here", overwrite=True).path == Path("here")
    assert tunecard.run(check_recipe(RECIPE)).path == Path("runs/reviews")
    assert asked[0]["recipe"] == asked[1]["recipe"] == check_recipe(RECIPE)
    assert asked[0]["overwrite"] is True and asked[0]["base_folder"] == Path()
    api.run({"data": {"source": {"train": "a.csv"}}})
    assert asked[2]["out"] == Path("runs/recipe")


def test_run_refuses_what_excludes_itself(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(RecipeError, match="Give one of them"):
        tunecard.run(RECIPE, resume=True, overwrite=True)
    assert not asked
