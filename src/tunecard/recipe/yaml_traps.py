"""What YAML's own messages mean: the line, the trap that people fall into, and what to type instead."""

from __future__ import annotations

import re

import yaml

from tunecard.untrusted.bounded_yaml import ExcessiveYaml

SHOWN = 60
QUOTE = "Put the value in quotation marks"
# What PyYAML says, and what has happened: a pattern of its message, and what to do.
_TRAPS = (
    (r"found character '\\t' that cannot start", "is indented with a tab. YAML takes blanks only: type two of them."),
    (r"mapping values are not allowed", "has a second colon with a blank behind it. {quoted}"),
    (r"found undefined alias|while scanning an alias", "has a value that begins with an asterisk. {quoted}"),
    (r"while scanning an anchor", "has a value that begins with an ampersand. {quoted}"),
    (r"found character '[@`%]' that cannot start", "has a value that begins with a sign that YAML keeps. {quoted}"),
    (r"while scanning a quoted scalar|unexpected end of stream", "opens a quotation mark that is never closed."),
    (r"while parsing a flow (sequence|mapping|node)", "opens a bracket that is never closed, or lacks a comma inside."),
    (r"could not find expected ':'", "is no `key: value`. Put a colon and a blank behind the key."),
    (r"while parsing a block (mapping|collection)", "is not indented like the keys beside it, or is no `key: value`."),
    (
        r"could not determine a constructor for the tag",
        "begins with an exclamation mark, which asks for a type. {quoted}",
    ),
)


def in_plain_words(error: yaml.YAMLError, text: str) -> str:
    """The sentence about YAML that cannot be read: which line, what it has, what to type.

    >>> try:
    ...     yaml.safe_load("risks: who: you")
    ... except yaml.YAMLError as error:
    ...     in_plain_words(error, "risks: who: you").partition("line 1 ")[2]
    'has a second colon with a blank behind it. Put the value in quotation marks: risks: "who: you"'
    """
    if not isinstance(error, ExcessiveYaml):
        error = _by_python(text) or error
    said = " ".join(str(error).split())
    trap = next((words for pattern, words in _TRAPS if re.search(pattern, said)), None)
    line = _line_of(error)
    if trap is None or line is None:
        return f"is not YAML: {said}"
    lines = text.splitlines()
    return f"is not YAML: line {line + 1} " + trap.format(quoted=_quoted(lines[line] if line < len(lines) else ""))


def _by_python(text: str) -> yaml.YAMLError | None:
    """The same fault in the words of the parser in Python, which names characters; None where it finds none."""
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return error
    return None


def _line_of(error: yaml.YAMLError) -> int | None:
    """Where it happened, from 0: of a bracket, quotation mark or key that stays open, where it began."""
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    is_open = any(what in str(getattr(error, "context", "")) for what in ("quoted scalar", "flow", "simple key"))
    found = context if is_open and context is not None else mark or context
    return None if found is None else int(found.line)


def _quoted(line: str) -> str:
    key, colon, value = line.strip().partition(":")
    value = value.strip()
    if not colon or not value or len(value) > SHOWN or value[0] in "[{":
        return f"{QUOTE}."
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{QUOTE}: {key}: "{quoted}"'
