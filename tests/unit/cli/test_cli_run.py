"""`quickstart`, `run` and `card`: what the pipeline is asked for, and what a person is told."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli_stand_ins import Call, FakePipeline

import tunecard.pipeline
from tunecard.errors import Interrupted
from tunecard.evidence import RunFolder

SUMMARY = """
Made {path}:
  a LoRA adapter of 1.2 MB on sentence-transformers/all-MiniLM-L6-v2

  Strict F1, test        0.741  0.712-0.768 (95 %)  n = 812 entities
  Full fine-tuning       0.752  difference -0.011 (-0.030 to +0.008)
  Frequent-tag baseline  0.450  difference +0.291 (+0.250 to +0.320)

Verified: all 1 checks passed, 1 could not be made
Card: {path}/README.md

Next:
  tunecard verify {path}           checks all of it again
  tunecard predict {path} -        reads a text a line
  tunecard push {path} OWNER/NAME  to the Hub, private
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipes" / "reviews.yaml"
    path.parent.mkdir()
    path.write_text("data: {source: rows.csv}\n")
    return path


def test_quickstart_tells_what_was_made_and_what_to_type_next(call: Call, pipeline: FakePipeline) -> None:
    said = call("quickstart")
    assert said.code == 0
    assert said.out == SUMMARY.format(path="runs/quickstart")
    assert max(map(len, said.out.splitlines())) <= 80
    assert re.fullmatch(r"(Loading libraries .* s\n)?Reading data and base {37,} \d+\.\d s\n", said.err)
    assert pipeline.asked == [
        {
            "recipe": "the quick start's recipe",
            "out": Path("runs/quickstart"),
            "base_folder": Path(),
            "resume": False,
            "overwrite": False,
        }
    ]


def test_a_finished_quickstart_is_told_again_at_once_and_not_made_again(call: Call, pipeline: FakePipeline) -> None:
    call("quickstart")
    said = call("quickstart")
    assert (said.code, said.out) == (0, SUMMARY.format(path="runs/quickstart"))
    assert said.err == "This quick start is finished. To make it anew: tunecard quickstart --overwrite\n"
    assert len(pipeline.asked) == 1
    call("quickstart", "--overwrite")
    assert pipeline.asked[1]["overwrite"] is True


def test_the_way_to_make_it_anew_names_the_folder(call: Call, pipeline: FakePipeline) -> None:
    call("quickstart", "--out", "my runs")
    assert call("quickstart", "--out", "my runs").err.endswith("tunecard quickstart --out 'my runs' --overwrite\n")


def test_a_quickstart_that_stopped_goes_on(call: Call, pipeline: FakePipeline, tmp_path: Path) -> None:
    (tmp_path / "runs/quickstart/checkpoints").mkdir(parents=True)
    call("quickstart")
    assert pipeline.asked[0]["resume"] is True


def test_a_quickstart_that_is_stopped_says_how_to_go_on(call: Call, pipeline: FakePipeline) -> None:
    pipeline.fault = Interrupted("stopped after step 3 of 9; the state is saved. Go on with --resume.")
    said = call("quickstart")
    assert (said.code, said.err) == (3, "Interrupted: stopped; the state is saved. The same command goes on.\n")


def test_another_finished_run_is_not_taken_for_a_quickstart(call: Call, pipeline: FakePipeline, tmp_path: Path) -> None:
    call("quickstart")
    RunFolder(tmp_path / "runs/quickstart").recipe.write_text("data: {source: rows.csv}\n")
    call("quickstart")
    assert len(pipeline.asked) == 2 and pipeline.asked[1]["resume"] is False  # the pipeline will refuse the folder


