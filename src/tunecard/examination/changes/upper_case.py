"""All letters capitals, as in headlines and forms."""

from __future__ import annotations

from tunecard.examination.changes.of_words import WordChange

UPPER_CASE = WordChange("capitals", (1.0,), lambda word: word != word.upper(), lambda word, draw: word.upper())
