"""Which column of a CoNLL file is what: told from the values of its first lines, never from their place alone.

Words are the first column that neither counts, nor is constant in its sentence, nor holds numbers; tags are columns of
O, B-, I- and the like. What several columns could be is told, with what to type for another; what none can be is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tunecard.data.readers.conll_columns import MOST, NUMBER, TAG, Columns, Rows
from tunecard.data.readers.inline_words import NER_TOLD, ner_place, with_ner
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import ReadingOptions
from tunecard.errors import DataError

DOCSTART = "-DOCSTART-"
_WORDS = {"token", "tokens", "word", "words", "form", "text"}
_TAGS = {"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "bio", "iob", "entity", "ne"}
_COLUMN = re.compile(r"column (\d+)$")

Split = Callable[[str], list[str]]


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are read.

    Attributes:
        split: a line to its fields.
        width: fields of a line.
        word, tags: places of the columns; `tags` is None where there is none.
        counters: places of the columns that count the words.
        constants: places of the columns with one value a sentence.
        has_header: whether the first line names the columns.
        notes: what a person must be told.
    """

    split: Split
    width: int
    word: int = 0
    tags: int | None = None
    counters: tuple[int, ...] = ()
    constants: tuple[int, ...] = ()
    has_header: bool = False
    notes: Notes = field(default_factory=dict)


def find_layout(lines: Sequence[str], file: str, options: ReadingOptions) -> Layout:
    """The layout of a CoNLL file.

    Args:
        lines: the first ones, without their ends.
        file: for the fault.
    Raises: DataError: it is plain text, or which column holds words or tags cannot be told.
    """
    split, width, share = _parted(_contents(lines))
    sentences = _sentences(lines, split, width)
    rows = [row for sentence in sentences for row in sentence]
    if not rows:
        return Layout(split, max(width, 1))
    has_header = _is_header(rows)
    if has_header:
        sentences = [sentences[0][1:], *sentences[1:]]
    look = Columns([sentence for sentence in sentences if sentence], width)
    told: Notes = {}
    place = None if has_header or any(map(look.tags_at, range(width))) else ner_place(rows)
    if place is not None:
        split = with_ner(split, place)
        look = Columns(_sentences(lines, split, width), width)
        told[f"column {place + 1}: {NER_TOLD}, O where it has none"] = 0
    if share < MOST and not look.tags_at(-1) and not _named(options, width):
        raise DataError(_plain(file))
    word = _word(look, width, file, options)
    tags, notes = _tags(look, word, width, file, options)
    notes |= told
    if has_header:
        notes["the first line names the columns and is skipped"] = 0
    for place in look.counters[:1]:
        notes[f"column {place + 1} counts the words"] = 0
    return Layout(split, width, word, tags, look.counters, look.constants, has_header, notes)


def is_tagged(lines: Sequence[str]) -> bool:
    """Whether lines are words with their tags, as in a CoNLL file, and no table and no text."""
    split, width, share = _parted(_contents(lines))
    rows = [split(line) for line in _contents(lines)]
    if width < 2 or share < MOST or any(name.lower().startswith(("sentence", "sent_id")) for name in rows[0]):
        return False
    whole, below = Columns([rows], width), Columns([rows[1:] or rows], width)  # the first may name the columns
    return any(below.tags_at(place) and whole.has_types(place) for place in range(1, width))


def _contents(lines: Sequence[str]) -> list[str]:
    """The lines that can only hold a word."""
    found = [line for line in lines if line.strip(" \t") and DOCSTART not in line[:40]]
    return [line for line in found if not line.startswith("#")] or found


def _by_tab(line: str) -> list[str]:
    first, *rest = line.split("\t")
    return [first, *(value.strip(" ") for value in rest)]


def _by_tabs(line: str) -> list[str]:
    return [value.strip(" ") for value in re.split(r"\t+", line.rstrip("\t "))]


def _by_blanks(line: str) -> list[str]:
    # Only ASCII blanks part fields: other white space may be part of a token.
    return re.split(r"[ \t]+", line.strip(" \t"))


