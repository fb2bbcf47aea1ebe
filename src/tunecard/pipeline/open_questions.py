"""What data leaves open that only a person can say: one question after the other, each with its answers as options."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.data.candidates import candidates, like_pair
from tunecard.errors import DataError
from tunecard.pipeline.column_words import column_words
from tunecard.pipeline.found_columns import found_columns
from tunecard.pipeline.looking import Look
from tunecard.pipeline.question import Choice, OpenQuestion
from tunecard.pipeline.questions_of_labels import questions_of_labels
from tunecard.pipeline.wish import Wish
from tunecard.tasks.columns import listed

ASKS = {
    "text": "Which column holds the text?",
    "label": "Which column holds the label?",
    "tokens": "Which column holds the words?",
    "tags": "Which column holds the tags?",
}
MOST_CHOICES = 9


def next_question(look: Look, wish: Wish) -> OpenQuestion | None:
    """The next thing that is open; None where nothing is. Raises: DataError: no column can be what is needed."""
    return next((question for question in _questions(look, wish) if question.key not in wish.settled), None)


def _questions(look: Look, wish: Wish) -> Iterator[OpenQuestion]:
    task, found = found_columns(look, wish)
    inputs = [role for role in task.roles if role not in task.label_roles]
    if not set(inputs) & set(found):
        yield _which_column(look, wish, "text" if "spans" in found else task.roles[0], found)
    elif not set(task.label_roles) & set(found):
        yield _which_column(look, wish, task.label_roles[0], found)
    else:
        yield from questions_of_labels(look, wish, task, found)


def _which_column(look: Look, wish: Wish, role: str, found: dict[str, str]) -> OpenQuestion:
    names = candidates(role, look.profiles, found, look.table)[:MOST_CHOICES]
    if not names:
        raise DataError(
            f"{look.table.file}: no column can be the {role}. {listed(look.table.columns)} "
            f"Name it, if one is: --column {role}=NAME."
        )
    by_name = look.by_name
    choices = [Choice(f"{name}: {column_words(by_name[name])}", wish.with_column(role, name)) for name in names]
    pair = like_pair([by_name[name] for name in names]) if role == "text" and "spans" not in found else None
    if pair is not None:
        both = wish.with_column("text", pair[0]).with_column("text_pair", pair[1])
        choices.insert(0, Choice(f"{pair[0]} and {pair[1]}: a pair of texts in each row", both))
    return OpenQuestion(f"column {role}", ASKS.get(role, f"Which column holds the {role}?"), tuple(choices))
