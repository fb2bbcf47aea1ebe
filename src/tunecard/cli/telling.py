"""What a command says beside its result, on stderr: in lines that fit the terminal, elsewhere as it is."""

from __future__ import annotations

import shutil
import sys

import typer


def tell(message: str) -> None:
    """Says something on stderr: at a terminal in lines that fit it, elsewhere as it is."""
    typer.echo(wrapped(message, shutil.get_terminal_size().columns) if sys.stderr.isatty() else message, err=True)


def wrapped(message: str, width: int) -> str:
    """Lines broken between words, as a terminal would not; elsewhere each problem stays on its line.

    A line to type stays whole: pasted in two parts it would be two commands.
    """
    import textwrap

    lines = []
    for line in message.splitlines():
        if line.lstrip().startswith("tunecard "):
            lines.append(line)
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(
            line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)