def _parted(lines: Sequence[str]) -> tuple[Split, int, float]:
    """What parts the fields of a line, how many most lines have, and the share of these lines."""
    has_tabs = sum("\t" in line for line in lines) * 2 >= len(lines) > 0
    found = []
    for split in (_by_tab, _by_tabs, _by_blanks) if has_tabs else (_by_blanks,):
        widths = Counter(len(split(line)) for line in lines)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        found.append((split, width, count / max(1, len(lines))))
        if width > 1 and found[-1][2] >= MOST:
            break
    return max(found, key=lambda one: (one[1] > 1, one[2]))


def _sentences(lines: Sequence[str], split: Split, width: int) -> list[Rows]:
    """Rows of the usual width by sentence; lines that may be comments are none."""
    found: list[Rows] = [[]]
    for line in lines:
        if not line.strip(" \t"):
            found.append([])
        elif not line.startswith("#") and DOCSTART not in line[:40]:
            found[-1].append(split(line))
    whole = [[row for row in sentence if len(row) == width] for sentence in found]
    return [sentence for sentence in whole if sentence]


def _is_header(rows: Rows) -> bool:
    first = {value.lower() for value in rows[0]}
    if first & _WORDS and first & _TAGS and len(rows) > 1:
        return True
    rest = rows[1:]
    return len(rest) > 5 and any(
        not TAG.match(rows[0][place]) and all(TAG.match(row[place]) for row in rest) for place in range(len(rows[0]))
    ) and not any(NUMBER.match(value) for value in rows[0])  # fmt: skip


def _named(options: ReadingOptions, width: int, role: str = "tags") -> int | None:
    """The place of a column that somebody named, such as "column 4"."""
    found = _COLUMN.match(options.columns.get(role, ""))
    return int(found[1]) - 1 if found and 0 < int(found[1]) <= width else None


def _word(look: Columns, width: int, file: str, options: ReadingOptions) -> int:
    named = _named(options, width, "tokens")
    if named is not None or width == 1:
        return named or 0
    apart = {*look.counters, *look.constants}
    found = [
        place
        for place in range(width)
        if place not in apart and not look.tags_at(place) and not look.is_numbers(place) and not look.is_empty(place)
    ]
    if found:
        return found[0]
    raise DataError(
        f"{file}: which column holds the words cannot be told: {_columns(look, width)}. "
        "Say which: set `data.columns.tokens` to column 1, column 2..., and `data.columns.tags` likewise."
    )


def _tags(look: Columns, word: int, width: int, file: str, options: ReadingOptions) -> tuple[int | None, Notes]:
    named = _named(options, width)
    if named is not None:
        return named, {}
    places = [place for place in range(width) if place != word and not look.is_empty(place)]
    tagged = [place for place in places if look.tags_at(place)]
    entities = [place for place in tagged if not look.is_phrases(place)] or tagged
    chosen = next((place for place in entities if look.has_types(place)), entities[0] if entities else None)
    if chosen is not None:
        others = [place + 1 for place in tagged if place != chosen]
        ways = ", ".join(f"`data.columns.tags: column {place}`" for place in others)
        told = f"column {chosen + 1} is read as the tags; {ways} would read other tags"
        return chosen, {told: 0} if others else {}
    free = [place for place in places if place > word and place not in (*look.counters, *look.constants)]
    if options.is_prediction or not [place for place in places if place > word]:
        return None, {}
    if len(free) == 1 and width == word + 2:
        return free[0], {}
    raise DataError(
        f"{file}: no column holds tags such as O and B-PER: {_columns(look, width)}. "
        "Say which holds the labels: set `data.columns.tags` to column 1, column 2... (--column 'tags=column 2')."
    )


def _columns(look: Columns, width: int) -> str:
    """The columns by their first values: "column 1: '1', '2', '1'"."""
    seen = (list(dict.fromkeys(value[:20] for value in look.values(place)))[:3] for place in range(width))
    return "; ".join(f"column {place} has {', '.join(map(repr, values))}" for place, values in enumerate(seen, 1))


def _plain(file: str) -> str:
    return (
        f"{file}: is unlabelled text, a sentence a line, and no words with their tags (CoNLL). To learn from it, write "
        "a csv with the columns text and label, or a folder a class with a text a file; `tunecard predict` reads .txt "
        "line by line."
    )
