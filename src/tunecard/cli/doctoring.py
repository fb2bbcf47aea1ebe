"""`tunecard doctor`: what this machine supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from tunecard.cli.arguments import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tunecard.doctor.machine import Answer

WIDTH = 80
NAME_WIDTH = 16


def doctor(json: AsJson = False) -> None:
    """What does this machine support?

    Versions, processor, accelerator, memory and disk, energy meters, Hub, embedded base, extras, and the
    architectures whose rows are packed. Trains nothing, and what is missing is no error.
    """
    from tunecard.cli.output import print_json
    from tunecard.doctor.machine import examine_machine

    answers = examine_machine()
    if json:
        print_json(as_json(answers))
    else:
        typer.echo("\n".join(shown(answers)))


def as_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """Sections to names to values; keys in snake case, None where something is not known."""
    content: dict[str, Any] = {}
    for answer in answers:
        content.setdefault(_key(answer.section), {})[_key(answer.name)] = answer.value
    return content


def shown(answers: Sequence[Answer]) -> Iterator[str]:
    """Lines of at most 80 columns: a heading a section, an answer below another."""
    import textwrap

    section = None
    for answer in answers:
        if answer.section != section:
            yield from ([""] if section else [])
            yield answer.section
            section = answer.section
        head = f"  {answer.name:<{NAME_WIDTH}} "
        yield textwrap.fill(
            answer.text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
        )


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")
