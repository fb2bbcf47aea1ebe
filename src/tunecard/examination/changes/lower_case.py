"""All letters small, as people write in a hurry."""

from __future__ import annotations

from tunecard.examination.changes.of_words import WordChange

LOWER_CASE = WordChange("lower case", (1.0,), lambda word: word != word.lower(), lambda word, draw: word.lower())
