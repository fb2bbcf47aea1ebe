"""What a head is taught a view of: the training rows, and the package's general sentences where those are few."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from tunecard.data.embedded import FOLDER
from tunecard.encoders import is_stored_in_bf16
from tunecard.fitting.comparison import Comparison
from tunecard.inference import leave_fast_path, take_fast_path
from tunecard.inference.frozen_vectors import read_text_vectors, vectors_apart
from tunecard.inference.near_words import near_words
from tunecard.pipeline.preparing import RunContext
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.made_pairs import made_pairs
from tunecard.rows.vectors import APART, MEAN, unit_rows
from tunecard.rows.written import compared_texts
from tunecard.tasks.encoding import encode_texts
from tunecard.training.warm_start import ReadRows

# On 20 texts alone a head learns those 20: cosine 0.77 on others, 0.88 with the sentences beside (docs/log.md).
ENOUGH_TEXTS = 1_000
LEAST_SHARE = 0.2  # of the training texts, which are repeated for it
PAIRS = 6_400  # as many as the head is shown
HELD = 256


def warm_rows(context: RunContext, model: nn.Module, view: str) -> tuple[ReadRows, ReadRows]:
    """Rows to learn a view from, without labels, and validation rows to tell by what came of it.

    Args:
        model: the bare base, before an adapter is added; it is left as it came.
        view: of the frozen vectors.
    """
    return ROWS_OF[view](context, model)


def _texts(context: RunContext, model: nn.Module) -> tuple[ReadRows, ReadRows]:
    vectors = context.vectors
    train, held = vectors["train"], vectors["validation"]
    learned = ReadRows(MEAN, _sequences(context, "train"), unit_rows(train.views[MEAN]))
    some = range(min(HELD, len(held)))
    told = ReadRows(MEAN, _sequences(context, "validation").pick(some), unit_rows(held.views[MEAN][: len(some)]))
    if len(learned.encoded) >= ENOUGH_TEXTS:
        return learned, told
    sentences = _general_sentences()
    general = ReadRows(MEAN, _encoded(context, {"text": sentences}), unit_rows(_means(context, model, sentences)))
    times = _times(len(learned.encoded), len(sentences))
    rows = [row for _ in range(times) for row in range(len(learned.encoded))]
    joined = learned.encoded.pick(rows).joined(general.encoded)
    return ReadRows(MEAN, joined, np.concatenate([learned.vectors[rows], general.vectors])), told


def _pairs(context: RunContext, model: nn.Module) -> tuple[ReadRows, ReadRows]:
    prepared, held = context.prepared, context.vectors["validation"]
    train = prepared.dataset.splits["train"].take(np.unique(context.vectors["train"].rows).tolist())
    compared_ones = compared_texts(train.inputs)
    assert compared_ones is not None  # the view is of rows that compare texts
    own = list(zip(*compared_ones, strict=True))
    texts = [text for pair in own for text in pair]
    if len(own) > len(train):  # a question that stands beside each of its choices is one text
        texts = list(dict.fromkeys(texts))
    if len(texts) < ENOUGH_TEXTS:
        sentences = _general_sentences()
        texts = texts * _times(len(texts), len(sentences)) + sentences
    near = near_words(model, prepared.encoder.tokenizer, (word for text in texts for word in text.split()))
    first, second = map(list, zip(*made_pairs(own, texts, near, PAIRS, prepared.plans.seeds[0]), strict=True))
    distinct = sorted({*first, *second})
    place, means = {text: number for number, text in enumerate(distinct)}, _means(context, model, distinct)
    apart = vectors_apart(*(means[[place[text] for text in side]] for side in (first, second)))[APART]
    compared, some = Comparison(apart), range(min(HELD, len(held)))
    learned = ReadRows(APART, _encoded(context, {"text": first, "text_pair": second}), compared(apart))
    told = _sequences(context, "validation").pick(some)
    return learned, ReadRows(APART, told, compared(held.views[APART][: len(some)]))


ROWS_OF = {MEAN: _texts, APART: _pairs}


def _general_sentences() -> list[str]:
    """The sentences that come with the package."""
    lines = (FOLDER / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return [" ".join(json.loads(line)["tokens"]) for line in lines]


def _sequences(context: RunContext, split: str) -> EncodedSplit:
    """Those that vectors were read of, a line each, in their order."""
    rows = np.unique(context.vectors[split].rows).tolist()
    return context.prepared.encoded[split].pick(rows).sequences.split


def _encoded(context: RunContext, inputs: dict[str, list[str]]) -> EncodedSplit:
    prepared = context.prepared
    return encode_texts(prepared.encoder.tokenizer, inputs, None, prepared.plans.max_length)


def _means(context: RunContext, model: nn.Module, texts: Sequence[str]) -> np.ndarray:
    """(N, H) the means of the frozen token vectors, as this base reads each text alone."""
    encoded = _encoded(context, {"text": list(texts)})
    with _frozen(model):  # rows of weights that learn are not packed
        take_fast_path(model, torch.bfloat16 if is_stored_in_bf16(model) else torch.float32)
        means = read_text_vectors(model, encoded, context.prepared.pad_token_id, pools=False).views[MEAN]
        leave_fast_path(model)
    return means


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)


def _times(own: int, general: int) -> int:
    return max(1, round(LEAST_SHARE / (1 - LEAST_SHARE) * general / own))
