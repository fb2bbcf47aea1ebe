"""Markdown tables and cells, as every generated page writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    """Plain text as the content of a cell: on one line, with nothing that Markdown or HTML would read as its own."""
    for taken, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("*", "&#42;"), ("_", "&#95;")):
        text = text.replace(taken, written)
    return " ".join(text.replace("[", "&#91;").replace("]", "&#93;").split())
