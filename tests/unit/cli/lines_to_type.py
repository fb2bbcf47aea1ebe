"""The `tunecard ...` lines in a message, and whether the command line would take them."""

from __future__ import annotations

import re
import shlex

import typer

from tunecard.cli.app import COMMANDS, build_command

NAMES = [name for name, _, _ in COMMANDS]
_IN_TICKS = re.compile(r"`(tunecard [^`]+)`")


def lines_to_type(message: str) -> list[str]:
    """Lines that stand alone, and those in backticks; `tunecard run` in a sentence about the command is none."""
    alone = [line.strip() for line in message.splitlines() if line.strip().startswith("tunecard ")]
    quoted = [line for line in _IN_TICKS.findall(" ".join(message.split())) if len(line.split()) > 2]
    return alone + quoted


def parse(line: str) -> None:
    """Raises: AssertionError, typer's own: the real command line would not take it. Nothing is run."""
    program, name, *rest = shlex.split(line)
    assert program == "tunecard" and name in NAMES, line
    command = build_command()
    if {"--help", "-h"} & set(rest):
        return
    with command.make_context("tunecard", [name, *rest]) as context:
        found, sub, arguments = command.resolve_command(context, [name, *rest])
        assert found == name
        with sub.make_context(name, list(arguments), parent=context):
            pass


def check_lines(message: str) -> list[str]:
    """Parses each line in a message. Returns: the lines."""
    lines = lines_to_type(message)
    for line in lines:
        try:
            parse(line)
        except typer.TyperException as error:
            raise AssertionError(f"{line}: {error.format_message()}") from error
    return lines
