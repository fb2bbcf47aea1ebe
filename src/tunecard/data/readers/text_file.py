"""Bytes to text, strictly UTF-8: a wrong encoding is a fault with its line, never a replaced character."""

from __future__ import annotations

from pathlib import Path

from tunecard.errors import DataError


def read_lines(path: Path) -> list[str]:
    """Lines without their line ends (only \\n and \\r\\n end a line; other separators may be part of a text)."""
    return [line.removesuffix("\r") for line in read_text(path).split("\n")]


def read_text(path: Path) -> str:
    """The whole text of a file, without a byte order mark.

    Raises: DataError: the file is empty or is not UTF-8.
    """
    content = path.read_bytes()
    if not content.strip():
        raise DataError(f"{path.name}: the file is empty. It must hold at least one row.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path.name} line {line}: must be UTF-8. Got the byte 0x{content[error.start]:02X}. "
            f"Save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`."
        ) from error
