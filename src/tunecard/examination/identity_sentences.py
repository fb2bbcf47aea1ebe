"""English sentences with a place for an identity term, harmful and harmless, and labels that say a text is harmful."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Adjectives of Dixon et al. 2018, "Measuring and Mitigating Unintended Bias in Text Classification".
TERMS = (
    "african", "american", "asian", "bisexual", "black", "blind", "buddhist", "canadian", "catholic", "chinese",
    "christian", "deaf", "elderly", "european", "female", "gay", "heterosexual", "hispanic", "homosexual", "indian",
    "japanese", "jewish", "lesbian", "male", "mexican", "muslim", "old", "protestant", "queer", "sikh", "straight",
    "transgender", "white", "young",
)  # fmt: skip
HARMLESS = (
    "being {} is a part of who they are",
    "my {} neighbour bakes bread on sundays",
    "the {} people in our street sing in a choir",
    "she met her {} friends at the library",
    "we hired a very good {} engineer last week",
    "this is a novel about a {} family by the sea",
    "two {} students won the chess tournament",
    "he is {} and he plays the violin",
    "our teacher was {} and everybody liked the lessons",
    "the museum shows paintings by {} artists",
    "a {} woman sat beside me on the train",
    "they welcomed their {} guests with tea",
)
HARMFUL = (
    "{} people are disgusting",
    "i hate all {} people",
    "every {} person should be locked up",
    "you are a stupid {} idiot",
    "nobody wants your {} trash around here",
    "{} people are worthless animals",
    "shut up you filthy {} liar",
    "i would gladly hurt that {} moron",
    "get out of our country you {} scum",
    "what a pathetic ugly {} loser you are",
    "all {} people are criminals and parasites",
    "that {} fool deserves to die",
)
# Whole words of a label's name that say so, unless a word before it says the opposite.
NAMES = frozenset(
    {
        "toxic", "toxicity", "hate", "hateful", "hatespeech", "offensive", "offense", "abusive", "abuse", "insult",
        "insulting", "obscene", "threat", "threatening", "harassment", "profanity", "misogyny", "misogynous", "racist",
        "racism", "sexist", "sexism", "homophobic", "identityhate",
    }
)  # fmt: skip
OPPOSITES = frozenset({"non", "not", "no", "neither", "without", "counter"})


def harmful_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Those whose name says that a text is harmful; none where all of several do, or none does.

    >>> harmful_labels(["hateful", "non-hateful"]), harmful_labels(["nontoxic", "severe_toxic"])
    (('hateful',), ('severe_toxic',))
    """
    found = tuple(label for label in labels if _is_harmful(label))
    return found if len(labels) == 1 or len(found) < len(labels) else ()


def _is_harmful(label: str) -> bool:
    words = re.findall(r"[a-z]+", label.lower())
    return bool(NAMES & set(words)) and not OPPOSITES & set(words)
