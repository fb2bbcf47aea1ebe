"""Pairs begin with what both texts say apart: without labels, told in the card, and an adapter that stock PEFT loads."""

from __future__ import annotations

import pytest
from small_runs import pair_rows, token_recipe, write_splits

from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.training.warm_start import STEPS
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")
PAIRS = 640


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    sizes = {"train": 60, "validation": 20, "test": 40}
    data = write_splits(tmp_path_factory.mktemp("data") / "pairs", pair_rows, sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunecard.pipeline.warm_rows.PAIRS", PAIRS)
        patch.setitem(STEPS, "apart", (30, 30))
        return run(token_recipe("embedded", data), out=tmp_path_factory.mktemp("runs") / "pairs")


def test_the_head_came_nearer_to_what_both_texts_say_apart(pairs: RunFolder) -> None:
    warm = pairs.read_findings().value("training.warm_start")
    assert (warm["view"], warm["rows"]) == ("apart", PAIRS)
    assert warm["cosine_after"] > warm["cosine_before"]
    assert (
        "the head was taught to read what the frozen base says of both texts, each read alone,"
        in pairs.card.read_text()
    )


def test_it_is_consistent(pairs: RunFolder) -> None:
    report = verify(pairs.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
