"""What there is to read in a file: lines of text, the header of a weights file, the words inside a picture, columns."""

from __future__ import annotations

import html
import json
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tunecard.evidence.ledger import TOKENIZER
from tunecard.publishing.privacy.columns import column_passages
from tunecard.publishing.privacy.passage import Passage

VOCABULARIES = {TOKENIZER, "vocab.json", "vocab.txt", "merges.txt", "bpe.codes", "spiece.model", "dict.txt"}
LONGEST_HEADER = 100_000_000

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_BACKSLASHED = re.compile(r"\\([!-/:-@\[\]^_`{-~])")
_EMBEDDED = re.compile(r"data:[\w/+.-]{1,80};base64,[A-Za-z0-9+/=]*")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{6,}")


def passages(path: Path, content: bytes | None = None) -> Iterator[Passage]:
    """Everything legible in a file. `content` stands for a file that is made for the commit."""
    if content is None and path.suffix in _READERS:
        yield from _READERS[path.suffix](path)
        return
    data = path.read_bytes() if content is None else content
    is_vocabulary = path.name in VOCABULARIES or path.suffix == ".model"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        found = b"\n".join(_PRINTABLE.findall(data)).decode("ascii")
        yield Passage(found, place="inside", is_vocabulary=is_vocabulary)
        return
    yield Passage(_plain(path.suffix, text), is_vocabulary=is_vocabulary)


def _plain(suffix: str, text: str) -> str:
    """The text as a reader sees it, on the same lines."""
    if suffix == ".json":
        return _ESCAPE.sub(_unescaped, text)
    if suffix in (".md", ".html", ".svg"):
        seen = _EMBEDDED.sub("", text)
        return html.unescape(_BACKSLASHED.sub(r"\1", seen) if suffix == ".md" else seen)
    return text


def _unescaped(match: re.Match[str]) -> str:
    code, mark = match.groups()
    return chr(int(code, 16)) if code else " " if mark in "nrtbf" else mark


def _weights(path: Path) -> Iterator[Passage]:
    """The header of a safetensors file: names and metadata. The numbers behind it say nothing in words."""
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        header = stream.read(min(length, LONGEST_HEADER))
    try:
        words = json.dumps(json.loads(header), ensure_ascii=False)
    except (ValueError, RecursionError):  # no such file after all: whatever is legible
        words = "\n".join(found.decode("ascii") for found in _PRINTABLE.findall(start + header))
    yield Passage(_ESCAPE.sub(_unescaped, words), place="header")


def _picture(path: Path) -> Iterator[Passage]:
    """The words that a picture carries beside its pixels."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()  # text may stand behind the pixels
            notes = [f"{key}: {_words(value)}" for key, value in image.info.items() if isinstance(value, str | bytes)]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        notes = [found.decode("ascii") for found in _PRINTABLE.findall(path.read_bytes())]
    yield Passage("\n".join(notes), place="metadata")


def _words(value: str | bytes) -> str:
    return value if isinstance(value, str) else " ".join(found.decode("ascii") for found in _PRINTABLE.findall(value))


_READERS: dict[str, Callable[[Path], Iterator[Passage]]] = {
    ".safetensors": _weights,
    ".png": _picture,
    ".jpg": _picture,
    ".parquet": column_passages,
}
