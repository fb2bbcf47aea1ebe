"""Where things are said: results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from tunecard.cli.streams import above_what_moves, unguarded
from tunecard.printable import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

PIPED_WIDTH = 120


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on stdout; only ASCII, so that no terminal or file name can break it."""
    from json import dumps

    typer.echo(dumps(content, indent=2, allow_nan=False))


def print_json_list(key: str, items: Iterable[Mapping[str, Any]]) -> None:
    """What `print_json` prints of `{key: [items]}`, item by item, so that no list is too long."""
    from json import dumps
    from textwrap import indent

    parts = (indent(dumps(item, indent=2, allow_nan=False), "    ") for item in items)
    typer.echo(f'{{\n  "{key}": [', nl=False)
    separator = "\n"
    for part in parts:
        typer.echo(separator + part, nl=False)
        separator = ",\n"
    typer.echo("\n  ]\n}" if separator == ",\n" else "]\n}")


def stdout_console() -> Console:
    """A console for results; plain and of a fixed width where stdout is no terminal."""
    return _console(is_error=False)


def stderr_console() -> Console:
    """A console for progress and notes."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> Console:
    from rich.console import Console
    from rich.segment import Segment

    class Plain(Console):
        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            """Its own codes steer the terminal; what a text holds must not."""
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else printable(text), style, control)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1, which here means that a check failed

    stream = above_what_moves(unguarded(sys.stderr if is_error else sys.stdout))
    # A notebook's stream takes lines as a pipe does; rich would put HTML beside it, and each line in a box of its own.
    width = None if stream.isatty() else PIPED_WIDTH
    return Plain(file=stream, width=width, highlight=False, force_jupyter=False)
