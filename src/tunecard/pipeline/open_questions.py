"""What data leaves open that only a person can say: one question after the other, each with its answers as options."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.data.candidates import candidates, holds_words
from tunecard.errors import DataError
from tunecard.pipeline.column_words import column_words
from tunecard.pipeline.looking import Look
from tunecard.pipeline.question import Choice, OpenQuestion
from tunecard.pipeline.questions_of_labels import questions_of_labels
from tunecard.pipeline.wish import AUTO, Wish
from tunecard.tasks import TASKS, Task, recognise
from tunecard.tasks.columns import guess, listed

ASKS = {
    "text": "Which column holds the text?",
    "label": "Which column holds the label?",
    "tokens": "Which column holds the words?",
    "tags": "Which column holds the tags?",
}
WORD_ROLES = ("tokens", "tags")
MOST_CHOICES = 9


def next_question(look: Look, wish: Wish) -> OpenQuestion | None:
    """The next thing that is open; None where nothing is. Raises: DataError: no column can be what is needed."""
    return next((question for question in _questions(look, wish) if question.key not in wish.settled), None)


def _questions(look: Look, wish: Wish) -> Iterator[OpenQuestion]:
    task, found = found_columns(look, wish)
    inputs = [role for role in task.roles if role not in task.label_roles]
    if not set(inputs) & set(found):
        yield _which_column(look, wish, task.roles[0], found)
    elif not set(task.label_roles) & set(found):
        yield _which_column(look, wish, task.label_roles[0], found)
    else:
        yield from questions_of_labels(look, wish, task, found)


def found_columns(look: Look, wish: Wish) -> tuple[Task, dict[str, str]]:
    """The task, and the columns that were told or have usual names; roles that are open are missing."""
    told = dict(wish.columns)
    task = TASKS[wish.task]() if wish.task in TASKS else recognise(told, look.table)
    of_words = next(make() for make in TASKS.values() if make().reads == "words")
    may_be_words = wish.task in (AUTO, of_words.name) and not {"text", "label", "spans"} & set(told)
    if may_be_words and holds_words(look.profiles):
        return of_words, {role: name for role in WORD_ROLES if (name := told.get(role) or _usual(role, look))}
    try:
        return task, task.find_columns(told, look.table)
    except DataError:
        return task, _found_beside(task, told, look)


def _found_beside(task: Task, told: dict[str, str], look: Look) -> dict[str, str]:
    """What is found where the first input is open: as if it were known."""
    role = task.roles[0]
    try:
        found = task.find_columns({**told, role: next(iter(look.table.columns))}, look.table)
    except DataError:
        return told
    return {name: column for name, column in found.items() if name != role or name in told}


def _usual(role: str, look: Look) -> str | None:
    try:
        return guess(role, look.table)
    except DataError:
        return None


def _which_column(look: Look, wish: Wish, role: str, found: dict[str, str]) -> OpenQuestion:
    names = candidates(role, look.profiles, found, look.table)[:MOST_CHOICES]
    if not names:
        raise DataError(
            f"{look.table.file}: no column can be the {role}. {listed(look.table.columns)} "
            f"Name it, if one is: --column {role}=NAME."
        )
    by_name = look.by_name
    choices = tuple(Choice(f"{name}: {column_words(by_name[name])}", wish.with_column(role, name)) for name in names)
    return OpenQuestion(f"column {role}", ASKS.get(role, f"Which column holds the {role}?"), choices)
