"""Which language a card is written in, so that one that nobody can judge here is not judged."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from tunecard.auditing.language_tables import tables

_LONGEST = 20_000
_FEWEST_LETTERS = 40
_FEWEST_WORDS = 8
_SHARE = 0.5
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,200}`|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in (
        ("Japanese", r"[\u3040-\u30ff]"),
        ("Chinese", r"[\u4e00-\u9fff]"),
        ("Korean", r"[\uac00-\ud7af]"),
        ("Russian or another language in Cyrillic", r"[\u0400-\u04ff]"),
        ("Arabic or another language in its script", r"[\u0600-\u06ff]"),
        ("Greek", r"[\u0370-\u03ff]"),
        ("Hebrew", r"[\u0590-\u05ff]"),
        ("Hindi or another language in Devanagari", r"[\u0900-\u097f]"),
        ("Bengali", r"[\u0980-\u09ff]"),
        ("Tamil", r"[\u0b80-\u0bff]"),
        ("Thai", r"[\u0e00-\u0e7f]"),
    )
}
ENGLISH = "English"
# The commonest small words of languages that have no table, so that their texts are not taken for one that has.
_COMMON: dict[str, str] = {
    ENGLISH: "the of and to in is for on with this that was are by as from be it an or not which can model trained",
    "Italian": "il la le gli di del della dei per con che non una sono questo nel alla è dal da più come anche",
    "Dutch": "de het een van en voor met op niet dat dit wordt zijn aan ook bij naar door uit als deze werd",
    "Polish": "i w na z do jest nie się że oraz dla od przez jak model który są tego po lub",
    "Turkish": "ve bir bu için ile olarak da de olan model gibi çok veya üzerinde daha ise kadar",
    "Swedish": "och att det som en på är av för med den till inte om har ett från",
    "Danish or Norwegian": "og at det som en på er av af for med den til ikke om har et fra",
    "Czech or Slovak": "a v na je se že pro s z do jako nebo ktorý který sa pre bol byl",
    "Indonesian or Malay": "yang dan di untuk dengan ini dari pada adalah tidak dalam model oleh atau akan",
    "Vietnamese": "và của là cho được các một trong với này không có để trên mô hình",
    "Romanian": "și de la în pe cu este un o pentru din nu care sunt a fost",
    "Hungarian": "a az és egy hogy nem is ez van mint vagy meg által volt",
    "Finnish": "ja on ei se että tämä malli myös kun ovat sekä tai joka",
    "Catalan": "el la els les i és un una de del per amb que no aquest aquesta al en",
}


def language_of(body: str) -> str:
    """The language of a card's text by its script or its commonest words; English where too little is written.

    >>> language_of("Модель находит имена людей и названия городов в газетных статьях на русском языке.")
    'Russian or another language in Cyrillic'
    """
    plain = _CODE.sub(" ", body[:_LONGEST]).lower()
    return _by_script(plain) or _by_words(plain) or ENGLISH


def is_judged(language: str) -> bool:
    """Whether headings in this language are known here."""
    return language == ENGLISH or any(language == table.name for table in tables())


def _by_script(plain: str) -> str | None:
    """The script of the most letters; a word in a script without blanks is a letter or two, hence the weight."""
    letters = sum(map(str.isalpha, plain))
    counts = {name: len(pattern.findall(plain)) for name, pattern in _SCRIPTS.items()}
    japanese, chinese = counts["Japanese"], counts["Chinese"]
    if japanese > 0.1 * (japanese + chinese):
        counts["Japanese"] += chinese
        counts["Chinese"] = 0
    name = max(counts, key=lambda one: counts[one])
    is_dense = name in ("Japanese", "Chinese", "Korean")
    weight = 3 if is_dense else 1
    enough = weight * counts[name] >= _FEWEST_LETTERS
    return name if enough and weight * counts[name] > _SHARE * letters else None


def _by_words(plain: str) -> str | None:
    words = Counter(_WORD.findall(plain))
    hits = {name: sum(words[word] for word in common) for name, common in _common_words().items()}
    name = max(hits, key=lambda one: hits[one])
    return name if hits[name] >= _FEWEST_WORDS and hits[name] > hits[ENGLISH] else None


@cache
def _common_words() -> dict[str, frozenset[str]]:
    own = {name: frozenset(words.split()) for name, words in _COMMON.items()}
    return own | {table.name: table.common for table in tables() if table.common}
