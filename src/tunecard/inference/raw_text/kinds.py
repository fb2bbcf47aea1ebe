"""The kinds of rows that can be predicted, by the name in `Task.reads`."""

from __future__ import annotations

from tunecard.inference.raw_text.choice_rows import ChoiceRows
from tunecard.inference.raw_text.questions import Questions
from tunecard.inference.raw_text.row_kind import RowKind
from tunecard.inference.raw_text.texts import TextRows
from tunecard.inference.raw_text.token_rows import WordRows
from tunecard.inference.raw_text.vectors import VectorRows
from tunecard.tasks import Task

KINDS: dict[str, RowKind] = {
    "texts": TextRows(),
    "words": WordRows(),
    "choices": ChoiceRows(),
    "questions": Questions(),
    "vectors": VectorRows(),
}


def kind_of_rows(task: Task) -> RowKind:
    """What the rows of a task hold."""
    return KINDS[task.reads]
