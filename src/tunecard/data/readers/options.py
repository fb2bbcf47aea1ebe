"""What a reader is told of a file that the file itself may not tell: separator and encoding, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AUTO = "auto"
NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}  # as a shell can say them


@dataclass(frozen=True)
class ReadingOptions:
    """How to read files.

    Attributes:
        separator: the character between the columns of a table, or its name in `NAMED`; "auto" finds it.
        encoding: of text, by its name; "auto" is UTF-8, or what the first bytes mark.
        sheet: of a workbook with several, by its name; None takes the first.
        columns: role to column, as far as somebody named them: what is named is not asked for.
    """

    separator: str = AUTO
    encoding: str = AUTO
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def delimiter(self) -> str | None:
        """The character between columns; None where it is to be found."""
        return None if self.separator == AUTO else NAMED.get(self.separator, self.separator)


AS_FOUND = ReadingOptions()
