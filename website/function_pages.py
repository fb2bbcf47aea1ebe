"""The functions and classes of `import tunecard`, from their signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from command_pages import cell_free

import tunecard

INTRODUCTION = """\
# Python

What the command line does, for what Python has at hand. `import tunecard` costs milliseconds; `verify` and `audit` load no torch. Every
error is a `tunecard.errors.TunecardError`, whose message says where, what must hold, what came and what to do.

This page is generated from the docstrings.
"""
WIDTH = 78
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):", re.MULTILINE)


def functions_page() -> str:
    """The page as Markdown."""
    public = {name: getattr(tunecard, name) for name in tunecard.__all__ if not name.startswith("__")}
    functions = [_function(f"tunecard.{name}", it) for name, it in public.items() if inspect.isfunction(it)]
    classes = [_class(name, it) for name, it in public.items() if inspect.isclass(it)]
    return "\n".join([INTRODUCTION, *functions, *classes])


def _function(name: str, function: Any, level: str = "##") -> str:
    return f"{level} {name}\n\n{_signature(name, function)}\n{documented(inspect.getdoc(function) or '')}\n"


def _class(name: str, kind: Any) -> str:
    own = [
        (method, it)
        for method, it in vars(kind).items()
        if inspect.isfunction(it) and not method.startswith("_") and it.__doc__
    ]
    head = f"## tunecard.{name}\n\n{documented(inspect.getdoc(kind) or '')}\n"
    return head + "\n" + "\n".join(_function(method, it, "###") for method, it in own)


def _signature(name: str, function: Any) -> str:
    """The call as its source writes it, with each argument on a line of its own where it is long."""
    signature = inspect.signature(function)
    arguments = list(_arguments(signature))
    returns = "" if signature.return_annotation is signature.empty else f" -> {signature.return_annotation}"
    short = f"{name}({', '.join(arguments)}){returns}"
    long = name + "(\n" + "".join(f"    {one},\n" for one in arguments) + f"){returns}"
    return f"```python\n{short if len(short) <= WIDTH else long}\n```\n"


def _arguments(signature: inspect.Signature) -> Iterator[str]:
    star = False
    for name, one in signature.parameters.items():
        if one.kind is one.KEYWORD_ONLY and not star:
            star = True
            yield "*"
        if name != "self":
            prefix = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
            typed = "" if one.annotation is one.empty else f": {one.annotation}"
            yield prefix + name + typed + _default(one)


def _default(one: inspect.Parameter) -> str:
    """The default as Python shows it; of an object that shows its address, dots."""
    if one.default is one.empty:
        return ""
    shown = repr(one.default)
    return f" = {'...' if ' at 0x' in shown else shown}"


def documented(text: str) -> str:
    """A docstring as Markdown: its sections become lists, what stands between backticks stays code."""
    pieces = SECTION.split(text)
    sections = zip(pieces[1::2], pieces[2::2], strict=True)
    told = [f"**{title}:**{_section(body)}" for title, body in sections]
    return "\n\n".join([_paragraphs(pieces[0]), *told])


def _section(body: str) -> str:
    inline, _, rest = body.partition("\n")
    if inline.strip():  # "Returns: the report; ..." may go on, indented, below
        return " " + cell_free(body)
    items = re.split(r"\n(?=    \S)", "\n" + rest)
    return "\n\n" + "\n".join(f"- {_item(item)}" for item in items if item.strip())


def _item(item: str) -> str:
    name, colon, told = cell_free(item).partition(": ")
    return f"`{name}`: {told}" if colon else name


def _paragraphs(text: str) -> str:
    return "\n\n".join(cell_free(part) for part in re.split(r"\n\s*\n", text.strip()))
