"""What only a person can answer: a question and a reason to answer it, asked at a terminal or left as comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One key of the recipe's `card:` block.

    Attributes:
        key: the key.
        asks: the question.
        why: what a reader of the card does with the answer.
        is_first: asked by default; the others come with `--all`.
    """

    key: str
    asks: str
    why: str
    is_first: bool = False


QUESTIONS = (
    Question("developed_by", "Who made the adapter?", "A reader must know who answers for it.", is_first=True),
    Question("contact", "Whom may a reader write to?", "Faults are found by users.", is_first=True),
    Question(
        "license", "Under which licence may others use it (such as apache-2.0)?",
        "Without one nobody else may.", is_first=True,
    ),
    Question(
        "language", "In which language are the texts (a code such as en; several with commas)?",
        "Scores say nothing about other languages; the Hub finds models by it.", is_first=True,
    ),
    Question(
        "direct_use", "What is it for, as it is, and for whom?",
        "It is the first line that a reader looks for.", is_first=True,
    ),
    Question(
        "out_of_scope_use", "What must it not be used for?",
        "Whoever wants to use it elsewhere must be able to see that.", is_first=True,
    ),
    Question(
        "risks", "Who may be harmed by its mistakes, and how?",
        "Scores are means; harm falls on single people.", is_first=True,
    ),
    Question(
        "region", "In which country does the machine stand (a name or a code such as FRA)?",
        "Grams of CO2 depend on the grid; without a region the card gives none.", is_first=True,
    ),
    Question("recommendations", "What should users do about the risks?", "A risk without advice helps nobody."),
    Question("downstream_use", "What may larger systems do with it?", "It tells integrators what was thought of."),
    Question("funded_by", "Who paid for it?", "Interests should be visible."),
    Question("shared_by", "Who publishes it?", "It need not be who made it."),
    Question("repository", "Where is the code (a link)?", "To repeat the work."),
    Question("paper", "Where is the paper (a link)?", "To understand the work."),
    Question("demo", "Where is a demo (a link)?", "To try it without installing."),
    Question("cloud_provider", "Who owns the machine?", "Providers publish what their energy costs the climate."),
    Question("authors", "Who wrote the card?", "They stand for its sentences."),
    Question("citation", "How is it cited, in BibTeX?", "So that credit goes where it belongs."),
    Question("citation_apa", "How is it cited, in APA style?", "The same for those without BibTeX."),
    Question(
        "example", "On which text shall the get-started code run? It becomes public.",
        "A reader sees at a glance what the adapter does with a text like theirs.",
    ),
)  # fmt: skip


def questions(*, every: bool) -> list[Question]:
    """The first questions, or every one."""
    return [question for question in QUESTIONS if every or question.is_first]


def ask(
    asked: Iterable[Question], prompt: Callable[[str], str], tell: Callable[[str], None]
) -> dict[str, str | list[str]]:
    """Asks each question; what stays unanswered is left out, and the card will say that it is not declared.

    Args:
        prompt: shows the text and returns what was typed.
        tell: shows a line.
    """
    tell("What only a person knows. Enter leaves a question open; the card then says so.")
    answers: dict[str, str | list[str]] = {}
    for question in asked:
        tell(f"\n{question.asks}\n  {question.why}")
        typed = prompt(question.key).strip()
        if typed:
            answers[question.key] = _languages(typed) if question.key == "language" else typed
    return answers


def _languages(typed: str) -> str | list[str]:
    codes = [code.strip() for code in typed.split(",") if code.strip()]
    return codes if len(codes) > 1 else typed.strip(" ,")
