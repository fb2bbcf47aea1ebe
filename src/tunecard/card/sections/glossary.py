"""The terms that this card uses, each with how it is computed; a term that does not occur is not listed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tunecard.card.answer import Answer, Mark
from tunecard.card.glossary_terms import TERMS
from tunecard.card.markdown import bullets

MARK: Mark = "derived"


def answer(texts: Iterable[str]) -> Answer:
    """`glossary`: the terms that occur in the rendered texts, and those that their definitions use."""
    text = "\n".join(texts)
    found = {term for term in TERMS if _occurs(term, text)}
    found |= {term for term in TERMS for other in found if term != other and _occurs(term, TERMS[other])}
    items = [f"**{term}:** {TERMS[term]}" for term in sorted(found, key=str.lower)]
    return Answer(bullets(items) if items else "No term of this card needs one.", MARK)


def _occurs(term: str, text: str) -> bool:
    plural = "s?" if term[-1].isalpha() else ""
    return re.search(rf"(?i)(?<!\w){re.escape(term)}{plural}(?!\w)", text) is not None
