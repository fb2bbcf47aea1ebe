"""What the tests of the door share."""

from __future__ import annotations

import importlib
from contextlib import nullcontext
from pathlib import Path

import pytest
from cli_stand_ins import Call, FakePipeline, Said

import tunecard.pipeline
import tunecard.stock.warm_parent
import tunecard.verification
from tunecard.cli import main


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """`call("verify", "x")` runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNECARD_DEBUG", raising=False)

    def run(*arguments: str) -> Said:
        code = main(arguments)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """Stands in for training and verifying. Set in the modules' dictionaries: asking for the old would import torch."""
    fake = FakePipeline()
    importlib.import_module("tunecard.pipeline.completing")  # it decorates with the real one, whichever test is first
    monkeypatch.setattr(tunecard.stock.warm_parent, "warm_parent", nullcontext)  # nobody asks stock PEFT
    monkeypatch.setitem(vars(tunecard.pipeline), "run", fake.run)
    monkeypatch.setitem(vars(tunecard.pipeline), "quickstart_recipe", lambda: "the quick start's recipe")
    monkeypatch.setitem(vars(tunecard.verification), "verify", fake.verify)
    return fake
