"""A question about data, and its answers: each is what is then wished of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tunecard.pipeline.wish import Wish


@dataclass(frozen=True)
class Choice:
    """One answer: how it is shown, and what is then wished; None where a person would rather stop."""

    shown: str
    wish: Wish | None


@dataclass(frozen=True)
class OpenQuestion:
    """A question with its answers, the best first.

    Attributes:
        key: what it is about, "column text".
        asks: the question.
        choices: answers; the first is taken by Enter.
        is_needed: whether anything else would be a guess; where nobody can be asked, it is then refused.
        takes: what to do with an answer that is typed; None where one of the choices must be.
        why: a sentence on what hangs on it.
    """

    key: str
    asks: str
    choices: tuple[Choice, ...]
    is_needed: bool = True
    takes: Callable[[str], Wish] | None = None
    why: str = ""
