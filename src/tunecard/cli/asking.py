"""One question at a terminal: its answers are numbered, and Enter takes the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tunecard.errors import DataError

if TYPE_CHECKING:
    from tunecard.pipeline.question import OpenQuestion
    from tunecard.pipeline.wish import Wish

Prompt = Callable[[str], str]
Tell = Callable[[str], None]
ENTER = " (Enter)"


def answered(question: OpenQuestion, prompt: Prompt, tell: Tell) -> Wish:
    """Asks until there is an answer.

    Args:
        prompt: shows the text and returns what was typed; raises where nobody types any more.
        tell: shows a line.
    Raises: DataError: the answer is to stop.
    """
    tell(f"\n{question.asks}")
    if question.why:
        tell(f"  {question.why}")
    choices = [choice for choice in question.choices if choice.shown]
    for number, choice in enumerate(choices, 1):
        tell(f"  {number}. {choice.shown}{ENTER if number == 1 else ''}")
    while True:
        typed = prompt(_asked_for(question, len(choices))).strip()
        if (wish := _meant(question, typed, tell)) is not None:
            return wish


def _asked_for(question: OpenQuestion, choices: int) -> str:
    return "  names" if question.takes else f"  1 to {choices}" if choices > 1 else "  1, or Enter"


def _meant(question: OpenQuestion, typed: str, tell: Tell) -> Wish | None:
    choices = [choice for choice in question.choices if choice.shown]
    if not typed and choices:
        return _taken(choices[0].wish)
    if question.takes is not None and typed:
        try:
            return question.takes(typed)
        except DataError as error:
            tell(f"  {error}")
            return None
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
        return _taken(choices[int(typed) - 1].wish)
    tell(f"  Type a number from 1 to {len(choices)}." if choices else "  Type the names.")
    return None


def _taken(wish: Wish | None) -> Wish:
    if wish is None:
        raise DataError("stopped, as you said. Nothing was written.")
    return wish
