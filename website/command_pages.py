"""Every command with its arguments and options, from the parser that reads them."""

from __future__ import annotations

import re
from typing import Any

from tables import cell, table

from tunecard.cli.app import COMMANDS, build_command

INTRODUCTION = """\
# Command line

`tunecard COMMAND --help` says the same at a terminal. Results go to stdout, progress and messages to stderr; `--json` prints one JSON
object and nothing else. Exit codes of every command:

| code | says |
| --- | --- |
| 0 | done |
| 1 | a check failed: `verify` found a fault, or `audit` a card below its threshold |
| 2 | bad input or usage: one message that says where, what must hold, what came and what to type; nothing is half-written |
| 3 | interrupted; `--resume` goes on |
| 70 | a fault of ours |

This page is generated from the parser of the command line.
"""


def commands_page() -> str:
    """The page as Markdown."""
    commands = build_command().commands
    return "\n".join([INTRODUCTION, *(_section(name, commands[name]) for name, _, _ in COMMANDS)])


def _section(name: str, command: Any) -> str:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    options = [one for one in shown if one.param_type_name != "argument"]
    usage = " ".join(["tunecard", name, *(_metavar(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [*map(_argument, arguments), *map(_option, options)]
    parts = [f"## {name}\n", f"```text\n{usage}\n```\n", f"{_prose(command.help)}\n"]
    return "\n".join([*parts, *([table(("argument or option", "says", "default"), rows)] if rows else [])])


def _prose(text: str | None) -> str:
    return "\n\n".join(cell_free(part) for part in re.split(r"\n\s*\n", (text or "").replace("\b", "").strip()))


def cell_free(text: str) -> str:
    """A paragraph on one line, with angle brackets as text."""
    return " ".join(text.split()).replace("<", "&lt;")


def _argument(one: Any) -> tuple[str, str, str]:
    return f"`{_metavar(one)}`", cell(one.help or ""), "must be given" if one.required else _default(one)


def _option(one: Any) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in one.opts)
    value = "" if one.is_flag else f" `{_metavar(one)}`"
    return names + value, cell(one.help or ""), "" if one.is_flag else _default(one)


def _metavar(one: Any) -> str:
    return str(one.metavar or one.name.upper())


def _default(one: Any) -> str:
    value = one.default
    return f"`{value}`" if value not in (None, (), []) and not callable(value) else ""
