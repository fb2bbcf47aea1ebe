"""What a person types becomes a row that the adapter's kind takes, whatever the task."""

from __future__ import annotations

import pytest

from tunecard.inference.raw_text.kinds import KINDS, kind_of_rows
from tunecard.tasks import TASKS

TYPED = ("one text", "another", "a third")


@pytest.mark.parametrize("is_pair", [True, False])
@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_text_in_each_part_makes_a_sound_row(task: str, is_pair: bool) -> None:
    kind = kind_of_rows(TASKS[task](()))
    parts = kind.parts(is_pair)
    typed = TYPED if parts[-1] == "choices" else TYPED[: len(parts)]
    assert kind.fault_of(kind.row_of(typed), is_pair) is None


def test_each_kind_nests_its_texts_as_predict_takes_them() -> None:
    assert KINDS["choices"].row_of(TYPED) == ("one text", ["another", "a third"])
    assert KINDS["questions"].row_of(TYPED[:2]) == TYPED[:2]
    assert KINDS["texts"].row_of(TYPED[:1]) == "one text" == KINDS["vectors"].row_of(TYPED[:1])
    assert KINDS["words"].row_of(TYPED[:1]) == "one text"
