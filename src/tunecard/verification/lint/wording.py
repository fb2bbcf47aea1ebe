"""The renderer's own words that hold a digit, and figures that it makes of two records: one list of what is allowed.

Everything else that has a digit in a card's text must be a link to a record, or part of a text that a record holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from tunecard.card.citation.references import BASES, SENTENCE_BERT
from tunecard.card.glossary_terms import TERMS
from tunecard.card.markdown import one_line
from tunecard.card.sections.duties import DUTIES
from tunecard.tasks import TASKS

MOST_TEXTS = 10_000  # whose words are kept: figures of one record are looked up in the same texts again and again
# Phrases as the renderer writes them; a number counts as ours only beside the word that stands beside it here.
PHRASES = (
    "95 % interval",
    "95 % intervals say",
    "95 % interval of F1",
    "Of 100 entities",
    "of 100 in the text",
    "Of 100 texts",
    "Of 100 sentences",
    "Of 100 pairs",
    "The 12 worst and 5 best of",
)
# Names with a digit that are one word.
NAMES = ("F1", "Macro-F1", "IOB2", "sha256", "CO2", "CO2eq")
CUT = "..."
PLAIN = re.compile(
    r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?(?:-[\d.,]+)?"
)  # a number and nothing else, or a range of two
EDGES = "()[]{}.,;:!?\"'*|·"

# A figure that is the quotient of two records and cites the second: cited id -> what is divided by it.
DERIVED_FIGURES = {
    "model.parameters": ("model.trainable_parameters",),
}
ENERGY = ("energy.training_kwh", "energy.evaluation_kwh")
TONS = ("co2.table", "co2.grams")
# Figures that lead to no record by a link: the words around the number (#), and the records one of which must hold it.
# With two energies their sum counts too.
SPOKEN: dict[str, tuple[str, ...]] = {
    "knows # labels": ("task.types", "task.labels"),
    "of # classes": ("task.types", "task.labels"),
    "most # tokens": ("model.max_length",),
    "# threads of": ("environment.cores",),
    "# thread of": ("environment.cores",),
    "used # hours": ("environment.hours",),
    "hours # s": ("environment.hours",),
    "hours # min": ("environment.hours",),
    "hours # h": ("environment.hours",),
    "processor # % busy": ("environment.cpu_utilisation",),
    "# tb of memory": ("environment.memory_bytes",),
    "# gb of memory": ("environment.memory_bytes",),
    "# mb of memory": ("environment.memory_bytes",),
    "of training # wh": ENERGY,
    "of training # kwh": ENERGY,
    "of evaluation # wh": ENERGY,
    "of evaluation # kwh": ENERGY,
    "# wh derived": ENERGY,
    "# kwh derived": ENERGY,
    "# wh measured": ENERGY,
    "# kwh measured": ENERGY,
    "# g": TONS,
}


def normalised(text: str) -> str:
    """One line as the renderer makes it, in lower case, without the marks of code."""
    return " ".join(one_line(text).replace("=", " ").replace("`", "").lower().split())


@cache
def own_texts() -> tuple[str, ...]:
    """All fixed texts of the renderer that hold digits."""
    papers = {paper.apa for paper in (*BASES.values(), SENTENCE_BERT)}
    glossary = [f"{term}: {meaning}" for term, meaning in TERMS.items()]
    meanings = {score.meaning for make in TASKS.values() for score in make().scoring.scores}
    return (*PHRASES, *DUTIES, *glossary, *sorted(meanings), *sorted(papers))


def words_of(text: str) -> list[str]:
    """The words of a text, normalised, without the punctuation around each; what was nothing else is dropped.

    A word that the renderer cut off keeps the dots that say so.
    """
    return list(_words_of(text))


@lru_cache(maxsize=MOST_TEXTS)
def _words_of(text: str) -> tuple[str, ...]:
    words = ((word.strip(EDGES), word.endswith(CUT)) for word in normalised(text).split())
    return tuple(word + CUT * is_cut for word, is_cut in words if word)


def joined(texts: Iterable[str]) -> str:
    """Texts as one haystack, in which no phrase spans two of them."""
    return "\n" + "\n".join(f" {' '.join(words_of(text))} " for text in texts) + "\n"
