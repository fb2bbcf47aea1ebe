"""In which encoding a file of text is: as asked, by its mark, or UTF-8; a likely other one is named, never taken.

Only a mark at the start, or the zeros of UTF-16 without one, decide by themselves: what else reads without a fault as
three encodings has to be said by a person.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AUTO, ReadingOptions

LOOKED_AT = 4_096
# The longer marks first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32 by its mark"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32 by its mark"),
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 by its mark"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 by its mark"),
)
_LEAST_ZEROS = 0.02
SPOILED = "\udcff"


@dataclass(frozen=True)
class Encoding:
    """An encoding by Python's name, and what a person must be told of it."""

    name: str
    notes: Notes = field(default_factory=dict)


def _spoil(error: UnicodeError) -> tuple[str, int]:
    """What is no text becomes a lone surrogate: it spoils its own row, which the row check names."""
    return SPOILED, getattr(error, "end", 1)


codecs.register_error("tunecard-spoil", _spoil)


def find_encoding(start: bytes, options: ReadingOptions) -> Encoding:
    """The encoding of a file.

    Args:
        start: its first bytes.
    """
    marked = next(((name, said) for mark, name, said in _MARKS if start.startswith(mark)), None)
    if options.encoding != AUTO:
        is_plain = marked is None or codecs.lookup(options.encoding).name != "utf-8"
        return Encoding(options.encoding if is_plain else "utf-8-sig")
    if marked:
        return Encoding(marked[0], {marked[1]: 0} if marked[1] else {})
    unmarked = _utf16_by_zeros(start)
    return (
        Encoding(unmarked, {f"{unmarked.upper()} without a mark, by its zeros": 0}) if unmarked else Encoding("utf-8")
    )


def _utf16_by_zeros(start: bytes) -> str | None:
    """UTF-16 of text with ASCII in it has zeros at every other place, and no text in UTF-8 has any."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < max(2, _LEAST_ZEROS * len(start)) or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _share(pattern: str) -> Callable[[str], float]:
    """Share of the characters beyond ASCII that are of a kind."""
    wanted = re.compile(pattern)

    def share(text: str) -> float:
        beyond = [char for char in text if char > "\x7f"]
        return sum(bool(wanted.match(char)) for char in beyond) / len(beyond) if beyond else 0.0

    return share


# An encoding, and what its text is made of beyond ASCII. The more particular come first.
_LATIN = (
    "[\u00c0-\u00ff\u0152\u0153\u0160\u0161\u017d\u017e\u2013\u2014\u2018-\u201e\u2026\u20ac\u00a0\u00ab\u00bb\u00b0]"
)
_LIKELY = (
    ("shift_jis", _share("[\u3040-\u30ff\u4e00-\u9fff\u3000-\u303f\uff00-\uff60]")),
    ("euc_kr", _share("[\uac00-\ud7a3]")),
    ("gb18030", _share("[\u4e00-\u9fff\u3000-\u303f\uff00-\uff5e]")),
    ("big5", _share("[\u4e00-\u9fff\u3000-\u303f\uff00-\uff5e]")),
    ("windows-1251", _share("[\u0430-\u044f\u0410-\u042f\u0451\u00ab\u00bb\u2013\u2014]")),
    ("windows-1252", _share(_LATIN)),
    ("latin-1", _share(_LATIN)),
)
_KANA = re.compile("[\u3040-\u30ff]")
_LEAST_SHARE = 0.9
_HIGH = re.compile(rb"[\x80-\xff]+")


def likely_encoding(piece: bytes) -> str:
    """The encoding that bytes which are no UTF-8 read well in; to be proposed, not to be taken.

    >>> likely_encoding("na\u00efve caf\u00e9".encode("cp1252"))
    'windows-1252'
    >>> likely_encoding("\u0425\u043e\u0440\u043e\u0448\u0438\u0439 \u0444\u0438\u043b\u044c\u043c".encode("cp1251"))
    'windows-1251'
    """
    runs = [len(run) for run in _HIGH.findall(piece)]
    is_dense = sum(run for run in runs if run > 1) > sum(runs) / 2  # accents stand alone, other scripts do not
    for name, share in _LIKELY if is_dense else _LIKELY[-2:]:
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(piece)
        except UnicodeDecodeError:
            continue
        if share(text) >= _LEAST_SHARE and (name != "shift_jis" or _KANA.search(text)):
            return name
    return "windows-1252"