def test_run_goes_into_runs_and_the_name_of_the_recipe(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    said = call("run", "recipes/reviews.yaml", "--set", "training.epochs=5", "--set", "training.seed=[0, 1]")
    assert (said.code, said.out) == (0, SUMMARY.format(path="runs/reviews"))
    asked = pipeline.asked[0]
    assert (asked["out"], asked["base_folder"]) == (Path("runs/reviews"), Path("recipes"))
    assert (asked["recipe"].training.epochs, asked["recipe"].seeds) == (5, (0, 1))


def test_run_passes_on_where_and_how(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    call("run", str(recipe), "--out", "here", "--resume")
    call("run", str(recipe), "--out", "here", "--overwrite")
    assert [(asked["out"], asked["resume"], asked["overwrite"]) for asked in pipeline.asked] == [
        (Path("here"), True, False),
        (Path("here"), False, True),
    ]


def test_resume_and_overwrite_exclude_each_other(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    said = call("run", str(recipe), "--resume", "--overwrite")
    assert said.code == 2 and not pipeline.asked
    assert said.err == "RecipeError: --resume goes on with a run and --overwrite clears it. Give one of them.\n"


def test_all_faults_of_a_recipe_come_at_once(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    recipe.write_text("data: {source: rows.csv}\nadapter: {rank: 0}\ntraining: {learning_rat: 0.1}\n")
    said = call("run", "recipes/reviews.yaml")
    assert said.code == 2 and not pipeline.asked
    assert said.err == (
        "RecipeError: 2 problems in reviews.yaml\n"
        "  adapter.rank must be an integer in [1, 1024], or auto. Got 0.\n"
        "  training.learning_rat is not a key. Did you mean 'learning_rate'?\n"
    )


def test_no_such_recipe(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    said = call("run", "recipes/review.yaml")
    assert said.code == 2
    assert said.err == (
        "RecipeError: recipes/review.yaml: no such recipe. Did you mean 'reviews.yaml'? "
        "`tunecard init DATA` writes one.\n"
    )


def test_a_run_that_does_not_verify_is_a_failed_check(call: Call, pipeline: FakePipeline, recipe: Path) -> None:
    pipeline.is_consistent = False
    said = call("run", str(recipe))
    assert said.code == 1
    assert "NOT verified: 1 of 1 checks failed: files\n" in said.out


def test_dry_run_tells_and_trains_nothing(
    call: Call, pipeline: FakePipeline, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psutil", reason="the room that tells estimates comes with the extra train")
    from tunecard.measurement import RunEstimate, Stage, Work

    asked: list[tuple[Any, Path]] = []

    def estimate(recipe: Any, *, base_folder: Path, listener: Any) -> RunEstimate:
        listener.note("reviews.csv: read with ';' between columns")
        asked.append((recipe.data.source, base_folder))
        stages = (Stage("training", 40.0),)
        return RunEstimate(
            Work(120, 400, 6500), 5, stages, (33, 47), (642_000_000, 964_000_000), (19_000_000, 24_000_000)
        )

    monkeypatch.setitem(vars(tunecard.pipeline), "estimate", estimate)
    said = call("run", "recipes/reviews.yaml", "--dry-run")
    assert said.code == 0 and asked == [("rows.csv", Path("recipes"))] and not pipeline.asked
    assert said.out == (
        "steps    120 (5 timed here)\n"
        "rows     400 an epoch, 6,500 tokens\n"
        "stages   training                                    40 s  timed\n"
        "time     33 s to 47 s\n"
        "memory   642 MB to 964 MB\n"
        "disk     19 MB to 24 MB\n"
    )
    assert "reviews.csv: read with ';' between columns\n" in said.err


def test_card_renders_again(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, bool]] = []

    def render(path: Path, *, confirm: bool) -> RunFolder:
        asked.append((path, confirm))
        return RunFolder(path)

    monkeypatch.setitem(vars(tunecard.pipeline), "render_again", render)
    said = call("card", "runs/reviews")
    assert (said.code, asked) == (0, [(Path("runs/reviews"), False)])
    assert call("card", "runs/reviews", "--confirm").code == 0 and asked[1][1]
    assert said.out == "Rendered runs/reviews/README.md and DATASET_CARD.md again.\n"


def test_a_listener_that_nobody_reads_does_not_end_a_run() -> None:
    from tunecard.cli.progress import Lines

    def broken(_: object) -> None:
        raise BrokenPipeError

    listener = Lines(SimpleNamespace(print=broken))  # type: ignore[arg-type]
    listener.stage("Training")
    listener.note("more")
