"""Of several processes one speaks."""

from __future__ import annotations

import pytest

from tunecard.cli import main
from tunecard.cli.among_ranks import is_told_elsewhere
from tunecard.errors import DataError, Interrupted
from tunecard.ranks.lost import HandedOver, RankLost
from tunecard.ranks.place import Place

MET = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


def be(monkeypatch: pytest.MonkeyPatch, number: int, **more: str) -> None:
    for name, value in {**MET, "RANK": str(number), "LOCAL_RANK": str(number), **more}.items():
        monkeypatch.setenv(name, value)


def test_a_recipe_that_is_not_there_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = []
    for number in (0, 1):
        be(monkeypatch, number)
        assert main(["run", "nowhere.yaml"]) == 2
        said.append("".join(capfd.readouterr()))
    assert "nowhere.yaml" in said[0]
    assert said[1] == ""


def test_another_command_is_work_of_one(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    be(monkeypatch, 0)
    assert main(["methods"]) == 2
    assert "`tunecard methods` is work of one process, and 2 were started" in capfd.readouterr().err
    be(monkeypatch, 1)
    assert main(["methods"]) == 0
    assert "".join(capfd.readouterr()) == ""


def test_wrong_variables_are_one_message_and_only_where_they_matter(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    be(monkeypatch, 0, RANK="2")
    assert main(["run", "nowhere.yaml"]) == 2
    assert "RANK must be a whole number from 0 to 1. Got '2'." in capfd.readouterr().err
    assert main(["recipes"]) == 0


@pytest.mark.parametrize(
    ("error", "place", "is_told"),
    [
        (DataError("no rows"), Place(1, 4, 1), True),  # rank 0 of the same machine finds the same
        (DataError("no rows"), Place(2, 4, 0), False),  # another machine's data
        (HandedOver("rank 2: no rows"), Place(2, 4, 0), True),
        (Interrupted("stopped"), Place(2, 4, 0), True),
        (KeyboardInterrupt(), Place(2, 4, 0), True),
        (RankLost("rank 3", [3]), Place(1, 4, 1), True),
        (RankLost("rank 0", [0]), Place(1, 4, 1), False),
        (RankLost("rank 0", [0]), Place(2, 4, 0), True),
    ],
)
def test_who_tells(error: BaseException, place: Place, is_told: bool) -> None:
    assert is_told_elsewhere(error, place) == is_told
