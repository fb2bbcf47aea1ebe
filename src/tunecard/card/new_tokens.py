"""Tokens that an adapter adds to the tokenizer of its base, in a sentence."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import code, listing
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

ID, ROWS = "adapter.new_tokens", "adapter.trainable_token_indices"
LONGEST = 60  # characters of one token


def new_tokens_line(findings: Findings) -> str:
    """How many tokens are new, which, and what learns of them; empty where none is."""
    tokens = [str(token) for token in facts.sequence_of(findings, ID)]
    if not tokens:
        return ""
    number = cite(findings, ID, f"{len(tokens):,} {'token' if len(tokens) == 1 else 'tokens'}")
    rows = facts.sequence_of(findings, ROWS)
    learned = cite(findings, ROWS, f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}")
    began = "" if facts.is_from_elsewhere(findings) else ", each begun as the mean of the pieces that it was read as"
    return (
        f"Added to the base's tokenizer: {number}, {listing([code(token, LONGEST) for token in tokens])}. "
        f"{learned} of the word embeddings learned, those of new tokens whole{began}."
    )
