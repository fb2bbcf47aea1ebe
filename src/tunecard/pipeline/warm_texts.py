"""What a head is taught the mean of: the training texts, and general sentences where those are few."""

from __future__ import annotations

import json

import numpy as np
import torch
from torch import nn

from tunecard.data.embedded import FOLDER
from tunecard.encoders import is_stored_in_bf16
from tunecard.inference import leave_fast_path, take_fast_path
from tunecard.inference.frozen_vectors import read_text_vectors
from tunecard.pipeline.preparing import RunContext
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.vectors import MEAN
from tunecard.training.warm_start import ReadTexts

# On 20 texts alone a head learns those 20: cosine 0.77 on others, 0.88 with the sentences beside (docs/log.md).
ENOUGH_TEXTS = 1_000
LEAST_SHARE = 0.2  # of the training texts, which are repeated for it
HELD = 256


def warm_texts(context: RunContext, model: nn.Module) -> tuple[ReadTexts, ReadTexts]:
    """Texts to learn from, without labels, and validation texts to tell by what came of it.

    Args:
        model: the bare base, before an adapter is added; it is left as it came.
    """
    prepared, vectors = context.prepared, context.vectors
    train = vectors["train"]
    learned = ReadTexts(prepared.encoded["train"].pick(train.rows.tolist()), train.views[MEAN])
    held_rows = range(min(HELD, len(vectors["validation"])))
    held = ReadTexts(
        prepared.encoded["validation"].pick(held_rows), vectors["validation"].views[MEAN][: len(held_rows)]
    )
    if len(learned.encoded) >= ENOUGH_TEXTS:
        return learned, held
    general = _general(context, model)
    return _beside(learned, general), held


def _general(context: RunContext, model: nn.Module) -> ReadTexts:
    """The sentences that come with the package, as this base reads them."""
    prepared = context.prepared
    lines = (FOLDER / "train.jsonl").read_text(encoding="utf-8").splitlines()
    sentences = [" ".join(json.loads(line)["tokens"]) for line in lines]
    encoded = prepared.task.encode(prepared.encoder.tokenizer, {"text": sentences}, None, prepared.plans.max_length)
    take_fast_path(model, torch.bfloat16 if is_stored_in_bf16(model) else torch.float32)
    means = read_text_vectors(model, encoded, prepared.pad_token_id, pools=False).views[MEAN]
    leave_fast_path(model)
    return ReadTexts(encoded, means)


def _beside(own: ReadTexts, general: ReadTexts) -> ReadTexts:
    times = max(1, round(LEAST_SHARE / (1 - LEAST_SHARE) * len(general.encoded) / len(own.encoded)))
    rows = [row for _ in range(times) for row in range(len(own.encoded))]
    repeated: EncodedSplit = own.encoded.pick(rows)
    return ReadTexts(repeated.joined(general.encoded), np.concatenate([own.means[rows], general.means]))
