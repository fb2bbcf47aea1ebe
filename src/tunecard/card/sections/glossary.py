"""The terms that this card uses, each with how it is computed; a term that does not occur is not listed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tunecard.card.answer import Answer, StatusLabel
from tunecard.card.facts import method_title, used_scores
from tunecard.card.glossary_terms import SPELLINGS, TERMS
from tunecard.card.markdown import bullets, escape, prose
from tunecard.evidence import Findings

MEAN_OF_OTHERS = "Macro"  # a mean of scores that it does not define itself
STATUS: StatusLabel = "derived"
_FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
# Code, where links lead, and names of modules.
_HIDDEN = re.compile(r"(?<!\\)`[^`\n]*`|(?<=\])\([^()\s]*\)|(?<=\])\[\d+\]|<https?:[^>\s]*>|\w+(?:\.\w+){2,}")


def answer(texts: Iterable[str], findings: Findings) -> Answer:
    """`glossary`: the recorded method, the terms that occur in the rendered texts, and those that definitions use."""
    method, defined = _method(findings), _defined_as_scores(findings)
    terms = {term: meaning for term, meaning in (TERMS | method).items() if term not in defined}
    found = _terms_in("\n".join(texts), set(TERMS) - defined) | set(method)
    waiting = list(found)
    while waiting:
        used = _terms_in(terms[waiting.pop()], terms) - found
        found |= used
        waiting += used
    items = [f"**{term}:** {terms[term]}" for term in sorted(found, key=str.lower)]
    lead = "Scores are defined under [Metrics](#metrics).\n\n" if defined else ""
    return Answer(lead + bullets(items) if items else "No term of this card needs one.", STATUS)


def _defined_as_scores(findings: Findings) -> set[str]:
    """The terms that Metrics defines as this task means them: a second meaning beside it would mislead."""
    used = used_scores(findings)
    names = [f" {score.name.lower()} " for score in used if not score.name.startswith(MEAN_OF_OTHERS)]
    whole = {score.name.lower() for score in used}
    return {term for term in TERMS if term.lower() in whole or any(_occurs(term, name) for name in names)}


def _method(findings: Findings) -> dict[str, str]:
    """The method's name and what it does, as recorded."""
    meaning = findings.value("adapter.meaning")
    return {escape(method_title(findings), 30): prose(meaning, 300)} if meaning else {}


def _terms_in(text: str, terms: Iterable[str]) -> set[str]:
    seen = _HIDDEN.sub(" ", _FENCED.sub(" ", text))
    folded = seen.casefold()  # most terms stand nowhere, which a plain search sees in a tenth of the time
    return {
        term
        for term in terms
        if any(name.casefold() in folded and _occurs(name, seen) for name in (term, *SPELLINGS.get(term, ())))
    }


def _occurs(term: str, text: str) -> bool:
    plural = "s?" if term[-1].isalpha() else ""
    return re.search(rf"(?i)(?<![\w-]){re.escape(term)}{plural}(?!\w)", text) is not None
