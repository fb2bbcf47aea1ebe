"""Tokens that an adapter brings to the vocabulary of its base: which they are, and what speaks against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from tunecard.encoders.loading import load_tokenizer
from tunecard.encoders.locating import BaseFiles
from tunecard.encoders.tokenizer_file import added_tokens
from tunecard.errors import AdapterError, RecipeError
from tunecard.evidence.ledger import ADAPTER_CONFIG, MOST_BYTES
from tunecard.untrusted.bounded_json import read_json

KEY = "adapter.new_tokens"


def with_new_tokens(base: BaseFiles, texts: Sequence[str]) -> BaseFiles:
    """The base with tokens behind those that it has.

    Raises: RecipeError: texts that cannot be tokens of their own, all at once.
    """
    if not texts:
        return base
    faults = [f"{KEY}: {fault}" for fault in _faults(load_tokenizer(base), texts)]
    if faults:
        raise RecipeError(faults, place="recipe")
    return replace(base, new_tokens=tuple(texts))


def _faults(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for text in texts:
        if not text.strip():
            yield f"a token must have letters or signs. Got {text!r}. Leave it out."
            continue
        if text != text.strip() or not text.isprintable():
            yield f"a token must not begin or end with a blank, nor hold line breaks. Got {text!r}."
            continue
        read_as = _as_read(tokenizer, text)
        if read_as in seen:
            same = "twice" if seen[read_as] == text else f"which this base reads as it reads {seen[read_as]!r}"
            yield f"each token must be named once. Got {text!r} {same}."
        seen.setdefault(read_as, text)
        pieces = tokenizer.tokenize(text)
        if text in tokenizer.get_vocab() or (len(pieces) == 1 and pieces[0] != tokenizer.unk_token):
            yield (
                f"{text!r} is a token of this base already. Leave it out; adapter.trainable_token_indices: [{text!r}] "
                "lets its row learn."
            )


def _as_read(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    normalizer = tokenizer.backend_tokenizer.normalizer
    return normalizer.normalize_str(text).strip() if normalizer is not None else text


def with_tokens_of(base: BaseFiles, folder: Path) -> BaseFiles:
    """The base with the tokens that the tokenizer in an adapter's folder has behind the base's own.

    Asked only of an adapter that brings rows of embeddings: without rows of their own, such tokens would be random.

    Raises: AdapterError: their ids leave a gap to the base's.
    """
    try:
        config = read_json(folder / ADAPTER_CONFIG, MOST_BYTES[ADAPTER_CONFIG])
        has_rows = isinstance(config, dict) and config.get("trainable_token_indices")
        named = added_tokens(folder) if has_rows else {}
    except (OSError, ValueError):
        return base  # what is missing or broken is told by whoever reads it
    if not named:
        return base
    known = load_tokenizer(base)
    vocabulary = known.get_vocab()
    brought = {id: text for id, text in sorted(named.items()) if text not in vocabulary}
    if list(brought) != list(range(len(known), len(known) + len(brought))):
        raise AdapterError(
            f"the tokenizer in the folder has tokens that the base does not know, with ids {list(brought)[:6]}. They "
            f"must follow the base's {len(known)} without a gap. Put the tokenizer there that training used.",
            place=str(folder),
        )
    return replace(base, new_tokens=tuple(brought.values()))
