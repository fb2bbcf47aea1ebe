"""The language of each row, by py3langid: told only of texts that are long enough for it and that it is sure of.

Of texts of 50 letters or more in eleven English data sets it named at a probability of 0.9 another language in 0 to
1.7 %, of shorter ones in up to 2.3 %, and left more of them open (docs/log.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

LEAST_LETTERS = 50
LEAST_PROBABILITY = 0.9
READ = 500  # characters of a row
LOOKED_AT = 500  # rows, evenly spaced, before all are read
LEAST_ROWS = 20
LEAST_SHARE = 0.02  # of the rows whose language is told: what is rarer may be its errors
UNTOLD, RARE = "not told", "another language"


def languages_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """(N,) the ISO 639-1 code of each row's language; empty where no two languages have enough rows.

    Args:
        rows: the texts of each row.
    """
    texts = [" ".join(texts)[:READ] for texts in rows]
    is_long = [sum(map(str.isalpha, text)) >= LEAST_LETTERS for text in texts]
    if sum(is_long) < 2 * LEAST_ROWS or find_spec("py3langid") is None:
        return []
    long = [text for text, enough in zip(texts, is_long, strict=True) if enough]
    step = max(1, len(long) // LOOKED_AT)
    if len(_frequent([_told(text) for text in long[::step]], 1)) < 2:
        return []
    told = [_told(text) if enough else UNTOLD for text, enough in zip(texts, is_long, strict=True)]
    kept = _frequent(told, LEAST_ROWS)
    return [one if one in {*kept, UNTOLD} else RARE for one in told] if len(kept) > 1 else []


def _frequent(told: Sequence[str], least: int) -> list[str]:
    times = Counter(one for one in told if one != UNTOLD)
    return [name for name, number in times.items() if number >= max(least, LEAST_SHARE * times.total())]


def _told(text: str) -> str:
    name, probability = _identifier().classify(text)
    return str(name) if float(probability) >= LEAST_PROBABILITY else UNTOLD


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
