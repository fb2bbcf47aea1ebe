"""Which tokens of a row make a word, and what that word looks like."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunecard.rows.encoded import EncodedSplit

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PROBED = "a a"  # how a tokenizer marks the blank between two words shows in its pieces of this
GOES_ON = "##"
BROKEN = "\ufffd"  # a piece of one character
WIDE = "WF"  # East Asian width of letters that stand without blanks


@dataclass(frozen=True)
class ReadWord:
    """A word as the model read it: its text, in small letters, and the places of its tokens in the row."""

    text: str
    places: tuple[int, ...]


def read_words(tokenizer: PreTrainedTokenizerBase, encoded: EncodedSplit, row: int) -> list[ReadWord]:
    """The words of a row, of all its sequences; a sign is a word of its own, what marks an end is none."""
    ids = encoded.input_ids[row]
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(ids)]
    starts = set((encoded.word_starts or [])[row]) if encoded.word_starts else None
    marks, ends = _Marks.of(tokenizer), end_tokens(tokenizer)
    groups: list[list[int]] = []
    is_open = False
    for place, id in enumerate(ids):
        if id in ends:
            is_open = False
            continue
        begins = place in starts if starts is not None else marks.begins(tokenizer, pieces, place)
        if is_open and not begins:
            groups[-1].append(place)
        else:
            groups.append([place])
        is_open = True
    return [ReadWord(_text(tokenizer, [pieces[place] for place in group]), tuple(group)) for group in groups]


def end_tokens(tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """Ids of tokens that are no part of a text: of its ends, and what fills up."""
    names = ("cls_token_id", "sep_token_id", "bos_token_id", "eos_token_id", "pad_token_id")
    found = [getattr(tokenizer, name, None) for name in names]
    return {id for id in found if id is not None}


def blank_token(tokenizer: PreTrainedTokenizerBase) -> int:
    """What stands in the place of a word that is taken away, so that all others keep their places: the mask."""
    names = ("mask_token_id", "unk_token_id", "pad_token_id")
    found = [getattr(tokenizer, name, None) for name in names]
    return int(next(id for id in found if id is not None))


@dataclass(frozen=True)
class _Marks:
    """How pieces show where a word begins: by a letter in front (byte pairs, unigrams), or one behind the word before;
    word pieces show where it goes on."""

    before: str
    behind: str

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerBase) -> _Marks:
        pieces = [str(piece) for piece in tokenizer.tokenize(PROBED)]
        mark = re.split("[aA]", "".join(pieces))[1]
        is_before = any(piece.startswith(mark) for piece in pieces)
        return cls(mark, "") if is_before else cls("", mark)

    def begins(self, tokenizer: PreTrainedTokenizerBase, pieces: list[str], place: int) -> bool:
        piece, previous = pieces[place], pieces[place - 1]
        if self.before:
            is_new = piece.startswith(self.before)
        elif self.behind:
            is_new = previous.endswith(self.behind)
        else:
            is_new = not piece.startswith(GOES_ON)
        if is_new:
            return True
        texts = [_text(tokenizer, [one]) for one in (previous, piece)]
        return not any(BROKEN in text for text in texts) and any(map(_stands_alone, texts))


def _text(tokenizer: PreTrainedTokenizerBase, pieces: list[str]) -> str:
    return str(tokenizer.convert_tokens_to_string(pieces)).replace(GOES_ON, "").strip().casefold()


def _stands_alone(text: str) -> bool:
    """A sign, or letters of a script that sets no blanks."""
    if not text:  # a blank alone, of the word that comes
        return False
    return not any(map(str.isalnum, text)) or all(unicodedata.east_asian_width(char) in WIDE for char in text)
