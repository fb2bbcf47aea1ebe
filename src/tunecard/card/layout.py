"""The Hub's template walked from the table of fields: headings in the template's order, an answer under each."""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.card.answer import Answer
from tunecard.hub.fields import FIELDS, Field

TITLE = "Model Card for "
INTRODUCTIONS = {
    "Environmental Impact": (
        "Energy is power times time, as in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700); where no power "
        "meter can be read it is a range."
    ),
}


def lay_out(title: str, answers: Mapping[str, Answer], extras: Mapping[str, str]) -> str:
    """The body of the card.

    Args:
        title: the model's name as Markdown.
        answers: one for every variable but `model_id`.
        extras: variable -> Markdown that follows its answer (tables and pictures below a one-line field).
    """
    blocks = [f"# {TITLE}{title}"]
    above: tuple[str, ...] = ()
    previous = FIELDS[0]
    for field in FIELDS:
        if field.kind == "title":
            continue
        blocks += _headings(above, field.heading)
        text = _placed(field, answers[field.variable])
        if field.kind == "bullet" and _is_next_bullet(previous, field) and previous.variable not in extras:
            blocks[-1] += "\n" + text
        else:
            blocks.append(text)
        if extra := extras.get(field.variable):
            blocks.append(extra)
        above, previous = field.heading, field
    return "\n\n".join(block for block in blocks if block)


def _headings(above: tuple[str, ...], path: tuple[str, ...]) -> list[str]:
    """The headings that are new on the way to `path`, with the section's introduction."""
    shared = 0
    while shared < min(len(above), len(path)) and above[shared] == path[shared]:
        shared += 1
    blocks = []
    for depth in range(shared, len(path)):
        blocks.append("#" * (depth + 2) + " " + path[depth])
        blocks.append(INTRODUCTIONS.get(path[depth], ""))
    return [block for block in blocks if block]


def _placed(field: Field, answer: Answer) -> str:
    if field.kind == "bullet":
        return f"- **{field.label}:** {answer.markdown}"
    if field.kind == "bold":
        return f"**{field.label}:**\n\n{answer.markdown}"
    return answer.markdown


def _is_next_bullet(previous: Field, field: Field) -> bool:
    return previous.kind == "bullet" and previous.heading == field.heading
