"""What only a person can answer: a question and a reason to answer it, asked at a terminal or left as comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tunecard.hub.asked_back import language_fault, licence_fault


@dataclass(frozen=True)
class Question:
    """One key of the recipe's `card:` block.

    Attributes:
        key: the key.
        asks: the question.
        why: what a reader of the card does with the answer.
        is_first: asked by `tunecard init`, 16 at most; the others are keys with a comment.
    """

    key: str
    asks: str
    why: str
    is_first: bool = False


QUESTIONS = (
    Question("developed_by", "Who made the adapter?", "A reader must know who answers for it.", is_first=True),
    Question(
        "provider", "Under whose name is it published or put to use?",
        "The law calls them the provider; it need not be who made it.", is_first=True,
    ),
    Question("contact", "Whom may a reader write to?", "Faults are found by users.", is_first=True),
    Question(
        "license", "Under which licence may others use it (such as apache-2.0)?",
        "Without one nobody else may.", is_first=True,
    ),
    Question(
        "language", "In which language are the texts (a code such as en, or several)?",
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
        "foreseeable_misuse", "How may it be misused all the same?",
        "Whoever allows or watches a use must know what to look for.", is_first=True,
    ),
    Question(
        "risks", "Who may be harmed by its mistakes, and how?",
        "Scores are means; harm falls on single people.", is_first=True,
    ),
    Question(
        "recommendations", "What should users do about the risks?",
        "A risk without advice helps nobody.", is_first=True,
    ),
    Question(
        "human_oversight", "Who watches its answers, and how do they stop or correct it?",
        "A use that decides about people needs somebody who can say no.", is_first=True,
    ),
    Question(
        "version_history", "Which version is it, and what changed since the ones before?",
        "A reader who knows an older one must see what is new.", is_first=True,
    ),
    Question(
        "region", "In which country does the machine stand (a name, or a code: FRA)?",
        "Grams of CO2 depend on the grid; without a region the card gives none.", is_first=True,
    ),
    Question("repository", "Where is the code (a link)?", "To repeat the work.", is_first=True),
    Question(
        "citation_file", "Which file says how to cite it (a CITATION.cff, seen from the recipe)?",
        "So that credit goes where it belongs; the card turns it into BibTeX and APA.", is_first=True,
    ),
    Question(
        "declared_by", "Who gave these answers?",
        "The card names you beside them, with today's date.", is_first=True,
    ),
    Question("downstream_use", "What may larger systems do with it?", "It tells integrators what was thought of."),
    Question("funded_by", "Who paid for it?", "Interests should be visible."),
    Question("shared_by", "Who publishes it?", "It need not be who made it."),
    Question("paper", "Where is the paper (a link)?", "To understand the work."),
    Question("demo", "Where is a demo (a link)?", "To try it without installing."),
    Question("cloud_provider", "Who owns the machine?", "Providers publish what their energy costs the climate."),
    Question("authors", "Who wrote the card?", "They stand for its sentences."),
    Question("citation", "How is it cited, in BibTeX?", "Goes before what the CITATION.cff says."),
    Question("citation_apa", "How is it cited, in APA style?", "The same for those without BibTeX."),
    Question(
        "example", "On which text shall the get-started code run? It becomes public.",
        "A reader sees at a glance what the adapter does with a text like theirs.",
    ),
)  # fmt: skip


FIRST = tuple(question for question in QUESTIONS if question.is_first)
TAKES = "="
ENDS = "."
CHECKS: Mapping[str, Callable[[str], str | None]] = {"license": licence_fault, "language": language_fault}


def ask(
    prompt: Callable[[str], str],
    tell: Callable[[str], None],
    suggestions: Mapping[str, str] | None = None,
    asked: Sequence[Question] = FIRST,
) -> dict[str, str | list[str]]:
    """Asks each question; what stays unanswered is left out, and the card will say that it is not declared.

    Who gave the answers is asked last, and only where there are any.

    Args:
        prompt: shows the text and returns what was typed.
        tell: shows a line.
        suggestions: key to what may be meant; it is declared only when a person takes it.
    """
    tell(f"What only a person knows. Enter leaves a question open, {ENDS} all that follow.")
    answers: dict[str, str | list[str]] = {}
    has_ended = False
    for number, question in enumerate(asked, start=1):
        if (has_ended and question.key != "declared_by") or (question.key == "declared_by" and not answers):
            continue
        suggested = (suggestions or {}).get(question.key)
        hint = f"\n  {TAKES} takes: {suggested}" if suggested else ""
        tell(f"\n{number} of {len(asked)}. {question.asks}\n  {question.why}{hint}")
        answer = _answer(question, prompt, tell, suggested)
        has_ended = has_ended or answer == ENDS
        if answer and answer != ENDS:
            answers[question.key] = _languages(answer) if question.key == "language" else answer
    return answers


def _answer(
    question: Question, prompt: Callable[[str], str], tell: Callable[[str], None], suggested: str | None
) -> str:
    """What is answered; what the Hub would refuse is asked back at once."""
    while True:
        typed = prompt(question.key).strip()
        answer = suggested if suggested and typed == TAKES else typed
        check = CHECKS.get(question.key)
        fault = check(answer) if check is not None and answer != ENDS else None
        if fault is None:
            return answer
        tell(f"  {fault}")


def _languages(typed: str) -> str | list[str]:
    codes = [code.strip() for code in typed.split(",") if code.strip()]
    return codes if len(codes) > 1 else typed.strip(" ,")
