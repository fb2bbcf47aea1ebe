"""Words that a base takes to be near each other, by its own input embeddings: synonyms, siblings, other forms."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerBase

NEAREST = 8
AT_ONCE = 256
SHORTEST = 2  # letters


def near_words(
    model: nn.Module, tokenizer: PreTrainedTokenizerBase, words: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The NEAREST other words of the vocabulary of each word that is one token; others are left out.

    Distance is the cosine of the input embeddings, their mean taken off.

    Args:
        model: the bare base.
        words: as texts hold them.
    """
    asked = sorted(set(words))
    ids, texts = _whole_words(tokenizer)
    pieces = _encoded(tokenizer, asked)
    known = [(word, tokens[0]) for word, tokens in zip(asked, pieces, strict=True) if len(tokens) == 1]
    if not known or len(ids) <= NEAREST:
        return {}
    with torch.inference_mode():
        embeddings = _directions(model)
        candidates = embeddings[torch.tensor(ids)]
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(known), AT_ONCE):
            part = known[start : start + AT_ONCE]
            likeness = embeddings[torch.tensor([token for _, token in part])] @ candidates.T
            nearest = likeness.topk(NEAREST + 1).indices.tolist()
            for (word, token), places in zip(part, nearest, strict=True):
                found[word] = tuple(texts[place] for place in places if ids[place] != token)[:NEAREST]
    return found


def _whole_words(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[str]]:
    """Ids of the vocabulary that a word of letters is read as, and the words."""
    some = range(len(tokenizer))
    texts = [text.strip() for text in tokenizer.batch_decode([[id] for id in some])]
    likely = [(id, text) for id, text in zip(some, texts, strict=True) if text.isalpha() and len(text) >= SHORTEST]
    read = _encoded(tokenizer, [text for _, text in likely])
    kept = [(id, text) for (id, text), tokens in zip(likely, read, strict=True) if tokens == [id]]
    return [id for id, _ in kept], [text for _, text in kept]


def _encoded(tokenizer: PreTrainedTokenizerBase, words: list[str]) -> list[list[int]]:
    """Token ids of words as they stand behind others: behind a blank."""
    if not words:
        return []
    ids: list[list[int]] = tokenizer([f" {word}" for word in words], add_special_tokens=False)["input_ids"]
    return ids


def _directions(model: nn.Module) -> Tensor:
    embeddings: Tensor = model.get_input_embeddings().weight.detach().float().cpu()  # type: ignore[operator]
    return functional.normalize(embeddings - embeddings.mean(dim=0), dim=1)
