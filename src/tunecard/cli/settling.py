"""What data leaves open is asked of a person, or, where nobody can be asked, told with the line that answers it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunecard.cli.asking import Prompt, Tell, answered
from tunecard.errors import DataError

if TYPE_CHECKING:
    from tunecard.pipeline.looking import Look
    from tunecard.pipeline.question import OpenQuestion
    from tunecard.pipeline.wish import Wish


def settled_by_asking(look: Look, wish: Wish, prompt: Prompt, tell: Tell) -> Wish:
    """The wish after every question that the data leaves open, one at a time."""
    from tunecard.pipeline.open_questions import next_question

    while (question := next_question(look, wish)) is not None:
        wish = answered(question, prompt, tell).having_settled(question.key)
    return wish


def settled_without_asking(look: Look, wish: Wish, rest: Sequence[str] = ()) -> Wish:
    """The wish where nothing that is needed is open.

    Args:
        rest: other options that were typed, for the line to type.
    Raises: DataError: what is open, the best answers, and the whole line that gives them.
    """
    from tunecard.pipeline.open_questions import next_question
    from tunecard.pipeline.wish import command_line

    guessed, needed = wish, []
    while (question := next_question(look, guessed)) is not None:
        if question.is_needed:
            needed.append((question, guessed))
            guessed = question.choices[0].wish or guessed
        guessed = guessed.having_settled(question.key)
    if not needed:
        return wish
    told = "\n".join(line for question, before in needed for line in _told(question, before))
    line = command_line(wish.source, [*guessed.options(), *rest])
    raise DataError(f"{look.table.file} leaves open what only you can say:\n{told}\nIf so, type:\n  {line}")


def _told(question: OpenQuestion, wish: Wish) -> list[str]:
    """The question, and each answer with the options that give it."""
    answers = [(choice.shown, choice.wish.said()) for choice in question.choices if choice.shown and choice.wish]
    told = [(shown, [word for one in said if one not in wish.said() for word in one]) for shown, said in answers]
    return [f"  {question.asks}", *(f"    {shlex.join(options)}  {shown}" for shown, options in told)]
