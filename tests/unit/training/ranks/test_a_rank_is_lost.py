"""A rank that is gone, that hangs or that learns something else ends all of them; what was learned is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ranks_at_work import curve_of, error_of, in_ranks, learn, learn_alone

TinyBase = Callable[[str], Path]
GROUND = {"kind": "text", "epochs": 2}
CLOSE = 1e-5


@pytest.mark.parametrize(("again", "step"), [(2, 8), (1, 3)])
def test_what_was_learned_before_a_rank_died_is_gone_on_with(
    tiny_base: TinyBase, tmp_path: Path, again: int, step: int
) -> None:
    base, folder = tiny_base("roberta"), tmp_path / "ranks"
    learn_alone(tmp_path / "alone", base, GROUND, {})
    folder.mkdir()
    assert in_ranks(2, learn, folder, base, GROUND, {"dies_before": step}) == [3, -9]
    told = error_of(folder, 0)
    assert told["kind"] == "RankLost"
    assert told["problems"] == [
        "rank 1 of 2 gives no sign of life any more: it was ended, or its machine cannot be reached. "
        f"The state after step {step} of 12 is saved. Go on with --resume."
    ]
    if again == 1:
        learn_alone(folder, base, GROUND, {"resume": True})
    else:
        assert in_ranks(again, learn, folder, base, GROUND, {"resume": True}) == [0] * again
    alone, ended = curve_of(tmp_path / "alone"), curve_of(folder)
    assert ended["losses"] == pytest.approx(alone["losses"][step:], abs=CLOSE)
    for one, other in zip(alone["curve"], ended["curve"], strict=True):
        assert other == pytest.approx(one, abs=CLOSE)
    assert ended["real_tokens"] == alone["real_tokens"]  # none of the step that broke


def test_a_rank_that_hangs_is_named_when_time_is_up(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = tmp_path / "ranks"
    folder.mkdir()
    options = {"hangs_before": 2, "limit": 3.0}
    codes = in_ranks(2, learn, folder, tiny_base("roberta"), GROUND, options, waits_for=[0])
    assert codes == [3, -9]  # whoever started it ends it
    assert error_of(folder, 0)["problems"][0].startswith("rank 1 of 2 gives no sign of life")


def test_ranks_that_learn_otherwise_are_refused_by_name(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = tmp_path / "ranks"
    folder.mkdir()
    options = {"others_learn_otherwise": {"learning_rate": 0.5}}
    codes = in_ranks(2, learn, folder, tiny_base("roberta"), GROUND, options)
    assert codes[0] == 2
    assert error_of(folder, 0) == {
        "kind": "RankFailed",
        "problems": [
            "rank 1: training.learning_rate is 0.5, and 0.002 at rank 0. Write it into the recipe, the same for every "
            "machine."
        ],
    }


def test_a_stop_is_one_for_all(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = tmp_path / "ranks"
    folder.mkdir()
    assert in_ranks(2, learn, folder, tiny_base("roberta"), GROUND, {"stops_after": 4}) == [3, 0]
    assert error_of(folder, 0)["problems"] == ["stopped after step 4 of 12; the state is saved. Go on with --resume."]
