"""WikiANN's files write the language before every word (`en:Ana`): stripped where every word of a file has the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tunecard.data.readers.options import ReadingOptions
from tunecard.data.readers.text_file import open_text, without_ends

_PREFIX = re.compile(r"([a-z]{2,3}(?:-[a-z]+)*:)\S")


def prefix_of_words(path: Path, first: Iterable[str], options: ReadingOptions) -> str:
    """What begins every word of a file of words, "en:"; "" without such a prefix. The file is read once where it may.

    Args:
        first: its first lines, which tell whether it is worth a look.
    """
    prefix = _shared(first)
    if not prefix:
        return ""
    with ExitStack() as stack:
        return _shared(without_ends(open_text(path, stack, options)))


def without_prefix(lines: Iterable[str], prefix: str) -> Iterator[str]:
    """The lines without a prefix."""
    return (line.removeprefix(prefix) for line in lines)


def _shared(lines: Iterable[str]) -> str:
    prefix = ""
    for line in lines:
        found = _PREFIX.match(line)
        if line.strip() and (found is None or prefix not in ("", found[1])):
            return ""
        prefix = found[1] if found else prefix
    return prefix
