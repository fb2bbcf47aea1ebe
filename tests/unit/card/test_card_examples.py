"""Texts to try an adapter with: the declared one, ours, and rows of the data only where the recipe lets them be shown."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.card.examples import Example, examples, start_code, start_example
from tunecard.evidence import Findings, measured
from tunecard.tasks import TASKS

MISTAKES = [{"row": 3, "text": "It broke."}, {"row": 4, "text": "x" * 500}, {"row": 5, "text": "Not bad."}]


def findings(task: str, example: tuple[str, ...] = (), **more: Any) -> Findings:
    labels = {"regression": ["score"], "token-classification": ["O", "B-PER", "I-PER"]}.get(task, ["a", "b"])
    code = TASKS[task](tuple(labels)).snippet("some/base", None, example)
    told = {"task.name": task, "task.labels": labels, "base_model.id": "some/base", "start.code": code, **more}
    return Findings([measured(id, value) for id, value in told.items()])


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_has_an_example_of_its_own_and_takes_a_declared_one(task: str) -> None:
    assert all(start_example(findings(task)) or ())
    declared = ('It\'s "new"\n</script>',)
    assert start_example(findings(task, declared)) == declared
    assert start_code(findings(task, declared)) == findings(task, declared).value("start.code")


def test_code_that_we_did_not_write_gives_no_example() -> None:
    code = findings("text-classification").value("start.code") + "import os\n"
    found = findings("text-classification", **{"start.code": code})
    assert examples(found) == [] and start_code(found) is None and examples(Findings()) == []


def test_whole_texts_of_mistakes_follow_where_the_probe_was_allowed_to_show_them() -> None:
    found = findings("text-classification", ("Fine.",), **{"examination.mistaken_texts": MISTAKES})
    assert [one.texts for one in examples(found)] == [("Fine.",), ("It broke.",), ("Not bad.",)]
    pairs = findings("text-classification", ("A man.", "A cat."), **{"examination.mistaken_texts": MISTAKES})
    assert examples(pairs) == [Example(("A man.", "A cat."), "the card's own example")]
