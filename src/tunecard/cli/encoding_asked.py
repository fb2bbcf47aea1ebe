"""An encoding that a reader proposes and must not guess is asked of a person, or told with the line that takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tunecard.cli.asking import Prompt, Tell, answered
from tunecard.errors import DataError

if TYPE_CHECKING:
    from tunecard.pipeline.looking import Look
    from tunecard.pipeline.wish import Wish

KEY = "data.encoding"
PROPOSED = re.compile(rf"^(?P<seen>.*?) If that is right, set `{KEY}: (?P<name>[^`]+)`", re.DOTALL)


def looked_when_asked(wish: Wish, look: Callable[[Wish], Look], prompt: Prompt, tell: Tell) -> tuple[Look, Wish]:
    """The look at data, after the question in which encoding it is where it is no UTF-8.

    Raises: DataError: it cannot be read all the same, or the answer is to stop.
    """
    try:
        return look(wish), wish
    except DataError as error:
        if (proposed := _proposed(error)) is None:
            raise
    tell(proposed["seen"])
    wish = _answer(wish, proposed["name"], prompt, tell)
    return look(wish), wish


def looked_unasked(wish: Wish, look: Callable[[Wish], Look], rest: Sequence[str]) -> Look:
    """The look at data where nobody can be asked.

    Args:
        rest: other options that were typed, for the line to type.
    Raises: DataError: it cannot be read; with the line that names the encoding, where that is what is open.
    """
    from tunecard.pipeline.wish import command_line

    try:
        return look(wish)
    except DataError as error:
        if (proposed := _proposed(error)) is None:
            raise
        line = command_line(wish.source, [*_naming(wish, proposed["name"]).options(), *rest])
        told = "Another encoding is named the same way; or save the file as UTF-8."
        raise DataError(f"{proposed['seen']} {told} If that reads right, type:\n  {line}") from error


def _proposed(error: DataError) -> re.Match[str] | None:
    return PROPOSED.match(error.problems[0]) if len(error.problems) == 1 else None


def _naming(wish: Wish, encoding: str) -> Wish:
    return replace(wish, settings=(*wish.settings, f"{KEY}={encoding}"))


def _answer(wish: Wish, likely: str, prompt: Prompt, tell: Tell) -> Wish:
    from tunecard.pipeline.question import Choice, OpenQuestion

    choices = (Choice(f"yes: the file is in {likely}", _naming(wish, likely)), Choice("no: stop here", None))
    question = OpenQuestion(KEY, "Does that read right?", choices)
    return answered(question, prompt, tell)
