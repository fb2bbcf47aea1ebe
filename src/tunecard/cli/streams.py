"""The one place where text leaves for a terminal: standard output and standard error, each character printable.

What is printed quotes files that somebody else wrote: names of labels and columns, keys of a recipe, messages of
libraries about them. rich alone may steer the terminal, and its texts are made printable before (`cli/output.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tunecard.printable import printable

RICHS_MARK = "rich_proxied_file"  # by which rich knows a stream of its own, and writes to the one behind


class PrintableStream:
    """A text stream that escapes what a terminal would obey; all else is that of the stream behind it."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        return self.behind.write(printable(text))

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


@contextmanager
def printable_streams() -> Iterator[None]:
    """Whatever is printed within the block, by whomever, goes through `printable`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_guarded(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unguarded(stream: Any) -> TextIO:
    """The stream behind, for who makes each text printable and then steers the terminal itself."""
    found: TextIO = stream.behind if isinstance(stream, PrintableStream) else stream
    return found


class _Proxied:
    """A stream of rich's `Live` that a console of ours writes to, too: rich itself would write past it."""

    def __init__(self, proxy: TextIO) -> None:
        self._proxy = proxy

    def __getattr__(self, name: str) -> Any:
        if name == RICHS_MARK:
            raise AttributeError(name)
        return getattr(self._proxy, name)


def above_what_moves(stream: Any) -> Any:
    """The stream for a console: where lines move meanwhile, through those, so that colours arrive as colours."""
    return _Proxied(stream) if hasattr(stream, RICHS_MARK) else stream


def _guarded(stream: Any) -> Any:
    # Without a terminal or a file (pythonw, a closed descriptor) Python has None here.
    return stream if stream is None or isinstance(stream, PrintableStream) else PrintableStream(stream)
